//! Gated linear units, and parametric ReLU.

use crate::{
    pointwise::{Fun, GradientFrom},
    simd::{Cpu, Scalar},
};

/// `y[r, i] = x[r, i] · fun(x[r, n + i])`.
pub fn gate<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], n: usize, fun: Fun) {
    for (i, y) in y.iter_mut().enumerate() {
        let value = i / n * 2 * n + i % n;
        *y = T::from_f64(x[value].to_f64() * fun.value(x[value + n].to_f64()));
    }
}

/// `dx[r, i] = dy · fun(x[r, n + i])` and `dx[r, n + i] = dy · x[r, i] · fun'(x[r, n + i])`.
pub fn gate_grad<T: Scalar>(_cpu: Cpu, dx: &mut [T], dy: &[T], x: &[T], n: usize, fun: Fun) {
    for (i, dy) in dy.iter().enumerate() {
        let value = i / n * 2 * n + i % n;
        let (dy, a, b) = (dy.to_f64(), x[value].to_f64(), x[value + n].to_f64());
        let kept = match fun.gradient_from() {
            GradientFrom::Input => b,
            GradientFrom::Output => fun.value(b),
        };
        dx[value] = T::from_f64(dy * fun.value(b));
        dx[value + n] = T::from_f64(dy * a * fun.derivative(kept));
    }
}

/// `y = x` where `x > 0`, else `alpha[c] · x`.
pub fn prelu<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], alpha: &[T]) {
    for (i, y) in y.iter_mut().enumerate() {
        *y = if x[i] > T::ZERO { x[i] } else { alpha[i % alpha.len()] * x[i] };
    }
}

/// `dx = dy` where `x > 0`, else `alpha[c] · dy`.
pub fn prelu_grad_input<T: Scalar>(_cpu: Cpu, dx: &mut [T], dy: &[T], x: &[T], alpha: &[T]) {
    for (i, dx) in dx.iter_mut().enumerate() {
        *dx = if x[i] > T::ZERO { dy[i] } else { alpha[i % alpha.len()] * dy[i] };
    }
}

/// `dalpha[c] = Σ dy · x` where `x ≤ 0`.
pub fn prelu_grad_slope<T: Scalar>(_cpu: Cpu, dalpha: &mut [T], dy: &[T], x: &[T]) {
    let n = dalpha.len();
    for (c, dalpha) in dalpha.iter_mut().enumerate() {
        let terms = (c..x.len()).step_by(n).filter(|i| x[*i] <= T::ZERO);
        *dalpha = T::from_f64(terms.map(|i| dy[i].to_f64() * x[i].to_f64()).sum());
    }
}
