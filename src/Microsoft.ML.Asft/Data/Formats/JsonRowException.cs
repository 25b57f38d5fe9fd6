namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>A text cannot be split into further rows.</summary>
internal sealed class JsonRowException(string message) : Exception(message);
