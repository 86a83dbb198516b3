//! Poolings.

use crate::{
    kernel::Window,
    simd::{Cpu, Scalar},
};

fn lens(window: &Window, channels: usize) -> (usize, usize) {
    let area = |[height, width]: [usize; 2]| height * width * channels;
    (area(window.input), area(window.output))
}

/// See [`Verbs::max_pool2d`](crate::kernel::Verbs::max_pool2d).
pub fn max_pool2d<T: Scalar>(
    _: Cpu,
    y: &mut [T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let (input, output) = lens(&window, channels);
    let y = &mut y[..rows * output];
    y.fill(T::from_f64(f64::NEG_INFINITY));
    for (y, x) in y.chunks_mut(output).zip(x.chunks(input)) {
        window.for_each(|out, _, at| {
            for c in 0..channels {
                let (y, x) = (&mut y[out * channels + c], x[at * channels + c]);
                if wins(x, *y) {
                    *y = x;
                }
            }
        });
    }
}

/// Whether a tap replaces the best so far: it is greater, or the first NaN.
fn wins<T: Scalar>(x: T, best: T) -> bool {
    x > best || (x.partial_cmp(&x).is_none() && best.partial_cmp(&best).is_some())
}

/// See [`Verbs::max_pool2d_indexed`](crate::kernel::Verbs::max_pool2d_indexed).
pub fn max_pool2d_indexed<T: Scalar>(
    _: Cpu,
    y: &mut [T],
    index: &mut [u8],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let (input, output) = lens(&window, channels);
    let (y, index) = (&mut y[..rows * output], &mut index[..rows * output]);
    y.fill(T::from_f64(f64::NEG_INFINITY));
    index.fill(0);
    let outputs = y.chunks_mut(output).zip(index.chunks_mut(output));
    for ((y, index), x) in outputs.zip(x.chunks(input)) {
        let mut first = first_of_each();
        window.for_each(|out, tap, at| {
            let fresh = first(out);
            for c in 0..channels {
                let (i, x) = (out * channels + c, x[at * channels + c]);
                if fresh || wins(x, y[i]) {
                    (y[i], index[i]) = (x, tap as u8);
                }
            }
        });
    }
}

/// Tells the first tap inside the image of every output pixel, which come one after the other.
fn first_of_each() -> impl FnMut(usize) -> bool {
    let mut last = None;
    move |out| last.replace(out) != Some(out)
}

/// See [`Verbs::max_pool2d_grad`](crate::kernel::Verbs::max_pool2d_grad).
pub fn max_pool2d_grad<T: Scalar>(
    _: Cpu,
    dx: &mut [T],
    dy: &[T],
    index: &[u8],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let (input, output) = lens(&window, channels);
    let dx = &mut dx[..rows * input];
    dx.fill(T::ZERO);
    let outputs = dy.chunks(output).zip(index.chunks(output));
    for (dx, (dy, index)) in dx.chunks_mut(input).zip(outputs) {
        window.for_each(|out, tap, at| {
            for c in 0..channels {
                let i = out * channels + c;
                if usize::from(index[i]) == tap {
                    dx[at * channels + c] += dy[i];
                }
            }
        });
    }
}

/// See [`Verbs::max_pool2d_grad_by_value`](crate::kernel::Verbs::max_pool2d_grad_by_value).
pub fn max_pool2d_grad_by_value<T: Scalar>(
    _: Cpu,
    dx: &mut [T],
    dy: &[T],
    y: &[T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let (input, output) = lens(&window, channels);
    let dx = &mut dx[..rows * input];
    dx.fill(T::ZERO);
    let outputs = dy.chunks(output).zip(y.chunks(output));
    for ((dx, x), (dy, y)) in dx.chunks_mut(input).zip(x.chunks(input)).zip(outputs) {
        for out in 0..window.output[0] * window.output[1] {
            for c in 0..channels {
                let i = out * channels + c;
                let mut found = false;
                window.for_each(|o, _, at| {
                    if o == out && !found && x[at * channels + c] == y[i] {
                        dx[at * channels + c] += dy[i];
                        found = true;
                    }
                });
            }
        }
    }
}

/// See [`Verbs::avg_pool2d`](crate::kernel::Verbs::avg_pool2d).
pub fn avg_pool2d<T: Scalar>(
    _: Cpu,
    y: &mut [T],
    x: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let (input, output) = lens(&window, channels);
    let y = &mut y[..rows * output];
    y.fill(T::ZERO);
    for (y, x) in y.chunks_mut(output).zip(x.chunks(input)) {
        window.for_each(|out, _, at| {
            let scale = T::from_f64(1.0 / taps(&window, out) as f64);
            for c in 0..channels {
                y[out * channels + c] += x[at * channels + c] * scale;
            }
        });
    }
}

/// See [`Verbs::avg_pool2d_grad`](crate::kernel::Verbs::avg_pool2d_grad).
pub fn avg_pool2d_grad<T: Scalar>(
    _: Cpu,
    dx: &mut [T],
    dy: &[T],
    rows: usize,
    channels: usize,
    window: Window,
) {
    let (input, output) = lens(&window, channels);
    let dx = &mut dx[..rows * input];
    dx.fill(T::ZERO);
    for (dx, dy) in dx.chunks_mut(input).zip(dy.chunks(output)) {
        window.for_each(|out, _, at| {
            let scale = T::from_f64(1.0 / taps(&window, out) as f64);
            for c in 0..channels {
                dx[at * channels + c] += dy[out * channels + c] * scale;
            }
        });
    }
}

/// The taps of an output pixel's window that lie in the image.
fn taps(window: &Window, out: usize) -> usize {
    let along = |axis: usize, output: usize| {
        (0..window.kernel[axis]).filter(|tap| window.position(axis, output, *tap).is_some()).count()
    };
    along(0, out / window.output[1]) * along(1, out % window.output[1])
}
