//! The gradient of the weight over vectors of windows.

use core::ops::Range;

use fearless_simd::{Select, SimdBase, SimdFloat};

use super::{MOST_CHANNELS, Planes, Seen, vector};
use crate::{
    kernel::{
        conv_pool::{
            ConvPool, Given,
            image::LARGEST,
            weight::{MOST_TAPS, Sums},
            winners::{Mask, Winners},
        },
        lanes::{lanes, splat},
    },
    simd::{Scalar, Simd},
};

/// `dw[tap] = Σ dy · (what the winner saw at the tap)`.
#[inline(always)]
pub(in crate::kernel::conv_pool) fn gradient<S: Simd, T: Scalar>(
    simd: S,
    dw: &mut [T],
    dbias: &mut [T],
    given: &Given<'_, T>,
    sizes: &ConvPool,
) {
    let mut room = [T::ZERO; LARGEST];
    let outputs = sizes.channels[1];
    let mut sums = [Sums::of(splat::<S, T>(simd, T::ZERO)); MOST_CHANNELS];
    let planes = Planes::new(sizes, lanes::<S, T>());
    let mut sorted = [T::ZERO; LARGEST];
    for (at, x) in given.x.chunks(sizes.image.len()).enumerate() {
        let pooled = at * sizes.len()..(at + 1) * sizes.len();
        planes.fill(simd, x, sizes.image.bare[1], &mut room);
        sort(&mut sorted, given, pooled.clone(), sizes, lanes::<S, T>());
        for (channel, sums) in sums[..outputs].iter_mut().enumerate() {
            let index = &given.index[pooled.clone()];
            let one = Channel { room: &room, planes, dy: &sorted, index, channel };
            match sizes.kernel {
                [5, 5] => sample::<S, T, 25>(simd, sums, &one, sizes, [5, 5]),
                kernel => sample::<S, T, MOST_TAPS>(simd, sums, &one, sizes, kernel),
            }
        }
    }
    for (tap, dw) in dw.chunks_mut(outputs).enumerate() {
        for (dw, sums) in dw.iter_mut().zip(&sums) {
            *dw = sums.taps[tap].reduce_sum();
        }
    }
    for (dbias, sums) in dbias.iter_mut().zip(&sums) {
        *dbias = sums.dy.reduce_sum();
    }
}

/// The gradient before relu, `[row][column][channel]`, to `[channel][row][column]`, whose rows are whole
/// vectors.
#[inline(always)]
fn sort<T: Scalar>(
    sorted: &mut [T; LARGEST],
    given: &Given<'_, T>,
    pooled: Range<usize>,
    sizes: &ConvPool,
    lanes: usize,
) {
    let ([height, width], outputs) = (sizes.output, sizes.channels[1]);
    let (pitch, row) = (width.next_multiple_of(lanes), width * outputs);
    for at in 0..height {
        let pixels = pooled.start + at * row..pooled.start + (at + 1) * row;
        let kept = given.kept.map(|kept| &kept[pixels.clone()]);
        for (column, pixel) in given.dy[pixels].chunks_exact(outputs).enumerate() {
            for (channel, dy) in pixel.iter().enumerate() {
                let passes = kept.is_none_or(|kept| kept[column * outputs + channel] > T::ZERO);
                sorted[(channel * height + at) * pitch + column] =
                    if passes { *dy } else { T::ZERO };
            }
        }
    }
}

/// One channel of one sample.
struct Channel<'a, T> {
    room: &'a [T; LARGEST],
    planes: Planes,
    dy: &'a [T; LARGEST],
    index: &'a [u8],
    channel: usize,
}

#[inline(always)]
fn sample<S: Simd, T: Scalar, const TAPS: usize>(
    simd: S,
    sums: &mut Sums<T::Vector<S>>,
    given: &Channel<'_, T>,
    sizes: &ConvPool,
    kernel: [usize; 2],
) {
    let (width, outputs) = (sizes.output[1], sizes.channels[1]);
    let pitch = width.next_multiple_of(lanes::<S, T>());
    let bytes = Winners::bytes(lanes::<S, T>());
    let mut local = [splat::<S, T>(simd, T::ZERO); TAPS];
    local.copy_from_slice(&sums.taps[..TAPS]);
    for row in 0..sizes.output[0] {
        for (chunk, first) in (0..width).step_by(lanes::<S, T>()).enumerate() {
            let at = (given.channel * sizes.output[0] + row) * pitch + first;
            let dy = vector(simd, given.dy, at);
            sums.dy += dy;
            let won = &given.index[row * width * outputs..];
            let won = &won[(chunk * outputs + given.channel) * bytes..];
            let winners = Winners::read_all::<S, T>(won).masks::<S, T>(simd);
            let seen = Seen::new(simd, given.room, &given.planes, row, first, kernel[1]);
            add::<S, T, TAPS>(simd, &mut local, &seen, dy, winners, kernel);
        }
    }
    sums.taps[..TAPS].copy_from_slice(&local);
}

/// One vector of windows: of the two pixels side by side the winner is chosen first, then of the two
/// rows.
#[inline(always)]
fn add<S: Simd, T: Scalar, const TAPS: usize>(
    simd: S,
    sums: &mut [T::Vector<S>; TAPS],
    seen: &Seen<'_, T>,
    dy: T::Vector<S>,
    [low, high]: [Mask<S, T>; 2],
    [height, taps]: [usize; 2],
) {
    for q in 0..taps {
        let mut upper = side(simd, seen.columns(0), q, low);
        for p in 0..height {
            let lower = side(simd, seen.columns(p + 1), q, low);
            let winner: T::Vector<S> = high.select(lower, upper);
            let sum = &mut sums[p * taps + q];
            *sum = winner.mul_add(dy, *sum);
            upper = lower;
        }
    }
}

/// What the winner of two pixels side by side sees at a column of the window.
#[inline(always)]
fn side<S: Simd, T: Scalar>(
    simd: S,
    [even, odd]: [&[T]; 2],
    q: usize,
    low: Mask<S, T>,
) -> T::Vector<S> {
    let (left, right): (T::Vector<S>, T::Vector<S>) = if q.is_multiple_of(2) {
        (vector(simd, even, q / 2), vector(simd, odd, q / 2))
    } else {
        (vector(simd, odd, q / 2), vector(simd, even, q / 2 + 1))
    };
    low.select(right, left)
}
