//! Pointwise functions and their gradients, over vectors.
//!
//! Values are treated block by block: a block is copied to its destination and then changed in
//! place while it is in the innermost cache.

mod functions;

use functions::{
    Clamp, Elu, Gelu, GeluTanh, HardSigmoid, HardSwish, LeakyRelu, Mish, Pointwise, Relu, Sigmoid,
    Silu, Softplus, Softsign, Tanh,
};

use super::lanes::{lanes, load, store};
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// Values that are changed in one go.
const BLOCK: usize = 1024;

/// Elements count as several operations: a function takes some ten instructions.
const WORK: usize = 8;

/// `y = fun(x)`.
pub(crate) fn map<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], fun: Fun) {
    let len = y.len();
    share(cpu, len, BLOCK, len * WORK, Rows { values: y, len: 1 }, &|range, y| {
        for (y, x) in y.values.chunks_mut(BLOCK).zip(x[range].chunks(BLOCK)) {
            y.copy_from_slice(x);
            apply(cpu, y, fun);
        }
    });
}

/// `y = fun(y)`.
pub(crate) fn map_assign<T: Scalar>(cpu: Cpu, y: &mut [T], fun: Fun) {
    let len = y.len();
    share(cpu, len, BLOCK, len * WORK, Rows { values: y, len: 1 }, &|_, y| {
        apply(cpu, y.values, fun);
    });
}

/// `dx = dy · fun'`, the derivative computed from `kept`.
pub(crate) fn map_grad<T: Scalar>(cpu: Cpu, dx: &mut [T], dy: &[T], kept: &[T], fun: Fun) {
    let len = dx.len();
    share(cpu, len, BLOCK, len * WORK, Rows { values: dx, len: 1 }, &|range, dx| {
        let blocks = dy[range.clone()].chunks(BLOCK).zip(kept[range].chunks(BLOCK));
        for (dx, (dy, kept)) in dx.values.chunks_mut(BLOCK).zip(blocks) {
            dx.copy_from_slice(dy);
            apply_grad(cpu, dx, kept, fun);
        }
    });
}

/// `d = d · fun'`.
pub(crate) fn map_grad_assign<T: Scalar>(cpu: Cpu, d: &mut [T], kept: &[T], fun: Fun) {
    let len = d.len();
    share(cpu, len, BLOCK, len * WORK, Rows { values: d, len: 1 }, &|range, d| {
        apply_grad(cpu, d.values, &kept[range], fun);
    });
}

macro_rules! with_function {
    ($fun:expr, $function:ident => $body:expr) => {
        match $fun {
            Fun::Relu => {
                let $function = Relu {};
                $body
            }
            Fun::LeakyRelu(slope) => {
                let $function = LeakyRelu { slope };
                $body
            }
            Fun::Clamp(low, high) => {
                let $function = Clamp { low, high };
                $body
            }
            Fun::Elu { alpha, scale } => {
                let $function = Elu { alpha, scale };
                $body
            }
            Fun::Gelu => {
                let $function = Gelu {};
                $body
            }
            Fun::GeluTanh => {
                let $function = GeluTanh {};
                $body
            }
            Fun::Silu => {
                let $function = Silu {};
                $body
            }
            Fun::Sigmoid => {
                let $function = Sigmoid {};
                $body
            }
            Fun::HardSigmoid => {
                let $function = HardSigmoid {};
                $body
            }
            Fun::Tanh => {
                let $function = Tanh {};
                $body
            }
            Fun::Softplus => {
                let $function = Softplus {};
                $body
            }
            Fun::Softsign => {
                let $function = Softsign {};
                $body
            }
            Fun::HardSwish => {
                let $function = HardSwish {};
                $body
            }
            Fun::Mish => {
                let $function = Mish {};
                $body
            }
        }
    };
}

/// `fun(x)`, or `x` without a function.
#[inline(always)]
pub(crate) fn value<S: Simd, T: Scalar>(
    simd: S,
    fun: Option<Fun>,
    x: T::Vector<S>,
) -> T::Vector<S> {
    match fun {
        Some(fun) => with_function!(fun, function => value_of::<S, T, _>(simd, function, x)),
        None => x,
    }
}

#[inline(always)]
fn value_of<S: Simd, T: Scalar, P: Pointwise<T>>(
    simd: S,
    function: P,
    x: T::Vector<S>,
) -> T::Vector<S> {
    function.value(simd, x)
}

/// A function that is known where a kernel is compiled, so that no other is compiled into it.
pub(crate) trait Known {
    /// The function, if there is one.
    const FUN: Option<Fun>;
}

/// `fun(x)`.
#[inline(always)]
pub(crate) fn known<S: Simd, T: Scalar, K: Known>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    /// What follows a condition on constants is not even generated where it does not hold.
    macro_rules! first_of {
        ($($known:pat, $given:pat => $function:expr;)*) => {
            const { assert!(matches!(K::FUN, None $(| Some($known))*), "a function is missing") }
            $(if const { matches!(K::FUN, Some($known)) } {
                let Some($given) = K::FUN else { return x };
                return value_of::<S, T, _>(simd, $function, x);
            })*
        };
    }
    first_of! {
        Fun::Relu, Fun::Relu => Relu {};
        Fun::LeakyRelu(_), Fun::LeakyRelu(slope) => LeakyRelu { slope };
        Fun::Clamp(..), Fun::Clamp(low, high) => Clamp { low, high };
        Fun::Elu { .. }, Fun::Elu { alpha, scale } => Elu { alpha, scale };
        Fun::Gelu, Fun::Gelu => Gelu {};
        Fun::GeluTanh, Fun::GeluTanh => GeluTanh {};
        Fun::Silu, Fun::Silu => Silu {};
        Fun::Sigmoid, Fun::Sigmoid => Sigmoid {};
        Fun::HardSigmoid, Fun::HardSigmoid => HardSigmoid {};
        Fun::Tanh, Fun::Tanh => Tanh {};
        Fun::Softplus, Fun::Softplus => Softplus {};
        Fun::Softsign, Fun::Softsign => Softsign {};
        Fun::HardSwish, Fun::HardSwish => HardSwish {};
        Fun::Mish, Fun::Mish => Mish {};
    }
    x
}

/// `y = fun(y)` on this thread.
pub(crate) fn apply<T: Scalar>(cpu: Cpu, y: &mut [T], fun: Fun) {
    dispatch!(T, cpu, simd => with_function!(fun, function => apply_all(simd, function, y)));
}

#[inline(always)]
fn apply_all<S: Simd, T: Scalar>(simd: S, function: impl Pointwise<T>, y: &mut [T]) {
    for y in y.chunks_mut(lanes::<S, T>()) {
        let x = load(simd, y);
        store(simd, function.value(simd, x), y);
    }
}

/// `d = d · fun'` on this thread.
pub(crate) fn apply_grad<T: Scalar>(cpu: Cpu, d: &mut [T], kept: &[T], fun: Fun) {
    dispatch!(T, cpu, simd => with_function!(fun, function => grad_all(simd, function, d, kept)));
}

#[inline(always)]
fn grad_all<S: Simd, T: Scalar>(simd: S, function: impl Pointwise<T>, d: &mut [T], kept: &[T]) {
    let len = lanes::<S, T>();
    for (d, kept) in d.chunks_mut(len).zip(kept.chunks(len)) {
        let derivative = function.derivative(simd, load(simd, kept));
        let value: T::Vector<S> = load(simd, d);
        store(simd, value * derivative, d);
    }
}
