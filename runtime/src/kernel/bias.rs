//! Biases and their gradient.

use super::columns::{Values, WIDTH, sums};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// `y[r, n] += bias[n]`.
pub(crate) fn add_bias<T: Scalar>(cpu: Cpu, y: &mut [T], bias: &[T]) {
    let (len, n) = (y.len(), bias.len());
    share(cpu, len / n, 1, len, Rows { values: y, len: n }, &|_, y| {
        dispatch!(T, cpu, _simd => add(y.values, bias));
    });
}

#[inline(always)]
fn add<T: Scalar>(y: &mut [T], bias: &[T]) {
    for y in y.chunks_exact_mut(bias.len()) {
        for (y, bias) in y.iter_mut().zip(bias) {
            *y += *bias;
        }
    }
}

/// `db[n] = Σ_r dy[r, n]`.
pub(crate) fn sum_rows<T: Scalar>(cpu: Cpu, db: &mut [T], dy: &[T]) {
    let n = db.len();
    for (chunk, db) in db.chunks_mut(WIDTH).enumerate() {
        let columns = chunk * WIDTH..chunk * WIDTH + db.len();
        let [sums] = sums(cpu, dy.len() / n, columns, &Values { values: dy, n });
        db.iter_mut().zip(sums).for_each(|(db, sum)| *db = T::from_f64(sum));
    }
}
