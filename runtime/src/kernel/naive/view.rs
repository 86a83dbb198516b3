//! Values in another order.

use crate::{
    kernel::Strided,
    simd::{Cpu, Scalar},
};

/// Where the value `index` of the view of one sample lies.
fn place(view: &Strided, index: usize) -> usize {
    let mut rest = index;
    let mut place = view.start;
    for [size, stride] in view.axes.into_iter().rev() {
        place += rest % size * stride;
        rest /= size;
    }
    place
}

/// `y[i…] = x[start + Σ iₖ · strideₖ]`.
pub fn gather<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], rows: usize, view: Strided) {
    let output = view.output();
    for i in 0..rows * output {
        y[i] = x[i / output * view.input + place(&view, i % output)];
    }
}

/// `y = 0`, then `y[start + Σ iₖ · strideₖ] += x[i…]`.
pub fn scatter<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], rows: usize, view: Strided) {
    y.fill(T::ZERO);
    let output = view.output();
    for i in 0..rows * output {
        y[i / output * view.input + place(&view, i % output)] += x[i];
    }
}
