#nullable enable
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public unsafe class Generator : IDisposable
    {
        internal Generator(IntPtr nativeHandle)
        {
            Handle = nativeHandle;
            device = torch.CPU;
        }

        // As in the real package the numbers are those of a CPU generator whatever the device.
        public Generator(ulong seed = 0, torch.Device? device = null) : this(New(seed)) => this.device = device ?? torch.CPU;

        public IntPtr Handle { get; private set; }

        public torch.Device device { get; private set; }

        public static Generator Default
        {
            get
            {
                nint found;
                Dispatch.Check(NativeMethods.asft_generator_default(&found));
                return new Generator(found);
            }
        }

        public Tensor get_state()
        {
            nint state;
            Dispatch.Check(NativeMethods.asft_generator_state(Handle, &state));
            return new Tensor(state);
        }

        public void set_state(Tensor value) => Dispatch.Check(NativeMethods.asft_generator_set_state(Handle, value?.Handle ?? IntPtr.Zero));

        public Generator manual_seed(long seed)
        {
            Dispatch.Check(NativeMethods.asft_generator_seed(Handle, (ulong)seed));
            return this;
        }

        public long seed()
        {
            var seed = DateTime.UtcNow.Ticks;
            manual_seed(seed);
            return seed;
        }

        public long initial_seed() => (long)NativeMethods.asft_generator_initial_seed(Handle);

        protected virtual void Dispose(bool disposing)
        {
            if (Handle == IntPtr.Zero) return;
            NativeMethods.asft_generator_delete(Handle);
            Handle = IntPtr.Zero;
        }

        ~Generator() => Dispose(false);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        private static nint New(ulong seed)
        {
            nint made;
            Dispatch.Check(NativeMethods.asft_generator_new(seed, &made));
            return made;
        }
    }

    public static partial class random
    {
        public static long seed() => Generator.Default.seed();
        public static long initial_seed() => Generator.Default.initial_seed();

        // The CPU's alone; torch.cuda has its own.
        public static Generator manual_seed(long seed) => Generator.Default.manual_seed(seed);
        public static Tensor get_rng_state() => Generator.Default.get_state();
        public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);
    }

    public static long seed() => torch.random.seed();
    public static Generator manual_seed(long seed) => torch.random.manual_seed(seed);
    public static long initial_seed() => torch.random.initial_seed();
    public static Tensor get_rng_state() => torch.random.get_rng_state();
    public static void set_rng_state(Tensor new_state) => torch.random.set_rng_state(new_state);
}
