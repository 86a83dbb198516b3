//! One sample with the border of zeros that a padded convolution sees.

use crate::{kernel::Conv2d, simd::Scalar};

/// Scalars of the largest image with its border.
pub(crate) const LARGEST: usize = 4096;

/// The sizes of a sample and of its border.
#[derive(Clone, Copy, Debug)]
pub(super) struct Image {
    /// Rows, and scalars of a row, without and with the border.
    pub(super) bare: [usize; 2],
    padded: [usize; 2],
    /// Rows above, and scalars to the left.
    pub(super) before: [usize; 2],
}

impl Image {
    pub(super) fn new(conv: &Conv2d) -> Self {
        let ([h, w], c) = (conv.window.input, conv.input_channels);
        let [above, left] = conv.window.padding;
        let reach = |axis: usize| conv.window.output[axis] + conv.window.kernel[axis] - 1;
        Self {
            bare: [h, w * c],
            padded: [reach(0).max(above + h), reach(1).max(left + w) * c],
            before: [above, left * c],
        }
    }

    /// Scalars of a row with the border.
    pub(super) fn row(&self) -> usize {
        self.padded[1]
    }

    /// Scalars of a sample without the border.
    pub(super) fn len(&self) -> usize {
        self.bare[0] * self.bare[1]
    }

    /// Whether there is no border.
    pub(super) fn is_bare(&self) -> bool {
        self.bare == self.padded
    }

    /// The sample with its border: itself where there is none, else a copy in `room`, whose border
    /// stays zero.
    #[inline(always)]
    pub(super) fn pad<'r, T: Scalar>(&self, x: &'r [T], room: &'r mut [T]) -> &'r [T] {
        if self.is_bare() {
            return x;
        }
        let rows = room[self.before[0] * self.padded[1]..].chunks_mut(self.padded[1]);
        for (row, x) in rows.zip(x.chunks(self.bare[1])) {
            row[self.before[1]..self.before[1] + self.bare[1]].copy_from_slice(x);
        }
        &room[..self.padded[0] * self.padded[1]]
    }
}
