using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>Brings messages to the listeners for their type.</summary>
internal sealed class MessageHub
{
    private readonly Lock _lock = new();
    private volatile Delegate[] _listeners = [];

    public void Add<TMessage>(Action<IMessageSource, TMessage> listener)
    {
        lock (_lock)
            _listeners = [.. _listeners, listener];
    }

    public void Remove<TMessage>(Action<IMessageSource, TMessage> listener)
    {
        lock (_lock)
            _listeners = [.. _listeners.Where(existing => !existing.Equals(listener))];
    }

    public void Dispatch<TMessage>(IMessageSource source, TMessage message)
    {
        foreach (var listener in _listeners)
            (listener as Action<IMessageSource, TMessage>)?.Invoke(source, message);
    }
}
