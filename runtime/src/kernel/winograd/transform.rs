//! The one-dimensional transforms of F(4, 3), which interpolates at 0, ±a, ±b and infinity, on vectors of
//! channels. With `ab = 1`, `s = a² + b²`, `p = 1 / (2a²(a² - b²))` and `q = 1 / (2b²(b² - a²))`:
//!
//! ```text
//!      1  1   1   1   1   0         1  0   -s   0  1  0         1   0    0
//!      0  a  -a   b  -b   0         0 -ab² -b²  a  1  0         p   pa   pa²
//! Aᵀ = 0  a²  a²  b²  b²  0    Bᵀ = 0  ab² -b² -a  1  0    G =  p  -pa   pa²
//!      0  a³ -a³  b³ -b³  1         0 -ba² -a²  b  1  0         q   qb   qb²
//!                                   0  ba² -a² -b  1  0         q  -qb   qb²
//!                                   0  1    0  -s  0  1         0   0    1
//! ```
//!
//! The usual points 1 and 2 magnify rounding four times as much as these (cf. Barabasz et al. 2020).

use fearless_simd::SimdFloat;

use crate::{
    kernel::lanes::splat,
    simd::{Scalar, Simd},
};

const A: f64 = 2.0 / 3.0;
const B: f64 = 3.0 / 2.0;
/// The squares, and their sum.
const A2: f64 = A * A;
const B2: f64 = B * B;
const S: f64 = A2 + B2;
/// What the points of the window are divided by.
const P: f64 = 1.0 / (2.0 * A2 * (A2 - B2));
const Q: f64 = 1.0 / (2.0 * B2 * (B2 - A2));

/// `Bᵀ d`: six pixels of the input.
#[inline(always)]
pub(super) fn input<V: Simd, T: Scalar>(simd: V, d: [T::Vector<V>; 6]) -> [T::Vector<V>; 6] {
    let c = |value| splat::<V, T>(simd, T::from_f64(value));
    let near = [c(-B2).mul_add(d[2], d[4]), c(-B2).mul_add(d[1], d[3])];
    let far = [c(-A2).mul_add(d[2], d[4]), c(-A2).mul_add(d[1], d[3])];
    [
        c(-S).mul_add(d[2], d[0] + d[4]),
        c(A).mul_add(near[1], near[0]),
        c(-A).mul_add(near[1], near[0]),
        c(B).mul_add(far[1], far[0]),
        c(-B).mul_add(far[1], far[0]),
        c(-S).mul_add(d[3], d[1] + d[5]),
    ]
}

/// `Aᵀ m`: four pixels of the output.
#[inline(always)]
pub(super) fn output<V: Simd, T: Scalar>(simd: V, m: [T::Vector<V>; 6]) -> [T::Vector<V>; 4] {
    let c = |value| splat::<V, T>(simd, T::from_f64(value));
    let (near, far) = ([m[1] + m[2], m[1] - m[2]], [m[3] + m[4], m[3] - m[4]]);
    [
        m[0] + near[0] + far[0],
        c(A).mul_add(near[1], c(B) * far[1]),
        c(A2).mul_add(near[0], c(B2) * far[0]),
        c(A * A2).mul_add(near[1], c(B * B2).mul_add(far[1], m[5])),
    ]
}

/// `A y`: from the gradient of four pixels of the output.
#[inline(always)]
pub(super) fn output_gradient<V: Simd, T: Scalar>(
    simd: V,
    y: [T::Vector<V>; 4],
) -> [T::Vector<V>; 6] {
    let c = |value| splat::<V, T>(simd, T::from_f64(value));
    let near = [c(A2).mul_add(y[2], y[0]), c(A * A2).mul_add(y[3], c(A) * y[1])];
    let far = [c(B2).mul_add(y[2], y[0]), c(B * B2).mul_add(y[3], c(B) * y[1])];
    [y[0], near[0] + near[1], near[0] - near[1], far[0] + far[1], far[0] - far[1], y[3]]
}

/// `G w`: three taps of the window.
#[inline(always)]
pub(super) fn window<V: Simd, T: Scalar>(simd: V, w: [T::Vector<V>; 3]) -> [T::Vector<V>; 6] {
    let c = |value| splat::<V, T>(simd, T::from_f64(value));
    let near = [c(P * A2).mul_add(w[2], c(P) * w[0]), c(P * A) * w[1]];
    let far = [c(Q * B2).mul_add(w[2], c(Q) * w[0]), c(Q * B) * w[1]];
    [w[0], near[0] + near[1], near[0] - near[1], far[0] + far[1], far[0] - far[1], w[2]]
}

/// `Gᵀ u`: the gradient of three taps of the window.
#[inline(always)]
pub(super) fn window_gradient<V: Simd, T: Scalar>(
    simd: V,
    u: [T::Vector<V>; 6],
) -> [T::Vector<V>; 3] {
    let c = |value| splat::<V, T>(simd, T::from_f64(value));
    let (near, far) = ([u[1] + u[2], u[1] - u[2]], [u[3] + u[4], u[3] - u[4]]);
    [
        c(P).mul_add(near[0], c(Q).mul_add(far[0], u[0])),
        c(P * A).mul_add(near[1], c(Q * B) * far[1]),
        c(P * A2).mul_add(near[0], c(Q * B2).mul_add(far[0], u[5])),
    ]
}

/// Calls `$body` for every number of a list: loops over constants that the compiler keeps as loops would
/// hold vectors in memory.
macro_rules! each {
    ([$($value:literal)*], $name:ident => $body:expr) => {
        $({
            const $name: usize = $value;
            $body
        })*
    };
}
pub(super) use each;

/// A transform of `N` to `M` values, applied to the columns and then to the rows of a square: reads
/// `$load`, the value of row `I` and column `J`, and calls `$store` with the row `K` of the result.
macro_rules! along_both {
    ($simd:expr, $S:ty, $T:ty, $transform:ident, $read:tt => $written:tt,
        |$I:ident, $J:ident| $load:expr, |$K:ident, $row:ident| $store:expr) => {{
        let zero = splat::<$S, $T>($simd, <$T>::ZERO);
        let mut between = [[zero; along_both!(@len $read)]; along_both!(@len $written)];
        each!($read, $J => {
            let mut column = [zero; along_both!(@len $read)];
            each!($read, $I => column[$I] = $load);
            let column = $transform::<$S, $T>($simd, column);
            each!($written, I => between[I][$J] = column[I]);
        });
        each!($written, $K => {
            let $row = $transform::<$S, $T>($simd, between[$K]);
            $store;
        });
    }};
    (@len [$($value:literal)*]) => { [$($value as usize),*].len() };
}
pub(super) use along_both;
