using System.Collections;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules
{
    public class ModuleList<T> : Module, IList<T> where T : Module
    {
        private readonly List<T> _list = [];
        private bool _isRegistered;

        public ModuleList(params T[] modules) : base(nameof(ModuleList<T>)) => append(modules);

        protected override void RegisterComponents()
        {
            if (_isRegistered) return;
            for (var i = 0; i < _list.Count; i++) register_module($"{i}", _list[i]);
            _isRegistered = true;
        }

        public T this[int index] { get => _list[index]; set => _list[index] = value; }
        public int Count => _list.Count;
        public bool IsReadOnly => false;
        public void Add(T item) => _list.Add(item);

        public void append(params T[] parameters)
        {
            if (parameters is not null) _list.AddRange(parameters);
        }

        public void Clear() => _list.Clear();
        public bool Contains(T item) => _list.Contains(item);
        public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);
        public void extend(IEnumerable<T> modules) => _list.AddRange(modules);
        public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();
        public int IndexOf(T item) => _list.IndexOf(item);
        public void Insert(int index, T item) => _list.Insert(index, item);
        public bool Remove(T item) => _list.Remove(item);
        public void RemoveAt(int index) => _list.RemoveAt(index);
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

            public static Modules.ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);
        }
    }
}
