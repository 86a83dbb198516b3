//! Two values become one, element by element.

use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// Elements that a share begins at multiples of.
const BLOCK: usize = 1024;

/// `y = alpha · a + beta · b`.
pub(crate) fn axpby<T: Scalar>(cpu: Cpu, y: &mut [T], a: &[T], b: &[T], alpha: f64, beta: f64) {
    let (alpha, beta) = (T::from_f64(alpha), T::from_f64(beta));
    each(cpu, y, [a, b], &|y, [a, b]| {
        dispatch!(T, cpu, _simd => zip(y, a, b, #[inline(always)] |a, b| alpha * a + beta * b));
    });
}

/// `y = alpha · y + beta · b`.
pub(crate) fn axpby_assign<T: Scalar>(cpu: Cpu, y: &mut [T], b: &[T], alpha: f64, beta: f64) {
    let (alpha, beta) = (T::from_f64(alpha), T::from_f64(beta));
    each(cpu, y, [b], &|y, [b]| {
        dispatch!(T, cpu, _simd => zip_assign(y, b, #[inline(always)] |y, b| alpha * y + beta * b));
    });
}

/// `y = alpha · x`.
pub(crate) fn scale<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], alpha: f64) {
    let alpha = T::from_f64(alpha);
    each(cpu, y, [x], &|y, [x]| {
        dispatch!(T, cpu, _simd => zip_assign(y, x, #[inline(always)] |_, x| alpha * x));
    });
}

/// `y = alpha · y`.
pub(crate) fn scale_assign<T: Scalar>(cpu: Cpu, y: &mut [T], alpha: f64) {
    let alpha = T::from_f64(alpha);
    each(cpu, y, [], &|y, []| {
        dispatch!(T, cpu, _simd => y.iter_mut().for_each(#[inline(always)] |y| *y *= alpha));
    });
}

/// `y = a · b`.
pub(crate) fn multiply<T: Scalar>(cpu: Cpu, y: &mut [T], a: &[T], b: &[T]) {
    each(cpu, y, [a, b], &|y, [a, b]| {
        dispatch!(T, cpu, _simd => zip(y, a, b, #[inline(always)] |a, b| a * b));
    });
}

/// `y = y · b`.
pub(crate) fn multiply_assign<T: Scalar>(cpu: Cpu, y: &mut [T], b: &[T]) {
    each(cpu, y, [b], &|y, [b]| {
        dispatch!(T, cpu, _simd => zip_assign(y, b, #[inline(always)] |y, b| y * b));
    });
}

/// `y = max(a, b)`; a NaN wins.
pub(crate) fn maximum<T: Scalar>(cpu: Cpu, y: &mut [T], a: &[T], b: &[T]) {
    each(cpu, y, [a, b], &|y, [a, b]| {
        dispatch!(T, cpu, _simd => zip(y, a, b, #[inline(always)] |a, b| larger(a, b)));
    });
}

/// `y = max(y, b)`; a NaN wins.
pub(crate) fn maximum_assign<T: Scalar>(cpu: Cpu, y: &mut [T], b: &[T]) {
    each(cpu, y, [b], &|y, [b]| {
        dispatch!(T, cpu, _simd => zip_assign(y, b, #[inline(always)] |y, b| larger(y, b)));
    });
}

/// `da = dy` where `a > b`, half of it where they are equal.
pub(crate) fn maximum_grad<T: Scalar>(cpu: Cpu, da: &mut [T], dy: &[T], a: &[T], b: &[T]) {
    let half = T::from_f64(0.5);
    each(cpu, da, [dy, a, b], &|da, [dy, a, b]| {
        dispatch!(T, cpu, _simd => {
            for (da, ((dy, a), b)) in da.iter_mut().zip(dy.iter().zip(a).zip(b)) {
                let tie = if a == b { half } else { T::ZERO };
                *da = *dy * if a > b { T::ONE } else { tie };
            }
        });
    });
}

/// Comparisons with a NaN are false, so it is taken from either side.
#[inline(always)]
fn larger<T: Scalar>(a: T, b: T) -> T {
    if a >= b || a.is_nan() { a } else { b }
}

#[inline(always)]
fn zip<T: Scalar>(y: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T) -> T) {
    for (y, (a, b)) in y.iter_mut().zip(a.iter().zip(b)) {
        *y = f(*a, *b);
    }
}

#[inline(always)]
fn zip_assign<T: Scalar>(y: &mut [T], b: &[T], f: impl Fn(T, T) -> T) {
    for (y, b) in y.iter_mut().zip(b) {
        *y = f(*y, *b);
    }
}

/// Shares the elements, with the same part of every operand.
fn each<T: Scalar, const N: usize>(
    cpu: Cpu,
    y: &mut [T],
    operands: [&[T]; N],
    kernel: &(impl Fn(&mut [T], [&[T]; N]) + Sync),
) {
    let len = y.len();
    share(cpu, len, BLOCK, len, Rows { values: y, len: 1 }, &|range, y| {
        kernel(y.values, operands.map(|operand| &operand[range.clone()]));
    });
}
