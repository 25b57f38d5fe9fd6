namespace Microsoft.ML.Runtime;

/// <summary>Sends messages of one type to whoever listens at the environment.</summary>
public interface IPipe<TMessage> : IExceptionContext, IDisposable
{
    void Send(TMessage msg);
}
