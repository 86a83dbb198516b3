//! One input channel and few output channels: a vector holds the windows of a row instead of the
//! channels of a pixel.
//!
//! The columns of the image are sorted into even and odd ones, so that what a tap sees in windows side
//! by side lies side by side.

use core::ops::Range;

use fearless_simd::{Select, SimdBase, SimdFloat};

use super::{
    ConvPool, Given,
    forward::{Pooled, largest},
    image::LARGEST,
    weight::{MOST_TAPS, Sums},
    winners::{Mask, Winners},
};
use crate::{
    kernel::{
        lanes::{lanes, load, many_registers, splat},
        tile::zeros,
    },
    simd::{Scalar, Simd},
};

/// The most output channels that are treated so.
const MOST_CHANNELS: usize = 8;

/// The most lanes of a vector.
const MOST_LANES: usize = 16;

/// Where the scalars of an image lie: `[row][parity of the column][column / 2]`.
#[derive(Clone, Copy)]
struct Planes {
    rows: usize,
    above: usize,
    left: usize,
    /// From one plane to the next: room for whole vectors from the last tap's place on.
    pitch: usize,
}

impl Planes {
    fn new(sizes: &ConvPool, lanes: usize) -> Self {
        let [height, width] = sizes.output;
        let [above, left] = sizes.image.before;
        let seen = width.next_multiple_of(lanes) + sizes.kernel[1] / 2 + 1;
        let filled = left / 2 + 1 + sizes.image.bare[1].div_ceil(2 * lanes) * lanes;
        Self { rows: 2 * height + sizes.kernel[0] - 1, above, left, pitch: seen.max(filled) }
    }

    fn len(&self) -> usize {
        self.rows * 2 * self.pitch
    }

    /// Sorts a sample; what is not in the image stays zero.
    #[inline(always)]
    fn fill<S: Simd, T: Scalar>(&self, simd: S, x: &[T], width: usize, room: &mut [T]) {
        let rows = room.chunks_exact_mut(2 * self.pitch).skip(self.above);
        for (row, x) in rows.take(self.rows - self.above).zip(x.chunks_exact(width)) {
            for (at, x) in x.chunks(2 * lanes::<S, T>()).enumerate() {
                let (low, high) = x.split_at(x.len().min(lanes::<S, T>()));
                let (even, odd) = load::<S, T>(simd, low).deinterleave(load::<S, T>(simd, high));
                let first = at * lanes::<S, T>() + self.left / 2;
                let [even_at, odd_at] = match self.left % 2 {
                    0 => [first, self.pitch + first],
                    _ => [self.pitch + first, first + 1],
                };
                even.store_slice(&mut row[even_at..even_at + lanes::<S, T>()]);
                odd.store_slice(&mut row[odd_at..odd_at + lanes::<S, T>()]);
            }
        }
    }
}

/// Whether vectors of windows waste fewer lanes than vectors of channels, and there is room for them.
#[inline(always)]
pub(super) fn fits<S: Simd, T: Scalar>(_: S, sizes: &ConvPool) -> bool {
    let lanes = lanes::<S, T>();
    let ([inputs, outputs], width) = (sizes.channels, sizes.output[1]);
    inputs == 1
        && outputs <= MOST_CHANNELS
        && width.next_multiple_of(lanes) * outputs < outputs.next_multiple_of(2 * lanes) * width
        && width * 4 >= lanes
        && Planes::new(sizes, lanes).len() <= LARGEST
        && outputs * sizes.output[0] * width.next_multiple_of(lanes) <= LARGEST
}

/// The rows of the image that a row of windows sees.
#[derive(Clone, Copy)]
struct Seen<'a, T> {
    rows: &'a [T],
    pitch: usize,
    first: usize,
    len: usize,
}

impl<'a, T: Scalar> Seen<'a, T> {
    /// What the windows from `first` on of the pooled row `row` see.
    #[inline(always)]
    fn new<S: Simd>(
        _: S,
        room: &'a [T],
        planes: &Planes,
        row: usize,
        first: usize,
        taps: usize,
    ) -> Self {
        let rows = &room[2 * row * 2 * planes.pitch..];
        Self { rows, pitch: planes.pitch, first, len: lanes::<S, T>() + taps / 2 + 1 }
    }

    /// The even and the odd columns of one row.
    #[inline(always)]
    fn columns(&self, row: usize) -> [&'a [T]; 2] {
        let at = 2 * row * self.pitch + self.first;
        [&self.rows[at..at + self.len], &self.rows[at + self.pitch..at + self.pitch + self.len]]
    }
}

/// A vector of every other column.
#[inline(always)]
fn vector<S: Simd, T: Scalar>(simd: S, columns: &[T], first: usize) -> T::Vector<S> {
    T::Vector::<S>::from_slice(simd, &columns[first..first + lanes::<S, T>()])
}

/// `y = max_pool(conv(x, w)) + bias`, and the winners.
#[inline(always)]
pub(super) fn run<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    index: &mut [u8],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    sizes: &ConvPool,
) {
    let mut room = [T::ZERO; LARGEST];
    let planes = Planes::new(sizes, lanes::<S, T>());
    let ([_, width], outputs) = (sizes.output, sizes.channels[1]);
    let row = width * outputs;
    for (sample, (y, x)) in y.chunks_mut(sizes.len()).zip(x.chunks(sizes.image.len())).enumerate() {
        planes.fill(simd, x, sizes.image.bare[1], &mut room);
        for (i, y) in y.chunks_mut(row).enumerate() {
            let at = sample * sizes.len() + i * row;
            let index = index.get_mut(at..at + row).unwrap_or_default();
            let mut winners = index.chunks_exact_mut(Winners::bytes(lanes::<S, T>()));
            for first in (0..width).step_by(lanes::<S, T>()) {
                let seen = Seen::new(simd, &room, &planes, i, first, sizes.kernel[1]);
                let y = &mut y[first * outputs..];
                let mut channel = 0;
                while channel < outputs {
                    macro_rules! block {
                        ($C:literal) => {{
                            let (best, won) =
                                windows::<S, T, $C>(simd, &seen, &w[channel..], sizes);
                            let bias = bias.map(|bias| &bias[channel..]);
                            scatter::<S, T, $C>(simd, &mut y[channel..], best, outputs, bias);
                            for (won, bytes) in won.into_iter().zip(&mut winners) {
                                won.write_all::<S, T>(bytes);
                            }
                            channel += $C;
                        }};
                    }
                    match outputs - channel {
                        6.. if const { many_registers::<S, T>() } => block!(6),
                        3.. => block!(3),
                        _ => block!(1),
                    }
                }
            }
        }
    }
}

/// The largest of every window of a vector, in `C` channels.
#[inline(always)]
fn windows<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    seen: &Seen<'_, T>,
    w: &[T],
    sizes: &ConvPool,
) -> Pooled<S, T, C> {
    let ([height, taps], outputs) = (sizes.kernel, sizes.channels[1]);
    let mut tile = zeros::<S, T, 4, C>(simd);
    let mut weights = w.chunks(outputs);
    for p in 0..height {
        let ([even, odd], [even_below, odd_below]) = (seen.columns(p), seen.columns(p + 1));
        let mut left = [vector(simd, even, 0), vector(simd, even_below, 0)];
        for (q, weights) in weights.by_ref().take(taps).enumerate() {
            let right = if q % 2 == 0 {
                [vector(simd, odd, q / 2), vector(simd, odd_below, q / 2)]
            } else {
                [vector(simd, even, q / 2 + 1), vector(simd, even_below, q / 2 + 1)]
            };
            let weights = &weights[..C];
            for c in 0..C {
                let weight = splat::<S, T>(simd, weights[c]);
                tile[0][c] = left[0].mul_add(weight, tile[0][c]);
                tile[1][c] = right[0].mul_add(weight, tile[1][c]);
                tile[2][c] = left[1].mul_add(weight, tile[2][c]);
                tile[3][c] = right[1].mul_add(weight, tile[3][c]);
            }
            left = right;
        }
    }
    largest::<S, T, C>(&tile)
}

/// Adds the bias, and writes pixel by pixel what is a vector of windows for each channel.
#[inline(always)]
fn scatter<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    y: &mut [T],
    best: [T::Vector<S>; C],
    outputs: usize,
    bias: Option<&[T]>,
) {
    let mut values = [[T::ZERO; MOST_LANES]; C];
    for c in 0..C {
        let bias = splat::<S, T>(simd, bias.map_or(T::ZERO, |bias| bias[c]));
        (best[c] + bias).store_slice(&mut values[c][..lanes::<S, T>()]);
    }
    for (j, y) in y.chunks_mut(outputs).take(lanes::<S, T>()).enumerate() {
        let y = &mut y[..C];
        for c in 0..C {
            y[c] = values[c][j];
        }
    }
}

/// `dw[tap] = Σ dy · (what the winner saw at the tap)`.
#[inline(always)]
pub(super) fn gradient<S: Simd, T: Scalar>(
    simd: S,
    dw: &mut [T],
    dbias: &mut [T],
    given: &Given<'_, T>,
    sizes: &ConvPool,
) {
    let mut room = [T::ZERO; LARGEST];
    let outputs = sizes.channels[1];
    let zero = splat::<S, T>(simd, T::ZERO);
    let mut sums = [Sums { taps: [zero; MOST_TAPS], dy: zero }; MOST_CHANNELS];
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
