using Microsoft.ML.Polyfill;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The environment behind an <see cref="MLContext"/>, and the base of the hosts made from it.</summary>
internal class LocalEnvironment : ChannelProvider, IHostEnvironmentInternal, ICancelable
{
    private readonly Lock _lock = new();
    private readonly LocalEnvironment _parent;
    private readonly MessageHub _messages;
    private readonly Dictionary<string, object> _options = [];
    private readonly Random _random;

    // A host may outlive its use by far, and nothing disposes it; the parent must not keep it.
    private readonly List<WeakReference<Host>> _children = [];

    public LocalEnvironment(int? seed = null)
        : base(shortName: null, parentFullName: null)
    {
        Seed = seed;
        _random = RandomUtils.Create(seed);
        _messages = new MessageHub();
        ComponentCatalog = new ComponentCatalog();
        TempFilePath = Path.GetTempPath();
    }

    // A host's full name leaves out its parent and begins with its grandparent, as in the real package.
    private LocalEnvironment(LocalEnvironment parent, string name, Random random)
        : base(name, parent._parent?.FullName)
    {
        _parent = parent;
        _random = random;
        _messages = parent._messages;
        Seed = parent.Seed;
        ComponentCatalog = parent.ComponentCatalog;
        TempFilePath = parent.TempFilePath;
        GpuDeviceId = parent.GpuDeviceId;
        FallbackToCpu = parent.FallbackToCpu;
        IsCanceled = parent.IsCanceled;
    }

    public int? Seed { get; }

    public string TempFilePath { get; set; }

    public int? GpuDeviceId { get; set; }

    public bool FallbackToCpu { get; set; }

    public ComponentCatalog ComponentCatalog { get; }

    public bool IsCanceled { get; private set; }

    public override string ContextDescription => "HostEnvironment";

    public override TException Process<TException>(TException ex)
    {
        ex.Data["Throwing component"] = "Environment";
        return Contracts.Mark(ex);
    }

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        lock (_lock)
        {
            _children.RemoveAll(child => !child.TryGetTarget(out _));
            var host = new Host(this, name, seed is { } value ? RandomUtils.Create(value) : RandomUtils.Create(_random));
            _children.Add(new WeakReference<Host>(host));
            return host;
        }
    }

    public IChannel Start(string name) => new Channel(this, name, _messages.Dispatch);

    public IPipe<TMessage> StartPipe<TMessage>(string name) => new Pipe<TMessage>(this, name, _messages.Dispatch);

    public IProgressChannel StartProgressChannel(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new ProgressChannel();
    }

    public void AddListener(Action<IMessageSource, ChannelMessage> listener) => _messages.Add(listener);

    public void RemoveListener(Action<IMessageSource, ChannelMessage> listener) => _messages.Remove(listener);

    public void CancelExecution()
    {
        lock (_lock)
        {
            foreach (var child in _children)
            {
                if (child.TryGetTarget(out var host))
                    host.CancelExecution();
            }
            _children.Clear();
            IsCanceled = true;
        }
    }

    public bool TryAddOption<T>(string name, T value) => _options.TryAdd(CheckOption(name), value);

    public void SetOption<T>(string name, T value) => _options[CheckOption(name)] = value;

    public bool TryGetOption<T>(string name, out T value)
    {
        bool found = _options.TryGetValue(CheckOption(name), out object option) && option is T;
        value = found ? (T)option : default;
        return found;
    }

    public T GetOptionOrDefault<T>(string name)
    {
        _options.TryAdd(CheckOption(name), default(T));
        return (T)_options[name];
    }

    public bool RemoveOption(string name) => _options.Remove(CheckOption(name));

    private static string CheckOption(string name)
        => string.IsNullOrWhiteSpace(name) ? throw new ArgumentNullException(nameof(name)) : name;

    private sealed class Host(LocalEnvironment parent, string name, Random random) : LocalEnvironment(parent, name, random), IHost
    {
        public Random Rand => _random;
    }

    // Nobody can listen to progress channels from outside.
    private sealed class ProgressChannel : IProgressChannel
    {
        public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction)
        {
        }

        public void Checkpoint(params double?[] values)
        {
        }

        public IProgressChannel StartProgressChannel(string name) => new ProgressChannel();

        public void Dispose()
        {
        }
    }
}
