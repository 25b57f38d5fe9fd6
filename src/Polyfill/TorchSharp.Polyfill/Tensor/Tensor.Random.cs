#nullable enable
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor bernoulli(torch.Generator? generator = null) => Call("bernoulli", this, generator);
        public Tensor bernoulli_(double p = 0.5, torch.Generator? generator = null) => Mutate("bernoulli_.float", this, p, generator);
        public Tensor bernoulli_(Tensor p, torch.Generator? generator = null) => Mutate("bernoulli_.Tensor", this, p, generator);
        public Tensor exponential_(double lambda = 1.0, torch.Generator? generator = null) =>
            Mutate("exponential_", this, lambda, generator);
        public Tensor multinomial(long num_samples, bool replacement = false, torch.Generator? generator = null) =>
            Call("multinomial", this, num_samples, replacement, generator);
        public Tensor normal_(double mean = 0.0, double std = 1.0, torch.Generator? generator = null) =>
            Mutate("normal_", this, mean, std, generator);
        public Tensor random_(double from, double to, torch.Generator? generator = null) =>
            Mutate("random_.from", this, (long)from, (long)to, generator);
        public Tensor uniform_(double from, double to, torch.Generator? generator = null) =>
            Mutate("uniform_", this, from, to, generator);
    }
}
