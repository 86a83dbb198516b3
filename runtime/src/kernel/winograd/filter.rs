//! The weights in the transformed domain: for each of the 36 points a matrix from the channels that are
//! read to those that are written, `WIDTH` columns after the other.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use fearless_simd::SimdBase;

use super::{
    GAP, POINTS,
    transform::{along_both, each, window},
};
use crate::{
    kernel::{
        lanes::{lanes, splat},
        tile::transpose,
    },
    simd::{Scalar, Simd},
};

/// Columns that lie side by side.
pub(super) const WIDTH: usize = 64;

/// Sizes of the matrices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    /// Channels that are read and written.
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Filter {
    /// Scalars from one point to the next.
    pub(super) const fn point(&self) -> usize {
        self.inputs * self.outputs + GAP
    }

    pub(super) const fn len(&self) -> usize {
        POINTS * self.point()
    }

    /// Where in its point the vector of outputs from `output` on of one input lies.
    #[inline(always)]
    pub(super) fn at(&self, input: usize, output: usize) -> usize {
        let block = output / WIDTH * WIDTH;
        block * self.inputs + input * self.width(block) + output - block
    }

    /// Columns of the block that begins at `block`.
    #[inline(always)]
    pub(super) fn width(&self, block: usize) -> usize {
        (self.outputs - block).min(WIDTH)
    }

    /// `u = G w Gᵀ` for the weight `[3, 3, inputs, outputs]`.
    #[inline(always)]
    pub(super) fn forward<S: Simd, T: Scalar>(&self, simd: S, u: &mut [T], w: &[T]) {
        let (len, taps) = (lanes::<S, T>(), self.inputs * self.outputs);
        for input in 0..self.inputs {
            for output in (0..self.outputs).step_by(len) {
                let mut square = [[splat::<S, T>(simd, T::ZERO); 3]; 3];
                for tap in 0..9 {
                    let at = tap * taps + input * self.outputs + output;
                    square[tap / 3][tap % 3] = T::Vector::<S>::from_slice(simd, &w[at..at + len]);
                }
                self.store(simd, u, square, input, output);
            }
        }
    }

    /// The same for the gradient of the input: the window turned around, and the weight
    /// `[3, 3, outputs, inputs]` of the forward pass, in which the channels change places.
    #[inline(always)]
    pub(super) fn backward<S: Simd, T: Scalar>(&self, simd: S, u: &mut [T], w: &[T]) {
        match lanes::<S, T>() {
            16 => self.turned::<S, T, 16>(simd, u, w),
            8 => self.turned::<S, T, 8>(simd, u, w),
            4 => self.turned::<S, T, 4>(simd, u, w),
            _ => self.turned::<S, T, 2>(simd, u, w),
        }
    }

    #[inline(always)]
    fn turned<S: Simd, T: Scalar, const L: usize>(&self, simd: S, u: &mut [T], w: &[T]) {
        for input in (0..self.inputs).step_by(L) {
            for output in (0..self.outputs).step_by(L) {
                let mut taps = [[splat::<S, T>(simd, T::ZERO); L]; 9];
                for tap in 0..9 {
                    let at = (tap * self.outputs + output) * self.inputs + input;
                    for l in 0..L {
                        let at = at + l * self.inputs;
                        taps[8 - tap][l] = T::Vector::<S>::from_slice(simd, &w[at..at + L]);
                    }
                    taps[8 - tap] = transpose::<S, T, L>(taps[8 - tap]);
                }
                for l in 0..L {
                    let mut square = [[splat::<S, T>(simd, T::ZERO); 3]; 3];
                    for tap in 0..9 {
                        square[tap / 3][tap % 3] = taps[tap][l];
                    }
                    self.store(simd, u, square, input + l, output);
                }
            }
        }
    }

    /// The 36 points of a window.
    #[inline(always)]
    fn store<S: Simd, T: Scalar>(
        &self,
        simd: S,
        u: &mut [T],
        square: [[T::Vector<S>; 3]; 3],
        input: usize,
        output: usize,
    ) {
        let (at, len) = (self.at(input, output), lanes::<S, T>());
        along_both!(simd, S, T, window, [0 1 2] => [0 1 2 3 4 5], |I, J| square[I][J], |K, row| {
            for j in 0..6 {
                let at = (6 * K + j) * self.point() + at;
                row[j].store_slice(&mut u[at..at + len]);
            }
        });
    }
}
