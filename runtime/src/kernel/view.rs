//! Values in another order: copies through a strided view, and sums the other way.

use super::Strided;
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch},
};

/// `y[i…] = x[start + Σ iₖ · strideₖ]`.
pub(crate) fn gather<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], rows: usize, view: Strided) {
    let (input, output) = (view.input, view.output());
    let y = Rows { values: &mut y[..rows * output], len: output };
    share(cpu, rows, 1, rows * output, y, &|range, y| {
        let x = &x[range.start * input..range.end * input];
        dispatch!(T, cpu, _simd => for (y, x) in y.values.chunks_exact_mut(output).zip(x.chunks_exact(input)) {
            gather_sample(y, x, &view);
        });
    });
}

/// `y = 0`, then `y[start + Σ iₖ · strideₖ] += x[i…]`.
pub(crate) fn scatter<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], rows: usize, view: Strided) {
    let (input, output) = (view.input, view.output());
    let y = Rows { values: &mut y[..rows * input], len: input };
    share(cpu, rows, 1, rows * (input + output), y, &|range, y| {
        let x = &x[range.start * output..range.end * output];
        dispatch!(T, cpu, _simd => for (y, x) in y.values.chunks_exact_mut(input).zip(x.chunks_exact(output)) {
            y.fill(T::ZERO);
            scatter_sample(y, x, &view);
        });
    });
}

impl Strided {
    /// Where the runs along the last axis start, in order.
    #[inline(always)]
    fn starts(&self) -> impl Iterator<Item = usize> + use<> {
        let Self { start, axes: [a, b, c, d, _], .. } = *self;
        (0..a[0]).flat_map(move |i| {
            (0..b[0]).flat_map(move |j| {
                (0..c[0]).flat_map(move |k| {
                    (0..d[0]).map(move |l| start + i * a[1] + j * b[1] + k * c[1] + l * d[1])
                })
            })
        })
    }
}

#[inline(always)]
fn gather_sample<T: Scalar>(y: &mut [T], x: &[T], view: &Strided) {
    let [len, stride] = view.axes[4];
    for (y, start) in y.chunks_exact_mut(len).zip(view.starts()) {
        match stride {
            0 => y.fill(x[start]),
            1 => y.copy_from_slice(&x[start..start + len]),
            _ => y.iter_mut().zip(x[start..].iter().step_by(stride)).for_each(|(y, x)| *y = *x),
        }
    }
}

#[inline(always)]
fn scatter_sample<T: Scalar>(y: &mut [T], x: &[T], view: &Strided) {
    let [len, stride] = view.axes[4];
    for (x, start) in x.chunks_exact(len).zip(view.starts()) {
        match stride {
            0 => y[start] += x.iter().fold(T::ZERO, |sum, x| sum + *x),
            1 => y[start..start + len].iter_mut().zip(x).for_each(|(y, x)| *y += *x),
            _ => y[start..].iter_mut().step_by(stride).zip(x).for_each(|(y, x)| *y += *x),
        }
    }
}
