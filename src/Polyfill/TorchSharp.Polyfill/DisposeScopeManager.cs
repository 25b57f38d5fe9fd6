#nullable enable
namespace TorchSharp;

public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? _threadSingleton;

    internal static DisposeScopeManager ThreadSingleton => _threadSingleton ??= new DisposeScopeManager();

    internal ThreadDisposeScopeStatistics StatisticsInstance { get; } = new();

    internal DisposeScope? CurrentDisposeScope { get; private set; }

    public static ThreadDisposeScopeStatistics Statistics => ThreadSingleton.StatisticsInstance;

    internal DisposeScope? RegisterOnCurrentDisposeScope(torch.Tensor tensor)
    {
        var scope = CurrentDisposeScope;
        if (scope is null)
        {
            StatisticsInstance.TensorStatistics.CreatedOutsideScopeCount++;
        }
        else
        {
            StatisticsInstance.TensorStatistics.CreatedInScopeCount++;
            scope.Disposables.Add(tensor);
        }
        return scope;
    }

    internal void DisposingOnCurrentScope(torch.Tensor tensor)
    {
        if (tensor.OwningDisposeScope is null) StatisticsInstance.TensorStatistics.DisposedOutsideScopeCount++;
        else StatisticsInstance.TensorStatistics.DisposedInScopeCount++;
    }

    internal DisposeScope NewDisposeScope() => CurrentDisposeScope = new DisposeScope(this);

    // Scopes may be disposed out of order; the others stay linked.
    internal void RemoveDisposeScope(DisposeScope removed)
    {
        if (CurrentDisposeScope == removed)
        {
            CurrentDisposeScope = removed.OuterScope;
            return;
        }
        for (var scope = CurrentDisposeScope; scope is not null; scope = scope.OuterScope)
        {
            if (scope.OuterScope != removed) continue;
            scope.OuterScope = removed.OuterScope;
            return;
        }
    }
}
