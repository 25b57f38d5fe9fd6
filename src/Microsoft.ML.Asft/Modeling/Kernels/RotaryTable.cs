using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Checkpoints;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Cosine and sine of every position and frequency, float32 (length, D/2), for kernels.</summary>
internal sealed unsafe class RotaryTable(ModelConfig config)
{
    private readonly RotaryFrequencies _frequencies = new(config);
    private float[] _cosine = [];
    private float[] _sine = [];
    private int _length;

    /// <summary>Gets the cosines. They stay in their place, the array being pinned.</summary>
    public float* Cosine => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_cosine));

    /// <summary>Gets the sines.</summary>
    public float* Sine => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_sine));

    /// <summary>Sees to it that the table reaches to a length.</summary>
    public void Reach(int length)
    {
        length = _frequencies.TableLength(length);
        if (_frequencies.DependOnLength ? length == _length : length <= _length)
        {
            return;
        }

        float[] inverse = _frequencies.Inverse(length);
        _length = length;
        _cosine = GC.AllocateUninitializedArray<float>(length * inverse.Length, pinned: true);
        _sine = GC.AllocateUninitializedArray<float>(length * inverse.Length, pinned: true);
        for (int i = 0; i < _cosine.Length; i++)
        {
            float angle = i / inverse.Length * inverse[i % inverse.Length];
            _cosine[i] = (float)(Math.Cos(angle) * _frequencies.AttentionFactor);
            _sine[i] = (float)(Math.Sin(angle) * _frequencies.AttentionFactor);
        }
    }
}
