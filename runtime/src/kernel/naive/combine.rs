//! Two values become one, and values side by side.

use crate::simd::{Cpu, Scalar};

fn each<T: Scalar>(y: &mut [T], f: impl Fn(usize, T) -> f64) {
    for (i, y) in y.iter_mut().enumerate() {
        *y = T::from_f64(f(i, *y));
    }
}

/// `y = alpha · a + beta · b`.
pub fn axpby<T: Scalar>(_cpu: Cpu, y: &mut [T], a: &[T], b: &[T], alpha: f64, beta: f64) {
    each(y, |i, _| alpha * a[i].to_f64() + beta * b[i].to_f64());
}

/// `y = alpha · y + beta · b`.
pub fn axpby_assign<T: Scalar>(_cpu: Cpu, y: &mut [T], b: &[T], alpha: f64, beta: f64) {
    each(y, |i, y| alpha * y.to_f64() + beta * b[i].to_f64());
}

/// `y = alpha · x`.
pub fn scale<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], alpha: f64) {
    each(y, |i, _| alpha * x[i].to_f64());
}

/// `y = alpha · y`.
pub fn scale_assign<T: Scalar>(_cpu: Cpu, y: &mut [T], alpha: f64) {
    each(y, |_, y| alpha * y.to_f64());
}

/// `y = a · b`.
pub fn multiply<T: Scalar>(_cpu: Cpu, y: &mut [T], a: &[T], b: &[T]) {
    each(y, |i, _| a[i].to_f64() * b[i].to_f64());
}

/// `y = y · b`.
pub fn multiply_assign<T: Scalar>(_cpu: Cpu, y: &mut [T], b: &[T]) {
    each(y, |i, y| y.to_f64() * b[i].to_f64());
}

/// `y = max(a, b)`.
pub fn maximum<T: Scalar>(_cpu: Cpu, y: &mut [T], a: &[T], b: &[T]) {
    each(y, |i, _| larger(a[i].to_f64(), b[i].to_f64()));
}

/// `y = max(y, b)`.
pub fn maximum_assign<T: Scalar>(_cpu: Cpu, y: &mut [T], b: &[T]) {
    each(y, |i, y| larger(y.to_f64(), b[i].to_f64()));
}

fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// `da = dy` where `a > b`, half of it where they are equal.
pub fn maximum_grad<T: Scalar>(_cpu: Cpu, da: &mut [T], dy: &[T], a: &[T], b: &[T]) {
    each(da, |i, _| {
        let share = if a[i] > b[i] { 1.0 } else { 0.0 } + if a[i] == b[i] { 0.5 } else { 0.0 };
        dy[i].to_f64() * share
    });
}

/// `y[r, ·] = x1[r, ..n1], x2[r, ..n2], ..`, of parts `(x, n)`.
pub fn concat<T: Scalar>(_cpu: Cpu, y: &mut [T], parts: &[(&[T], usize)]) {
    let width: usize = parts.iter().map(|(_, n)| n).sum();
    for (i, y) in y.iter_mut().enumerate() {
        let (row, mut column) = (i / width, i % width);
        for (x, n) in parts {
            if column < *n {
                *y = x[row * n + column];
                break;
            }
            column -= n;
        }
    }
}

/// `y[r, n] = x[r, start..start + n]`, of rows of `width`.
pub fn split<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], width: usize, start: usize, n: usize) {
    each(y, |i, _| x[i / n * width + start + i % n].to_f64());
}
