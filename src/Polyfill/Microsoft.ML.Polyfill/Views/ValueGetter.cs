namespace Microsoft.ML;

/// <summary>Writes the current row's value into <paramref name="value"/>, whose buffers it may reuse.</summary>
public delegate void ValueGetter<TValue>(ref TValue value);
