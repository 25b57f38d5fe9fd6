using Microsoft.ML;
using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>The share of rows whose completion equals the response exactly.</summary>
internal static class ExactMatch
{
    public static double Of(ITransformer model, IDataView data)
    {
        IDataView completed = model.Transform(data);
        var pairs = completed.GetColumn<string>("completion").Zip(completed.GetColumn<string>("response"));
        return pairs.Average(pair => pair.First.Trim() == pair.Second.Trim() ? 1.0 : 0.0);
    }
}
