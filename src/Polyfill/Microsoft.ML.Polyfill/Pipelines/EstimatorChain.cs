using Microsoft.ML.Polyfill;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Estimators one after another, each fitted on what the ones before it make of the data.</summary>
public sealed class EstimatorChain<TLastTransformer> : IEstimator<TransformerChain<TLastTransformer>>
    where TLastTransformer : class, ITransformer
{
    public readonly IEstimator<TLastTransformer> LastEstimator;

    private readonly IHost _host;
    private readonly EstimatorStep[] _steps;

    public EstimatorChain()
        => _steps = [];

    internal EstimatorChain(IHostEnvironment env, EstimatorStep[] steps)
    {
        _host = env?.Register(nameof(EstimatorChain<>));
        _steps = steps;
        LastEstimator = steps[^1].Estimator as IEstimator<TLastTransformer>;
    }

    public TransformerChain<TLastTransformer> Fit(IDataView input)
    {
        GetOutputSchema(SchemaShape.Create(input.Schema)); // complains before anything is fitted
        var data = input;
        var transformers = new List<ITransformer>();
        foreach (var step in _steps)
        {
            var transformer = step.Estimator.Fit(data);
            transformers.Add(transformer);
            data = transformer.Transform(data);
            if (step.CachesAfter && transformers.Count < _steps.Length)
                data = new CacheDataView(_host, data, null);
        }
        return new TransformerChain<TLastTransformer>(transformers, _steps.Select(step => step.Scope));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        => _steps.Aggregate(inputSchema, (shape, step) => step.Estimator.GetOutputSchema(shape));

    public EstimatorChain<TNewTrans> Append<TNewTrans>(
        IEstimator<TNewTrans> estimator, TransformerScope scope = TransformerScope.Everything)
        where TNewTrans : class, ITransformer
    {
        Contracts.CheckValue(estimator, nameof(estimator));
        return new EstimatorChain<TNewTrans>(_host, [.. _steps, new EstimatorStep(estimator, scope, CachesAfter: false)]);
    }

    /// <summary>Keeps what the estimators after this one read, so that it is computed once.</summary>
    public EstimatorChain<TLastTransformer> AppendCacheCheckpoint(IHostEnvironment env)
    {
        Contracts.CheckValue(env, nameof(env));
        if (_steps.Length == 0)
            throw new InvalidOperationException("Current estimator chain has no estimator, can't append cache checkpoint.");
        if (_steps[^1].CachesAfter)
            return this;
        return new EstimatorChain<TLastTransformer>(env, [.. _steps[..^1], _steps[^1] with { CachesAfter = true }]);
    }
}
