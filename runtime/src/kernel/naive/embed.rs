//! Embedding.

use crate::{
    kernel::embed::index,
    simd::{Cpu, Scalar},
};

/// `y[t] = table[x[t]]`.
pub fn embed<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], table: &[T], width: usize) {
    for (i, y) in y.iter_mut().enumerate() {
        *y = table[index(x[i / width], table.len() / width) * width + i % width];
    }
}

/// `dtable[i] = Σ dy[t]` over the `t` with `x[t] = i`.
pub fn embed_grad<T: Scalar>(_cpu: Cpu, dtable: &mut [T], dy: &[T], x: &[T], width: usize) {
    let vocabulary = dtable.len() / width;
    for (place, d) in dtable.iter_mut().enumerate() {
        let (row, column) = (place / width, place % width);
        let named = (0..x.len()).filter(|t| index(x[*t], vocabulary) == row);
        *d = T::from_f64(named.map(|t| dy[t * width + column].to_f64()).sum());
    }
}
