namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>The rotary factors of one position of each sequence in a decoding step: rows of R cosines and sines, float32.</summary>
/// <param name="width">R, the number of rotated numbers of a head; 0 for no rotation.</param>
/// <param name="keys">The cosines and then the sines of keys, (rows, 2·R).</param>
/// <param name="queries">The same for queries, times the factor of queries at the position.</param>
internal readonly unsafe struct RotaryRows(int width, float* keys, float* queries)
{
    /// <summary>Rotates a key.</summary>
    /// <param name="head">The head's numbers, which are replaced.</param>
    /// <param name="row">The row of the sequence.</param>
    public void RotateKey(float* head, int row) => Rotate(head, keys + (2L * row * width));

    /// <summary>Rotates a query.</summary>
    /// <param name="head">The head's numbers, which are replaced.</param>
    /// <param name="row">The row of the sequence.</param>
    public void RotateQuery(float* head, int row) => Rotate(head, queries + (2L * row * width));

    private void Rotate(float* x, float* cosine)
    {
        int half = width / 2;
        float* sine = cosine + width;
        for (int i = 0; i < half; i++)
        {
            (float low, float high) = (x[i], x[i + half]);
            x[i] = (low * cosine[i]) - (high * sine[i]);
            x[i + half] = (high * cosine[i + half]) + (low * sine[i + half]);
        }
    }
}
