namespace Microsoft.ML.Runtime;

/// <summary>Whatever throws on a component's behalf marks the exception through it.</summary>
public interface IExceptionContext
{
    TException Process<TException>(TException ex)
        where TException : Exception;

    string ContextDescription { get; }
}
