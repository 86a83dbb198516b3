//! Bilinear upsampling.

use crate::{
    kernel::Upsample,
    simd::{Cpu, Scalar},
};

/// Every output with every input it sees, and the weight: the product of the shares along both axes.
fn for_each(rows: usize, sizes: Upsample, mut visit: impl FnMut(usize, usize, f64)) {
    let Upsample { input: [ih, iw], factor: [fh, fw], channels } = sizes;
    let [height, width] = [ih * fh, iw * fw];
    for index in 0..rows * height * width * channels {
        let (pixel, c) = (index / channels, index % channels);
        let (r, i, j) = (pixel / (height * width), pixel / width % height, pixel % width);
        let ((lines, down), (columns, right)) = (sizes.between(0, i), sizes.between(1, j));
        for (row, vertical) in [(lines[0], 1.0 - down), (lines[1], down)] {
            for (column, horizontal) in [(columns[0], 1.0 - right), (columns[1], right)] {
                let place = ((r * ih + row) * iw + column) * channels + c;
                visit(index, place, vertical * horizontal);
            }
        }
    }
}

/// `y`: the weighted mean of the four nearest pixels.
pub fn upsample<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], rows: usize, sizes: Upsample) {
    y.fill(T::ZERO);
    for_each(rows, sizes, |yi, xi, weight| y[yi] += T::from_f64(x[xi].to_f64() * weight));
}

/// `dx`: every `dy` is shared among the four pixels by their weights.
pub fn upsample_grad<T: Scalar>(_cpu: Cpu, dx: &mut [T], dy: &[T], rows: usize, sizes: Upsample) {
    dx.fill(T::ZERO);
    for_each(rows, sizes, |yi, xi, weight| dx[xi] += T::from_f64(dy[yi].to_f64() * weight));
}
