//! Matrix products, and what adds over their rows.

use crate::{
    kernel::{CausalLayer, Chain, Params},
    pointwise::Fun,
    simd::{Cpu, Scalar},
};

/// `y[r, n] = fun(x[r, k] · w[k, n] + bias[n])`.
pub fn gemm<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    k: usize,
    n: usize,
) {
    for r in 0..rows {
        for j in 0..n {
            let mut sum = bias.map_or(0.0, |bias| bias[j].to_f64());
            for i in 0..k {
                sum += x[r * k + i].to_f64() * w[i * n + j].to_f64();
            }
            y[r * n + j] = T::from_f64(fun.map_or(sum, |fun| fun.value(sum)));
        }
    }
}

/// `y[r] = layers(x[r])`.
pub fn dense_chain<T: Scalar, C: Chain>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    params: &[Params<'_, T>],
    rows: usize,
) {
    let [.., last] = C::LAYERS else { return };
    let (k, n) = (C::LAYERS[0].k, last.n);
    for (y, x) in y.chunks_mut(n).zip(x.chunks(k)).take(rows) {
        let mut values = [T::ZERO; 32];
        values[..k].copy_from_slice(x);
        for (CausalLayer { fun, k, n, .. }, (w, bias)) in C::LAYERS.iter().zip(params) {
            let mut next = [T::ZERO; 32];
            gemm(cpu, &mut next, &values, w, *bias, *fun, 1, *k, *n);
            values = next;
        }
        y.copy_from_slice(&values[..n]);
    }
}

/// `dx[r, k] = dy[r, n] · w[k, n]ᵀ`.
pub fn gemm_grad_input<T: Scalar>(
    _cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    rows: usize,
    k: usize,
    n: usize,
) {
    for r in 0..rows {
        for i in 0..k {
            let mut sum = 0.0;
            for j in 0..n {
                sum += dy[r * n + j].to_f64() * w[i * n + j].to_f64();
            }
            dx[r * k + i] = T::from_f64(sum);
        }
    }
}

/// `dw[k, n] = x[r, k]ᵀ · dy[r, n]`.
pub fn gemm_grad_weight<T: Scalar>(
    _cpu: Cpu,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    k: usize,
    n: usize,
) {
    for i in 0..k {
        for j in 0..n {
            let mut sum = 0.0;
            for r in 0..rows {
                sum += x[r * k + i].to_f64() * dy[r * n + j].to_f64();
            }
            dw[i * n + j] = T::from_f64(sum);
        }
    }
}

/// `y[r, n] += bias[n]`.
pub fn add_bias<T: Scalar>(_cpu: Cpu, y: &mut [T], bias: &[T]) {
    for row in y.chunks_exact_mut(bias.len()) {
        for (y, &bias) in row.iter_mut().zip(bias) {
            *y += bias;
        }
    }
}

/// `db[n] = Σ_r dy[r, n]`.
pub fn sum_rows<T: Scalar>(_cpu: Cpu, db: &mut [T], dy: &[T]) {
    let n = db.len();
    for (j, db) in db.iter_mut().enumerate() {
        *db = T::from_f64(dy.iter().skip(j).step_by(n).map(|dy| dy.to_f64()).sum());
    }
}
