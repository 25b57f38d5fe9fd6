#nullable enable
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    // Comparisons and logic.
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => target is null ? false : Call("eq.Tensor", this, target);
        public Tensor eq(Scalar target) => target is null ? false : Call("eq.Scalar", this, target);
        public Tensor eq_(Tensor target) => target is null ? false : Mutate("eq_.Tensor", this, target);
        public Tensor eq_(Scalar target) => target is null ? false : Mutate("eq_.Scalar", this, target);
        public Tensor equal(Tensor target) => eq(target);
        public bool Equals(Tensor target) => target is not null && CallValue("equal", this, target).Integer != 0;
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            target is not null && CallValue("allclose", this, target, rtol, atol, equal_nan).Integer != 0;
        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Call("isclose", this, other, rtol, atol, nanEqual);

        public Tensor ge(Tensor target) => target is null ? false : Call("ge.Tensor", this, target);
        public Tensor ge(Scalar target) => target is null ? false : Call("ge.Scalar", this, target);
        public Tensor ge_(Tensor target) => target is null ? false : Mutate("ge_.Tensor", this, target);
        public Tensor ge_(Scalar target) => target is null ? false : Mutate("ge_.Scalar", this, target);
        public Tensor greater_equal(Tensor target) => ge(target);
        public Tensor gt(Tensor target) => target is null ? false : Call("gt.Tensor", this, target);
        public Tensor gt(Scalar target) => target is null ? false : Call("gt.Scalar", this, target);
        public Tensor gt_(Tensor target) => target is null ? false : Mutate("gt_.Tensor", this, target);
        public Tensor gt_(Scalar target) => target is null ? false : Mutate("gt_.Scalar", this, target);
        public Tensor greater(Tensor target) => gt(target);
        public Tensor le(Tensor target) => Call("le.Tensor", this, target);
        public Tensor le(Scalar target) => Call("le.Scalar", this, target);
        public Tensor le_(Tensor target) => Mutate("le_.Tensor", this, target);
        public Tensor le_(Scalar target) => Mutate("le_.Scalar", this, target);
        public Tensor less_equal(Tensor target) => le(target);
        public Tensor lt(Tensor target) => Call("lt.Tensor", this, target);
        public Tensor lt(Scalar target) => Call("lt.Scalar", this, target);
        public Tensor lt_(Tensor target) => Mutate("lt_.Tensor", this, target);
        public Tensor lt_(Scalar target) => Mutate("lt_.Scalar", this, target);
        public Tensor less(Tensor target) => lt(target);
        public Tensor ne(Tensor target) => Call("ne.Tensor", this, target);
        public Tensor ne(Scalar target) => Call("ne.Scalar", this, target);
        public Tensor ne_(Tensor target) => Mutate("ne_.Tensor", this, target);
        public Tensor ne_(Scalar target) => Mutate("ne_.Scalar", this, target);
        public Tensor not_equal(Tensor target) => ne(target);

        public Tensor isfinite() => Call("isfinite", this);
        public Tensor isinf() => Call("isinf", this);
        public Tensor isnan() => Call("isnan", this);
        public Tensor isneginf() => Call("isneginf", this);
        public Tensor isposinf() => Call("isposinf", this);
        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Call("isin.Tensor_Tensor", this, test_elements, assumeUnique, invert);

        public Tensor logical_and(Tensor other) => Call("logical_and", this, other);
        public Tensor logical_and_(Tensor other) => Mutate("logical_and_", this, other);
        public Tensor logical_not() => Call("logical_not", this);
        public Tensor logical_not_() => Mutate("logical_not_", this);
        public Tensor logical_or(Tensor other) => Call("logical_or", this, other);
        public Tensor logical_or_(Tensor other) => Mutate("logical_or_", this, other);
        public Tensor logical_xor(Tensor other) => Call("logical_xor", this, other);
    }
}
