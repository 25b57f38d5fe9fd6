#nullable enable
using static TorchSharp.Interop.Dispatch;

namespace TorchSharp;

public static partial class torch
{
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    // Elementwise arithmetic.
    public partial class Tensor
    {
        public Tensor abs() => Call("abs", this);
        public Tensor abs_() => Mutate("abs_", this);
        public Tensor absolute() => abs();
        public Tensor absolute_() => abs_();

        public Tensor add(Tensor target) => Call("add.Tensor", this, target);
        public Tensor add(Tensor target, Scalar alpha) => Call("add.Tensor", this, target, alpha);
        public Tensor add(Scalar scalar) => Call("add.Scalar", this, scalar);
        public Tensor add(Scalar scalar, Scalar alpha) => Call("add.Scalar", this, scalar, alpha);
        public Tensor add_(Tensor target) => Mutate("add_.Tensor", this, target);
        public Tensor add_(Tensor target, Scalar alpha) => Mutate("add_.Tensor", this, target, alpha);
        public Tensor add_(Scalar scalar) => Mutate("add_.Scalar", this, scalar);
        public Tensor add_(Scalar scalar, Scalar alpha) => Mutate("add_.Scalar", this, scalar, alpha);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Call("addcdiv", this, tensor1, tensor2, value);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Call("addcdiv", this, tensor1, tensor2);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Mutate("addcdiv_", this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Mutate("addcdiv_", this, tensor1, tensor2);
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Call("addcmul", this, tensor1, tensor2, value);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Mutate("addcmul_", this, tensor1, tensor2, value);

        public Tensor bitwise_and(Tensor other) => Call("bitwise_and.Tensor", this, other);
        public Tensor bitwise_and_(Tensor other) => Mutate("bitwise_and_.Tensor", this, other);
        public Tensor bitwise_not() => Call("bitwise_not", this);
        public Tensor bitwise_or(Tensor other) => Call("bitwise_or.Tensor", this, other);
        public Tensor bitwise_right_shift(Tensor other) => Call("bitwise_right_shift.Tensor", this, other);
        public Tensor bitwise_xor(Tensor other) => Call("bitwise_xor.Tensor", this, other);
        public Tensor bitwise_xor_(Tensor other) => Mutate("bitwise_xor_.Tensor", this, other);

        public Tensor ceil() => Call("ceil", this);
        public Tensor ceil_() => Mutate("ceil_", this);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Call("div.Tensor_mode", this, target, Mode(rounding_mode));
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Call("div.Scalar_mode", this, target, Mode(rounding_mode));
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Mutate("div_.Tensor_mode", this, target, Mode(rounding_mode));
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Mutate("div_.Scalar_mode", this, target, Mode(rounding_mode));
        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);
        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);
        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);
        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        private static string? Mode(RoundingMode mode) => mode switch
        {
            RoundingMode.trunc => "trunc",
            RoundingMode.floor => "floor",
            _ => null,
        };

        public Tensor erf() => Call("erf", this);
        public Tensor exp() => Call("exp", this);
        public Tensor exp_() => Mutate("exp_", this);
        public Tensor exp2() => Call("exp2", this);
        public Tensor expm1() => Call("expm1", this);
        public Tensor expm1_() => Mutate("expm1_", this);
        public Tensor floor() => Call("floor", this);
        public Tensor floor_() => Mutate("floor_", this);
        public Tensor floor_divide(Tensor other) => Call("floor_divide", this, other);
        public Tensor floor_divide(Scalar other) => Call("floor_divide.Scalar", this, other);
        public Tensor fmod(Tensor target) => Call("fmod.Tensor", this, target);
        public Tensor fmod(Scalar scalar) => Call("fmod.Scalar", this, scalar);
        public Tensor frac() => Call("frac", this);

        public Tensor lerp(Tensor end, Tensor weight) => Call("lerp.Tensor", this, end, weight);
        public Tensor lerp_(Tensor end, Tensor weight) => Mutate("lerp_.Tensor", this, end, weight);

        public Tensor log() => Call("log", this);
        public Tensor log_() => Mutate("log_", this);
        public Tensor log10() => Call("log10", this);
        public Tensor log1p() => Call("log1p", this);
        public Tensor log1p_() => Mutate("log1p_", this);
        public Tensor log2() => Call("log2", this);
        public Tensor logaddexp(Tensor other) => Call("logaddexp", this, other);

        public Tensor mul(Tensor target) => Call("mul.Tensor", this, target);
        public Tensor mul(Scalar target) => Call("mul.Scalar", this, target);
        public Tensor mul_(Tensor target) => Mutate("mul_.Tensor", this, target);
        public Tensor mul_(Scalar target) => Mutate("mul_.Scalar", this, target);
        public Tensor multiply(Tensor target) => mul(target);
        public Tensor multiply(Scalar target) => mul(target);

        public Tensor neg() => Call("neg", this);
        public Tensor neg_() => Mutate("neg_", this);
        public Tensor negative() => neg();

        public Tensor pow(Tensor exponent) => Call("pow.Tensor_Tensor", this, exponent);
        public Tensor pow(Scalar exponent) => Call("pow.Tensor_Scalar", this, exponent);
        public Tensor pow_(Tensor exponent) => Mutate("pow_.Tensor", this, exponent);
        public Tensor pow_(Scalar exponent) => Mutate("pow_.Scalar", this, exponent);
        public Tensor reciprocal() => Call("reciprocal", this);
        public Tensor reciprocal_() => Mutate("reciprocal_", this);
        public Tensor remainder(Tensor target) => Call("remainder.Tensor", this, target);
        public Tensor remainder(Scalar scalar) => Call("remainder.Scalar", this, scalar);
        public Tensor remainder_(Tensor target) => Mutate("remainder_.Tensor", this, target);
        public Tensor remainder_(Scalar scalar) => Mutate("remainder_.Scalar", this, scalar);
        public Tensor round(long decimals = 0L) => Call("round.decimals", this, decimals);
        public Tensor round_(long decimals = 0L) => Mutate("round_.decimals", this, decimals);
        public Tensor rsqrt() => Call("rsqrt", this);
        public Tensor rsqrt_() => Mutate("rsqrt_", this);
        public Tensor sign() => Call("sign", this);
        public Tensor sign_() => Mutate("sign_", this);
        public Tensor square() => pow(2);
        public Tensor sqrt() => Call("sqrt", this);
        public Tensor sqrt_() => Mutate("sqrt_", this);

        public Tensor sub(Tensor target) => Call("sub.Tensor", this, target);
        public Tensor sub(Scalar target) => Call("sub.Scalar", this, target);
        public Tensor sub_(Tensor target) => Mutate("sub_.Tensor", this, target);
        public Tensor sub_(Scalar target) => Mutate("sub_.Scalar", this, target);
        public Tensor subtract(Scalar target) => sub(target);
        public Tensor subtract(Tensor target) => sub(target);
        public Tensor subtract_(Scalar target) => sub_(target);
        public Tensor subtract_(Tensor target) => sub_(target);

        public Tensor trunc() => Call("trunc", this);
        public Tensor trunc_() => Mutate("trunc_", this);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Call("clamp", this, min, max);
        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Call("clamp.Tensor", this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Mutate("clamp_", this, min, max);
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Mutate("clamp_.Tensor", this, min, max);
        public Tensor clamp_max(Scalar max) => Call("clamp_max", this, max);
        public Tensor clamp_max_(Scalar max) => Mutate("clamp_max_", this, max);
        public Tensor clamp_min(Scalar min) => Call("clamp_min", this, min);
        public Tensor clamp_min_(Scalar min) => Mutate("clamp_min_", this, min);
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);
        public Tensor maximum(Tensor other) => Call("maximum", this, other);
        public Tensor minimum(Tensor other) => Call("minimum", this, other);
        public Tensor nan_to_num(double nan = 0d, double? posinf = null, double? neginf = null) =>
            Call("nan_to_num", this, nan, posinf, neginf);
    }
}
