//! Products with weights that are stored as [`bf16`](crate::half::bf16), two in a word.
//!
//! ```text
//! a row of the weight:   blocks of 32 columns, a smaller one of what is left, an odd column
//! a block of 2 h:        h words; in word i column i is above and column h + i below
//! ```
//!
//! The column below is one shift away from an `f32`, and the word itself is the one above: what lies
//! below is the end of its fraction, which was rounded with that in mind. So two weights take one
//! instruction more than two of `f32`, and half of what these take to read.

use core::ops::Range;

use fearless_simd::{Bytes, SimdBase};

use super::{
    narrow::{self, Narrow, Stored, piece, sums},
    operand::{ByRow, Vectors},
    output::Output,
    product::{Product, ROOM},
};
use crate::{
    half::bf16,
    kernel::{
        Matrix,
        lanes::{lanes, splat},
        tile::{load_row, store_row, with_columns},
        widen::Widen,
    },
    pointwise::Fun,
    simd::Cpu,
};

/// Columns of a block.
const PAIRED: usize = 32;

/// Columns of a panel.
const WIDTH: usize = 2 * PAIRED;

/// What stands above another weight is at least so large: with something below, zero would be a
/// subnormal number, whose arithmetic is slow.
const LEAST: f32 = f32::from_bits((127 - 60) << 23);

/// The bit of a NaN that the bits below cannot take away.
const QUIET: u32 = 0x0040_0000;

/// The bits of a matrix of [`bf16`].
#[derive(Clone, Copy, Debug)]
pub struct Brain<'a>(pub &'a [u16]);

impl Brain<'_> {
    /// Stores `values`, in rows of so many columns, each within half a unit of the last place; but what is
    /// smaller than 2⁻⁶⁰, zero too, is ±2⁻⁶⁰ in the upper half of a block of columns, and what is infinite is the
    /// largest finite value.
    pub fn store(values: &[f32], bits: &mut [u16], columns: usize) {
        let columns = columns.max(1);
        for (values, bits) in values.chunks(columns).zip(bits.chunks_mut(columns)) {
            for (values, bits) in values.chunks(PAIRED).zip(bits.chunks_mut(PAIRED)) {
                store_block(values, bits);
            }
        }
    }
}

fn store_block(values: &[f32], bits: &mut [u16]) {
    let half = values.len() / 2;
    for (i, word) in bits.chunks_exact_mut(2).enumerate() {
        let word_bits = pair(values[i], values[half + i]);
        word.copy_from_slice(&bytemuck::cast::<u32, [u16; 2]>(word_bits));
    }
    if let Some(value) = values.get(2 * half) {
        bits[2 * half] = nearest(*value).to_bits();
    }
}

/// The nearest finite value.
fn nearest(value: f32) -> bf16 {
    let most = bf16::MAX.to_f32();
    bf16::from_f32(value.clamp(-most, most))
}

/// The word that is nearest to `above` of those that end in the bits of `below`.
fn pair(above: f32, below: f32) -> u32 {
    let below = u32::from(nearest(below).to_bits());
    let magnitude = above.abs().clamp(LEAST, bf16::MAX.to_f32()).to_bits();
    let nearest = if above.is_nan() { magnitude | QUIET } else { magnitude - below + 0x8000 };
    (above.to_bits() & 0x8000_0000) | (nearest & 0xFFFF_0000) | below
}

impl Matrix<f32> for Brain<'_> {
    fn gemm(
        self,
        cpu: Cpu,
        y: &mut [f32],
        x: &[f32],
        bias: Option<&[f32]>,
        fun: Option<Fun>,
        rows: usize,
        k: usize,
        n: usize,
    ) {
        narrow::gemm(cpu, y, x, self, bias, fun, rows, k, n);
    }
}

impl Narrow for Brain<'_> {
    /// Whole blocks in pieces of eight, four and two vectors, then what is left.
    #[inline(always)]
    fn row<S: Widen>(self, simd: S, y: &mut [f32], x: &[f32], bias: Option<&[f32]>) {
        let (n, len) = (y.len(), lanes::<S, f32>());
        let blocks = n / PAIRED * PAIRED;
        let mut column = 0;
        while column < blocks {
            let w = &self.0[column..];
            let bias = bias.map(|bias| &bias[column..]);
            let y = &mut y[column..];
            column += len
                * match (blocks - column) / len {
                    8.. => piece::<S, Paired, 8, 1>(simd, y, x, w, bias, n),
                    4.. => piece::<S, Paired, 4, 2>(simd, y, x, w, bias, n),
                    _ => piece::<S, Paired, 2, 4>(simd, y, x, w, bias, n),
                };
        }
        if blocks < n {
            let bias = bias.map(|bias| &bias[blocks..]);
            rest(simd, &mut y[blocks..], x, &self.0[blocks..], bias, n);
        }
    }

    /// Panels of plain columns.
    #[inline(always)]
    fn panels<S: Widen>(
        self,
        simd: S,
        y: &mut Output<'_, '_, f32>,
        product: &Product<'_, f32, ByRow<'_, f32>>,
        room: &mut [f32],
    ) {
        let (w, k, n) = (self.0, product.depth, product.columns);
        for group in (0..n).step_by(WIDTH) {
            let columns = group..n.min(group + WIDTH);
            for first in (0..k).step_by(ROOM / WIDTH) {
                let steps = first..k.min(first + ROOM / WIDTH);
                for (step, to) in steps.clone().zip(room.chunks_exact_mut(WIDTH)) {
                    widen_columns(simd, &w[step * n..][columns.clone()], to);
                }
                meet(simd, product, y, room, columns.clone(), steps);
            }
        }
    }
}

/// The columns of a smaller block, and an odd one.
#[inline(always)]
fn rest<S: Widen>(
    simd: S,
    y: &mut [f32],
    x: &[f32],
    w: &[u16],
    bias: Option<&[f32]>,
    stride: usize,
) {
    let (half, len) = (y.len() / 2, lanes::<S, f32>());
    if 2 * half < y.len() {
        let column = w[2 * half..].iter().step_by(stride);
        let terms = x.iter().zip(column).map(|(x, w)| x * bf16::from_bits(*w).to_f32());
        y[2 * half] = bias.map_or(0.0, |bias| bias[2 * half]) + terms.sum::<f32>();
    }
    let (above, below) = y[..2 * half].split_at_mut(half);
    for (i, (above, below)) in above.chunks_mut(len).zip(below.chunks_mut(len)).enumerate() {
        let zeros = splat::<S, f32>(simd, 0.0);
        let start = bias.map_or([zeros; 2], |bias| {
            let [[above], [below]] = [i * len, half + i * len]
                .map(|column| load_row::<S, f32, 1>(simd, &bias[column..]));
            [above, below]
        });
        let sums = sums::<S, Words, 2, 4>(simd, start, x, &w[2 * i * len..], stride);
        store_row(simd, [sums[0]], above);
        store_row(simd, [sums[1]], below);
    }
}

/// The columns of a panel with all rows.
#[inline(always)]
fn meet<S: Widen>(
    simd: S,
    product: &Product<'_, f32, ByRow<'_, f32>>,
    y: &mut Output<'_, '_, f32>,
    panel: &[f32],
    columns: Range<usize>,
    steps: Range<usize>,
) {
    let mut column = columns.start;
    while column < columns.end {
        with_columns!(S, f32, (columns.end - column), C => {
            let end = columns.end.min(column + C * lanes::<S, f32>());
            let values = &panel[column - columns.start..];
            let vectors = Vectors { values, stride: WIDTH };
            product.panel_rows::<S, C>(simd, y, vectors, column..end, steps.clone());
            column = end;
        });
    }
}

/// Some columns of a row, from the first of a block on.
#[inline(always)]
fn widen_columns<S: Widen>(simd: S, bits: &[u16], to: &mut [f32]) {
    let len = lanes::<S, f32>();
    for (bits, to) in bits.chunks(PAIRED).zip(to.chunks_exact_mut(PAIRED)) {
        if bits.len() < PAIRED {
            widen_rest(bits, to);
            continue;
        }
        for (i, words) in bits.chunks_exact(2 * len).enumerate() {
            let [above, below] = widen_pair(simd, words);
            above.store_slice(&mut to[i * len..(i + 1) * len]);
            below.store_slice(&mut to[PAIRED / 2 + i * len..PAIRED / 2 + (i + 1) * len]);
        }
    }
}

/// The columns of a smaller block, and an odd one.
#[inline(always)]
fn widen_rest(bits: &[u16], to: &mut [f32]) {
    let half = bits.len() / 2;
    for (i, word) in bits.chunks_exact(2).enumerate() {
        let word = bytemuck::cast::<[u16; 2], u32>([word[0], word[1]]);
        (to[i], to[half + i]) = (f32::from_bits(word), f32::from_bits(word << 16));
    }
    if let Some(bits) = bits.get(2 * half) {
        to[2 * half] = bf16::from_bits(*bits).to_f32();
    }
}

/// The columns above and those below in as many words as a vector has lanes.
#[inline(always)]
fn widen_pair<S: Widen>(simd: S, words: &[u16]) -> [S::f32s; 2] {
    let words = S::u16s::from_slice(simd, words).bitcast::<S::u32s>();
    [words.bitcast(), (words << 16).bitcast()]
}

/// Whole blocks.
struct Paired;

impl Stored for Paired {
    #[inline(always)]
    fn full<S: Widen, const C: usize>(simd: S, bits: &[u16]) -> [S::f32s; C] {
        let (mut row, len) = ([splat::<S, f32>(simd, 0.0); C], lanes::<S, f32>());
        // Vectors of the columns above in a block, and as many of those below.
        let half = PAIRED / 2 / len;
        for c in 0..C / 2 {
            let words = &bits[2 * c * len..2 * (c + 1) * len];
            let above = c / half * 2 * half + c % half;
            [row[above], row[above + half]] = widen_pair(simd, words);
        }
        row
    }
}

/// Words of a smaller block: the columns above, and those below.
struct Words;

impl Stored for Words {
    #[inline(always)]
    fn full<S: Widen, const C: usize>(simd: S, bits: &[u16]) -> [S::f32s; C] {
        let [above, below] = widen_pair(simd, bits);
        core::array::from_fn(|c| if c == 0 { above } else { below })
    }
}
