//! The input gradient of convolutions with few input channels: a vector holds channels of several taps.
//!
//! What an output pixel sends to a row of the input, `sent[q, c] = Σ_p,o dy[o] · w[p, q, c, o]`, is one
//! product for all taps of a row of the window; what pixels side by side send is then added up.

use crate::{
    kernel::{
        Conv2d,
        lanes::{lanes, load, splat, store},
        tile::{
            Panel, multiply_rows, pack_transposed, panel, steps_of, store_row, with_tile_rows,
            zeros,
        },
    },
    simd::{Scalar, Simd},
};

/// Scalars of what one row of output pixels sends.
const ROOM: usize = 4096;

/// Scalars that a vector read near the end of the room may reach beyond it.
const BEYOND: usize = 16;

/// Vectors of the largest panel.
const VECTORS: usize = 512;

/// Whether taps and channels together waste fewer lanes than channels alone, and there is room.
#[inline(always)]
pub(super) fn fits<S: Simd, T: Scalar>(_: S, conv: &Conv2d) -> bool {
    let ([kh, kw], lanes) = (conv.window.kernel, lanes::<S, T>());
    let width = (kw * conv.input_channels).next_multiple_of(lanes);
    conv.groups == 1
        && (conv.window.stride, conv.window.dilation) == ([1; 2], [1; 2])
        && width < kw * conv.input_channels.next_multiple_of(lanes)
        && width <= 2 * lanes
        && kh * conv.output_channels * 2 <= VECTORS
        && conv.window.output[1] * width <= ROOM
}

#[inline(always)]
pub(super) fn grad_input<S: Simd, T: Scalar>(
    simd: S,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    conv: &Conv2d,
) {
    if conv.window.kernel[1] * conv.input_channels > lanes::<S, T>() {
        samples::<S, T, 2>(simd, dx, dy, w, conv);
    } else {
        samples::<S, T, 1>(simd, dx, dy, w, conv);
    }
}

#[inline(always)]
fn samples<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    conv: &Conv2d,
) {
    let [kh, kw] = conv.window.kernel;
    let (outputs, run) = (conv.output_channels, kw * conv.input_channels);
    let mut vectors: Panel<T::Vector<S>> = panel::<S, T>(simd);
    let panel = &mut steps_of::<_, C>(&mut vectors)[..kh * outputs];
    for (panel, w) in panel.chunks_mut(outputs).zip(w.chunks(run * outputs)) {
        pack_transposed(simd, panel, w, outputs, run);
    }
    let mut room = [T::ZERO; ROOM + BEYOND];
    for (sample, dy) in dy.chunks(conv.output_len()).enumerate() {
        let dx = &mut dx[sample * conv.input_len()..];
        for row in 0..conv.window.input[0] {
            send::<S, T, C>(simd, &mut room, dy, panel, row, conv);
            let at = row * conv.window.input[1] * conv.input_channels;
            receive::<S, T>(simd, &mut dx[at..], &room, C * lanes::<S, T>(), conv);
        }
    }
}

/// What every output pixel of a column sends to one row of the input.
#[inline(always)]
fn send<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    room: &mut [T],
    dy: &[T],
    panel: &[[T::Vector<S>; C]],
    row: usize,
    conv: &Conv2d,
) {
    let ([height, width], outputs) = (conv.window.output, conv.output_channels);
    let padded = row + conv.window.padding[0];
    let taps = (padded + 1).saturating_sub(height)..conv.window.kernel[0].min(padded + 1);
    let mut first = 0;
    while first < width {
        with_tile_rows!(S, T, C, width - first, R => {
            let mut tile = zeros::<S, T, R, C>(simd);
            for p in taps.clone() {
                let mut pixels = [dy; R];
                for (r, pixel) in pixels.iter_mut().enumerate() {
                    let at = ((padded - p) * width + first + r) * outputs;
                    *pixel = &dy[at..at + outputs];
                }
                let panel = &panel[p * outputs..(p + 1) * outputs];
                tile = multiply_rows(simd, tile, pixels, panel);
            }
            let len = C * lanes::<S, T>();
            for r in 0..R {
                store_row(simd, tile[r], &mut room[(first + r) * len..(first + r + 1) * len]);
            }
            first += R;
        });
    }
}

/// Adds up what every pixel of a row receives. Lanes beyond its channels are overwritten by the
/// pixels that follow.
#[inline(always)]
fn receive<S: Simd, T: Scalar>(simd: S, dx: &mut [T], room: &[T], len: usize, conv: &Conv2d) {
    let (channels, width) = (conv.input_channels, conv.window.output[1]);
    for x in 0..conv.window.input[1] {
        let padded = x + conv.window.padding[1];
        let taps = (padded + 1).saturating_sub(width)..conv.window.kernel[1].min(padded + 1);
        let mut sum = splat::<S, T>(simd, T::ZERO);
        for q in taps {
            let at = (padded - q) * len + q * channels;
            sum += load::<S, T>(simd, &room[at..at + lanes::<S, T>()]);
        }
        store(simd, sum, &mut dx[x * channels..]);
    }
}
