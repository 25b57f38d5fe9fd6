using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill;

/// <summary>One estimator of a chain.</summary>
internal sealed record EstimatorStep(IEstimator<ITransformer> Estimator, TransformerScope Scope, bool CachesAfter);
