namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>A text cannot be divided into rows any further.</summary>
internal sealed class JsonRowException(string message) : Exception(message);
