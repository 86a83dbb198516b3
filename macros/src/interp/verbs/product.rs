//! Products of matrices, and the sums beside them.

use super::{epilogue, sum_rows};
use crate::{
    interp::memory::Memory,
    plan::{Buf, Dense, Product},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Product) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Product::Gemm { y, x, w, bias, fun, k, n, .. } => {
            let (k, n) = (memory.eval(k), memory.eval(n));
            let sum = gemm(&read(x), &read(w), k, n);
            memory.write(*y, epilogue(sum, bias.as_ref().map(read), *fun));
        }
        Product::DenseChain { y, x, layers } => {
            let values = layers.iter().fold(read(x), |x, Dense { w, bias, fun, k, n }| {
                let sum = gemm(&x, &read(w), memory.eval(k), memory.eval(n));
                epilogue(sum, bias.as_ref().map(read), *fun)
            });
            memory.write(*y, values);
        }
        Product::GemmGradInput { dx, dy, w, k, n, .. } => {
            let values = gemm_grad_input(&read(dy), &read(w), memory.eval(k), memory.eval(n));
            memory.write(*dx, values);
        }
        Product::GemmGradWeight { dw, x, dy, k, n, .. } => {
            let values = gemm_grad_weight(&read(x), &read(dy), memory.eval(k), memory.eval(n));
            memory.write(*dw, values);
        }
        Product::AddBias { y, bias } => {
            let values = epilogue(read(y), Some(read(bias)), None);
            memory.write(*y, values);
        }
        Product::SumRows { db, dy } => {
            let values = sum_rows(&read(dy), memory.len(*db));
            memory.write(*db, values);
        }
    }
}

/// `y[r, n] = Σ_k x[r, k] · w[k, n]`.
fn gemm(x: &[f64], w: &[f64], k: usize, n: usize) -> Vec<f64> {
    let mut y = Vec::new();
    for x in x.chunks(k) {
        y.extend((0..n).map(|j| (0..k).map(|i| x[i] * w[i * n + j]).sum::<f64>()));
    }
    y
}

/// `dx[r, k] = Σ_n dy[r, n] · w[k, n]`.
fn gemm_grad_input(dy: &[f64], w: &[f64], k: usize, n: usize) -> Vec<f64> {
    let mut dx = Vec::new();
    for dy in dy.chunks(n) {
        dx.extend((0..k).map(|i| (0..n).map(|j| dy[j] * w[i * n + j]).sum::<f64>()));
    }
    dx
}

/// `dw[k, n] = Σ_r x[r, k] · dy[r, n]`.
fn gemm_grad_weight(x: &[f64], dy: &[f64], k: usize, n: usize) -> Vec<f64> {
    let mut dw = vec![0.0; k * n];
    for (x, dy) in x.chunks(k).zip(dy.chunks(n)) {
        for (i, x) in x.iter().enumerate() {
            dy.iter().enumerate().for_each(|(j, dy)| dw[i * n + j] += x * dy);
        }
    }
    dw
}
