//! Where values come from: strided views, bilinear upsampling, rows of a table.

use super::memory::Memory;
use crate::plan::{Strided, Upsample};

/// The scalars that a view sees, in order, of all samples.
pub(super) fn places(memory: &Memory<'_>, view: &Strided) -> Vec<usize> {
    let (input, start) = (memory.eval(&view.input), memory.eval(&view.start));
    let samples = (0..memory.samples).map(|sample| sample * input + start).collect();
    view.axes.iter().fold(samples, |places: Vec<usize>, [size, stride]| {
        let (size, stride) = (memory.eval(size), memory.eval(stride));
        places.iter().flat_map(|place| (0..size).map(move |i| place + i * stride)).collect()
    })
}

/// Every output of a bilinear upsampling with every input it sees: `visit(y, x, weight)`.
pub(super) fn for_each_corner(
    memory: &Memory<'_>,
    sizes: &Upsample,
    mut visit: impl FnMut(usize, usize, f64),
) {
    let ([ih, iw], channels) =
        (sizes.input.each_ref().map(|dim| memory.eval(dim)), memory.eval(&sizes.channels));
    let [fh, fw] = sizes.factor;
    for y in 0..memory.samples * ih * fh * iw * fw * channels {
        let (pixel, c) = (y / channels, y % channels);
        let (line, column) = (pixel / (iw * fw), pixel % (iw * fw));
        let (sample, row) = (line / (ih * fh), line % (ih * fh));
        for (i, vertical) in neighbours(row, fh, ih) {
            for (j, horizontal) in neighbours(column, fw, iw) {
                visit(y, ((sample * ih + i) * iw + j) * channels + c, vertical * horizontal);
            }
        }
    }
}

/// The two of `size` lines whose centres an output line lies between, with their shares; beyond the
/// outermost centres the outermost line alone.
fn neighbours(at: usize, factor: usize, size: usize) -> [(usize, f64); 2] {
    let place = (at as f64 + 0.5) / factor as f64 - 0.5;
    let place = place.clamp(0.0, (size - 1) as f64);
    let first = place.floor();
    let second = (first + 1.0).min((size - 1) as f64);
    [(first as usize, 1.0 - (place - first)), (second as usize, place - first)]
}

/// The row that a scalar names: its whole part, the nearest row where there is none of that number.
pub(super) fn row(x: f64, rows: usize) -> usize {
    if x >= 1.0 { (x.floor() as usize).min(rows - 1) } else { 0 }
}
