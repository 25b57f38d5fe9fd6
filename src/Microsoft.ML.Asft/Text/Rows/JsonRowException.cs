namespace Microsoft.ML.Asft.Text;

/// <summary>A text cannot be divided into rows any further.</summary>
internal sealed class JsonRowException(string message) : Exception(message);
