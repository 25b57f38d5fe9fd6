namespace Microsoft.ML.Runtime;

/// <summary>An environment whose work can be called off; see <see cref="Contracts.CheckAlive"/>.</summary>
internal interface ICancelable
{
    void CancelExecution();

    bool IsCanceled { get; }
}
