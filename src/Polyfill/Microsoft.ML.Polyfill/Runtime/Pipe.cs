using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>Sends one type of message on behalf of its parent.</summary>
internal class Pipe<TMessage>(ChannelProvider parent, string name, Action<IMessageSource, TMessage> dispatch)
    : ChannelProvider(name, parent.FullName), IPipe<TMessage>, IMessageSource
{
    private bool _disposed;

    public bool Verbose => false;

    public void Send(TMessage msg) => dispatch(this, msg);

    public override TException Process<TException>(TException ex)
    {
        ex.Data["Throwing component"] = parent.ShortName;
        ex.Data["Parent component"] = parent.ParentFullName;
        ex.Data["Phase"] = ShortName;
        return Contracts.Mark(ex);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        OnDispose();
    }

    protected virtual void OnDispose()
    {
    }
}
