using System.Security.Cryptography;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>
/// All trained parameters as one float32 vector, and their gradients as another. A float32 parameter becomes a view of
/// the first and its gradient a view of the second; one of another format keeps its own and has its float32 master here.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    private readonly (string Name, Parameter Parameter, Tensor? Master, Tensor Gradient)[] _parts;
    private readonly Dictionary<Tensor, Tensor> _gradientOf = new(ReferenceEqualityComparer.Instance);

    /// <param name="parameters">The parameters to train, by name.</param>
    public FlatParameters(IEnumerable<(string Name, Parameter Parameter)> parameters)
    {
        // Matrices first: weight decay is for them alone.
        var ordered = parameters.OrderBy(p => p.Parameter.dim() > 1 ? 0 : 1).ToArray();
        if (ordered.Length == 0)
        {
            throw new InvalidOperationException("There is nothing to train: no parameter of the model was chosen.");
        }

        long total = ordered.Sum(p => p.Parameter.numel());
        var device = ordered[0].Parameter.device;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Values = empty([total], ScalarType.Float32, device).DetachFromDisposeScope();
        Gradients = zeros([total], ScalarType.Float32, device).DetachFromDisposeScope();
        DecayedLength = ordered.Where(p => p.Parameter.dim() > 1).Sum(p => p.Parameter.numel());
        _parts = new (string, Parameter, Tensor?, Tensor)[ordered.Length];
        long offset = 0;
        for (int i = 0; i < ordered.Length; i++)
        {
            var (name, parameter) = ordered[i];
            long count = parameter.numel();
            var value = Values.narrow(0, offset, count).view(parameter.shape).DetachFromDisposeScope();
            var gradient = Gradients.narrow(0, offset, count).view(parameter.shape).DetachFromDisposeScope();
            value.copy_(parameter);
            parameter.requires_grad = true;
            bool isMaster = parameter.dtype != ScalarType.Float32;
            if (!isMaster)
            {
                parameter.set_(value);
                parameter.grad = gradient;
                value.Dispose();
            }

            _parts[i] = (name, parameter, isMaster ? value : null, gradient);
            _gradientOf[parameter] = gradient;
            offset += count;
        }
    }

    /// <summary>Gets the values, float32 (P): decayed ones first.</summary>
    public Tensor Values { get; }

    /// <summary>Gets the gradients, float32 (P), in the same order.</summary>
    public Tensor Gradients { get; }

    /// <summary>Gets how many of the values, from the first, weight decay is for.</summary>
    public long DecayedLength { get; }

    /// <summary>Gets the names and shapes, in the order of the vectors.</summary>
    public string Layout => string.Join(' ', _parts.Select(part => $"{part.Name}[{string.Join(',', part.Gradient.shape)}]"));

    /// <summary>The SHA-256 of the values, in hexadecimal digits.</summary>
    public string HashOfValues()
    {
        const long slice = 1 << 24;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long start = 0, total = Values.numel(); start < total; start += slice)
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Values.detach().narrow(0, start, Math.Min(slice, total - start)).cpu().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The parts of a vector of this length, each in the shape of its parameter: views for the caller to dispose of.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named(Tensor flat)
    {
        long offset = 0;
        foreach (var (name, _, _, gradient) in _parts)
        {
            yield return KeyValuePair.Create(name, flat.narrow(0, offset, gradient.numel()).view(gradient.shape));
            offset += gradient.numel();
        }
    }

    /// <summary>The float32 gradient of one parameter, to be added to by hand; <see langword="null"/> where it is not trained.</summary>
    public Tensor? GradientOf(Tensor parameter) => _gradientOf.GetValueOrDefault(parameter);

    /// <summary>After each backward pass: takes over the gradients of parameters that keep their own.</summary>
    public void CollectGradients()
    {
        using var noGrad = no_grad();
        foreach (var (_, parameter, master, gradient) in _parts)
        {
            if (master is not null && parameter.grad is { } own)
            {
                gradient.add_(own.to_type(ScalarType.Float32));
                parameter.grad = null;
                own.Dispose();
            }
        }
    }

    /// <summary>Sets the gradients to zero, as an optimizer step does too.</summary>
    public void ClearGradients()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Gradients.zero_();
    }

    /// <summary>After each optimizer step: hands the values back to parameters that keep their own.</summary>
    public void PublishValues()
    {
        using var noGrad = no_grad();
        foreach (var (_, parameter, master, _) in _parts)
        {
            if (master is not null)
            {
                parameter.copy_(master);
            }
        }
    }

    public void Dispose()
    {
        foreach (var (_, parameter, master, gradient) in _parts)
        {
            parameter.grad = null;
            parameter.requires_grad = false;
            master?.Dispose();
            gradient.Dispose();
        }

        Values.Dispose();
        Gradients.Dispose();
    }
}
