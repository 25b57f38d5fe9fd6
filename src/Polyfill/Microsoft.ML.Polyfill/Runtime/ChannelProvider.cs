using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>A named thing that marks the exceptions thrown on its behalf.</summary>
internal abstract class ChannelProvider : IExceptionContext
{
    protected ChannelProvider(string shortName, string parentFullName)
    {
        ShortName = shortName;
        ParentFullName = parentFullName;
        FullName = parentFullName == null ? shortName : $"{parentFullName}; {shortName}";
    }

    public string ShortName { get; }

    public string ParentFullName { get; }

    public string FullName { get; }

    public virtual string ContextDescription => FullName;

    public virtual TException Process<TException>(TException ex)
        where TException : Exception
    {
        ex.Data["Throwing component"] = ShortName;
        ex.Data["Parent component"] = ParentFullName;
        return Contracts.Mark(ex);
    }
}
