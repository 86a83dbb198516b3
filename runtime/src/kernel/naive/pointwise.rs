//! Element by element.

use crate::{
    kernel::{Stream, dropout::Mask},
    pointwise::Fun,
    simd::{Cpu, Scalar},
};

/// `y = fun(x)`.
pub fn map<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], fun: Fun) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = T::from_f64(fun.value(x.to_f64()));
    }
}

/// `y = fun(y)`.
pub fn map_assign<T: Scalar>(_cpu: Cpu, y: &mut [T], fun: Fun) {
    for y in y {
        *y = T::from_f64(fun.value(y.to_f64()));
    }
}

/// `dx = dy · fun'`, the derivative computed from `kept`.
pub fn map_grad<T: Scalar>(_cpu: Cpu, dx: &mut [T], dy: &[T], kept: &[T], fun: Fun) {
    for ((dx, dy), kept) in dx.iter_mut().zip(dy).zip(kept) {
        *dx = T::from_f64(dy.to_f64() * fun.derivative(kept.to_f64()));
    }
}

/// `d = d · fun'`.
pub fn map_grad_assign<T: Scalar>(_cpu: Cpu, d: &mut [T], kept: &[T], fun: Fun) {
    for (d, kept) in d.iter_mut().zip(kept) {
        *d = T::from_f64(d.to_f64() * fun.derivative(kept.to_f64()));
    }
}

/// `y = x / (1 - rate)` where the mask keeps, else 0.
pub fn dropout<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], rate: f64, stream: Stream) {
    let mask = Mask::new(rate, stream);
    let scale = T::from_f64(1.0 / (1.0 - rate));
    for (index, (y, &x)) in y.iter_mut().zip(x).enumerate() {
        *y = if mask.keeps(index) { x * scale } else { T::ZERO };
    }
}

/// `dropout` in place.
pub fn dropout_assign<T: Scalar>(_cpu: Cpu, y: &mut [T], rate: f64, stream: Stream) {
    let mask = Mask::new(rate, stream);
    let scale = T::from_f64(1.0 / (1.0 - rate));
    for (index, y) in y.iter_mut().enumerate() {
        *y = if mask.keeps(index) { *y * scale } else { T::ZERO };
    }
}
