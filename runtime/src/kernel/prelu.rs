//! Parametric ReLU: a slope for every channel.

use core::ops::Range;

use super::columns::{Terms, WIDTH, sums};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// `y = x` where `x > 0`, else `alpha[c] · x`.
pub(crate) fn prelu<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], alpha: &[T]) {
    let (n, len) = (alpha.len(), y.len());
    share(cpu, len / n, 1, len, Rows { values: y, len: n }, &|range, y| {
        let x = &x[range.start * n..range.end * n];
        dispatch!(T, cpu, _simd => for (y, x) in y.values.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
            scale(y, x, x, alpha);
        });
    });
}

/// `dx = dy` where `x > 0`, else `alpha[c] · dy`.
pub(crate) fn prelu_grad_input<T: Scalar>(cpu: Cpu, dx: &mut [T], dy: &[T], x: &[T], alpha: &[T]) {
    let (n, len) = (alpha.len(), dx.len());
    share(cpu, len / n, 1, len, Rows { values: dx, len: n }, &|range, dx| {
        let range = range.start * n..range.end * n;
        let given = dy[range.clone()].chunks_exact(n).zip(x[range].chunks_exact(n));
        dispatch!(T, cpu, _simd => for (dx, (dy, x)) in dx.values.chunks_exact_mut(n).zip(given) {
            scale(dx, dy, x, alpha);
        });
    });
}

/// `out = value` where `x > 0`, else `alpha · value`.
#[inline(always)]
fn scale<T: Scalar>(out: &mut [T], value: &[T], x: &[T], alpha: &[T]) {
    let given = value.iter().zip(x).zip(alpha);
    for (out, ((value, x), alpha)) in out.iter_mut().zip(given) {
        *out = *value * if *x > T::ZERO { T::ONE } else { *alpha };
    }
}

/// `dalpha[c] = Σ dy · x` where `x ≤ 0`.
pub(crate) fn prelu_grad_slope<T: Scalar>(cpu: Cpu, dalpha: &mut [T], dy: &[T], x: &[T]) {
    let n = dalpha.len();
    for (chunk, dalpha) in dalpha.chunks_mut(WIDTH).enumerate() {
        let columns = chunk * WIDTH..chunk * WIDTH + dalpha.len();
        let [sums] = sums(cpu, dy.len() / n, columns, &Negative { dy, x, n });
        dalpha.iter_mut().zip(sums).for_each(|(d, sum)| *d = T::from_f64(sum));
    }
}

/// `dy · min(x, 0)`.
struct Negative<'a, T> {
    dy: &'a [T],
    x: &'a [T],
    n: usize,
}

impl<T: Scalar> Terms<T, 1> for Negative<'_, T> {
    #[inline(always)]
    fn add(&self, row: usize, columns: Range<usize>, [sums]: &mut [[T; WIDTH]; 1]) {
        let place = row * self.n + columns.start..row * self.n + columns.end;
        let given = self.dy[place.clone()].iter().zip(&self.x[place]);
        for (sum, (dy, x)) in sums.iter_mut().zip(given) {
            *sum += *dy * if *x > T::ZERO { T::ZERO } else { *x };
        }
    }
}
