//! The pointwise functions over one vector, each beside its derivative.
//!
//! The definitions are those of [`Fun`](crate::pointwise::Fun); a derivative takes `x` or
//! `y = f(x)`, as [`gradient_from`](crate::pointwise::Fun::gradient_from) says.

use fearless_simd::{Select, SimdBase, SimdFloat};

use crate::{
    kernel::{
        lanes::splat,
        math::{
            at_least, at_most, constant, exp, exp_m1, gelu_slope, ln_1p_unit, normal_cdf, sigmoid,
            tanh,
        },
    },
    pointwise::{GELU_CUBIC, SQRT_2_OVER_PI},
    simd::{Scalar, Simd},
};

/// A function and its derivative.
pub(super) trait Pointwise<T: Scalar>: Copy {
    /// `f(x)`.
    fn value<S: Simd>(self, simd: S, x: T::Vector<S>) -> T::Vector<S>;
    /// `f'`.
    fn derivative<S: Simd>(self, simd: S, kept: T::Vector<S>) -> T::Vector<S>;
}

/// Writes the implementation of one function: its fields, its value, its derivative.
macro_rules! pointwise {
    ($name:ident { $($field:ident),* }, $simd:ident, $x:ident => $value:expr, $kept:ident => $derivative:expr $(,)?) => {
        #[derive(Clone, Copy)]
        pub(super) struct $name {
            $(pub(super) $field: f64,)*
        }

        impl<T: Scalar> Pointwise<T> for $name {
            #[inline(always)]
            #[allow(unused_variables)]
            fn value<S: Simd>(self, $simd: S, $x: T::Vector<S>) -> T::Vector<S> {
                $(let $field = constant::<S, T>($simd, self.$field);)*
                $value
            }
            #[inline(always)]
            #[allow(unused_variables)]
            fn derivative<S: Simd>(self, $simd: S, $kept: T::Vector<S>) -> T::Vector<S> {
                $(let $field = constant::<S, T>($simd, self.$field);)*
                $derivative
            }
        }
    };
}

/// `max(x, 0)` where NaN stays.
#[inline(always)]
fn relu<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    at_least::<S, T>(x, splat(simd, T::ZERO))
}

/// 1 where the mask holds, else 0.
#[inline(always)]
fn indicator<S: Simd, T: Scalar>(
    simd: S,
    mask: <T::Vector<S> as SimdBase<S>>::Mask,
) -> T::Vector<S> {
    mask.select(splat::<S, T>(simd, T::ONE), splat::<S, T>(simd, T::ZERO))
}

/// Where the vector is above zero.
#[inline(always)]
fn positive<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> <T::Vector<S> as SimdBase<S>>::Mask {
    x.simd_gt(splat::<S, T>(simd, T::ZERO))
}

pointwise!(Relu {}, simd,
    x => relu::<S, T>(simd, x),
    y => indicator::<S, T>(simd, positive::<S, T>(simd, y)),
);

pointwise!(LeakyRelu { slope }, simd,
    x => positive::<S, T>(simd, x).select(x, x * slope),
    y => positive::<S, T>(simd, y).select(splat::<S, T>(simd, T::ONE), slope),
);

pointwise!(Clamp { low, high }, simd,
    x => at_most::<S, T>(at_least::<S, T>(x, low), high),
    y => indicator::<S, T>(simd, y.simd_gt(low) & y.simd_lt(high)),
);

pointwise!(Elu { alpha, scale }, simd,
    x => scale * positive::<S, T>(simd, x).select(x, alpha * exp_m1::<S, T>(simd, x)),
    y => positive::<S, T>(simd, y).select(scale, alpha.mul_add(scale, y)),
);

pointwise!(Gelu {}, simd,
    x => x * normal_cdf::<S, T>(simd, x),
    x => gelu_slope::<S, T>(simd, x),
);

/// The argument of the tanh in the tanh form of GELU, twice: `½ (1 + tanh a) = sigmoid(2a)`.
#[inline(always)]
fn gelu_inner<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let cubic = constant::<S, T>(simd, 2.0 * SQRT_2_OVER_PI * GELU_CUBIC);
    x * cubic.mul_add(x * x, constant::<S, T>(simd, 2.0 * SQRT_2_OVER_PI))
}

pointwise!(GeluTanh {}, simd,
    x => x * sigmoid::<S, T>(simd, gelu_inner::<S, T>(simd, x)),
    x => {
        // Beyond, it is 0 or 1 to the last bit, and its terms overflow at last.
        let most = constant::<S, T>(simd, 50.0);
        let x = at_least::<S, T>(at_most::<S, T>(x, most), -most);
        let s = sigmoid::<S, T>(simd, gelu_inner::<S, T>(simd, x));
        let cubic = constant::<S, T>(simd, 6.0 * SQRT_2_OVER_PI * GELU_CUBIC);
        let inner = cubic.mul_add(x * x, constant::<S, T>(simd, 2.0 * SQRT_2_OVER_PI));
        (x * inner * (s - s * s)) + s
    },
);

pointwise!(Silu {}, simd,
    x => x * sigmoid::<S, T>(simd, x),
    x => {
        let s = sigmoid::<S, T>(simd, x);
        (x * (s - s * s)) + s
    },
);

pointwise!(Sigmoid {}, simd,
    x => sigmoid::<S, T>(simd, x),
    y => y - y * y,
);

/// `min(max(x + 3, 0), 6)`.
#[inline(always)]
fn relu6_of_3_more<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let raised = relu::<S, T>(simd, x + constant::<S, T>(simd, 3.0));
    at_most::<S, T>(raised, constant::<S, T>(simd, 6.0))
}

pointwise!(HardSigmoid {}, simd,
    x => relu6_of_3_more::<S, T>(simd, x) / constant::<S, T>(simd, 6.0),
    y => {
        let inside = positive::<S, T>(simd, y) & y.simd_lt(splat::<S, T>(simd, T::ONE));
        indicator::<S, T>(simd, inside) * constant::<S, T>(simd, 1.0 / 6.0)
    },
);

pointwise!(Tanh {}, simd,
    x => tanh::<S, T>(simd, x),
    y => splat::<S, T>(simd, T::ONE) - y * y,
);

pointwise!(Softplus {}, simd,
    x => relu::<S, T>(simd, x) + ln_1p_unit::<S, T>(simd, exp::<S, T>(simd, -x.abs())),
    y => -exp_m1::<S, T>(simd, -y),
);

pointwise!(Softsign {}, simd,
    x => x / (x.abs() + T::ONE),
    y => {
        let rest = splat::<S, T>(simd, T::ONE) - y.abs();
        rest * rest
    },
);

pointwise!(HardSwish {}, simd,
    x => x * relu6_of_3_more::<S, T>(simd, x) / constant::<S, T>(simd, 6.0),
    x => {
        let three = constant::<S, T>(simd, 3.0);
        let middle = (x + x + three) / constant::<S, T>(simd, 6.0);
        let above = x.simd_ge(three).select(splat::<S, T>(simd, T::ONE), middle);
        x.simd_le(-three).select(splat::<S, T>(simd, T::ZERO), above)
    },
);

/// `tanh(softplus(x)) = n / (n + d)` without overflow: with `e = eˣ` it is
/// `e (e + 2) / (e (e + 2) + 2)`; above zero both are divided by `e²`.
#[inline(always)]
fn tanh_of_softplus<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let e = exp::<S, T>(simd, -x.abs());
    let (one, two) = (splat::<S, T>(simd, T::ONE), constant::<S, T>(simd, 2.0));
    let above = positive::<S, T>(simd, x);
    let numerator = above.select(two.mul_add(e, one), e * (e + two));
    let rest = above.select(two * e * e, two);
    numerator / (numerator + rest)
}

pointwise!(Mish {}, simd,
    x => x * tanh_of_softplus::<S, T>(simd, x),
    x => {
        let t = tanh_of_softplus::<S, T>(simd, x);
        let slope = sigmoid::<S, T>(simd, x) * (splat::<S, T>(simd, T::ONE) - t * t);
        x.mul_add(slope, t)
    },
);
