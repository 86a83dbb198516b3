//! Output pixels one after the other, and what each of them sees.

use super::axis::Axis;
use crate::simd::Scalar;

/// The sizes of an image, channels last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture {
    pub(super) size: [usize; 2],
    pub(super) channels: usize,
}

impl Picture {
    /// Scalars of one row of pixels.
    pub(super) fn row(&self) -> usize {
        self.size[1] * self.channels
    }

    /// Scalars of one sample.
    pub(super) fn len(&self) -> usize {
        self.size[0] * self.row()
    }
}

/// An output pixel: where it is written, and where the source begins that it reads: `base` is the
/// scalar `left` of the row `top`, counted from the start of all samples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Site {
    pub(super) to: usize,
    base: isize,
    top: isize,
    left: isize,
}

impl Site {
    /// The run of `border.len()` scalars that begins `start` scalars into the row `row` of what the pixel
    /// reads: itself, or where it lies partly outside the image a copy with zeros in `border`.
    #[inline(always)]
    pub(super) fn run<'x, T: Scalar>(
        &self,
        x: &'x [T],
        from: &Picture,
        [row, start]: [isize; 2],
        border: &'x mut [T],
    ) -> &'x [T] {
        let len = from.row() as isize;
        let [top, left] = [self.top + row, self.left + start];
        if (top as usize) < from.size[0] && left >= 0 && left <= len - border.len() as isize {
            let at = (self.base + row * len + start) as usize;
            return &x[at..at + border.len()];
        }
        let sample = self.base - self.top * len - self.left;
        with_zeros(&x[sample as usize..][..from.len()], from, [top, left], border);
        border
    }
}

/// A run with zeros where it lies outside the image.
#[cold]
fn with_zeros<T: Scalar>(image: &[T], from: &Picture, [top, start]: [isize; 2], run: &mut [T]) {
    run.fill(T::ZERO);
    if (top as usize) < from.size[0] {
        let row = &image[top as usize * from.row()..][..from.row()];
        let end = (start + run.len() as isize).clamp(0, row.len() as isize) as usize;
        let begin = start.clamp(0, end as isize) as usize;
        let skip = (begin as isize - start) as usize;
        if begin < end {
            run[skip..skip + end - begin].copy_from_slice(&row[begin..end]);
        }
    }
}

/// A pixel on its way over all samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) site: Site,
    at: [usize; 2],
    axes: [Axis; 2],
    /// Scalars from one pixel that is read to the next, and to the first.
    across: [isize; 2],
    /// What `to` and `base` grow by: from a pixel to the next of its row, besides from a row to the next,
    /// and from a sample to the next.
    steps: [[isize; 2]; 3],
}

impl Place {
    /// The first pixel; of it and of all others the channel `channel` is written.
    #[inline(always)]
    pub(super) fn first(axes: [Axis; 2], from: &Picture, to: &Picture, channel: usize) -> Self {
        let [vertical, horizontal] = axes;
        let channels = from.channels as isize;
        let (top, left) = (vertical.offset, horizontal.offset * channels);
        let pixel = [horizontal.step * to.channels, horizontal.stride * from.channels];
        let row = [vertical.step * to.row(), vertical.stride * from.row()];
        let steps = [
            [0, 1].map(|of| pixel[of] as isize),
            [0, 1].map(|of| row[of] as isize - (pixel[of] * horizontal.count) as isize),
            [0, 1].map(|of| [to, from][of].len() as isize - (row[of] * vertical.count) as isize),
        ];
        let to = vertical.first * to.row() + horizontal.first * to.channels + channel;
        let site = Site { to, base: top * from.row() as isize + left, top, left };
        Self { site, at: [0; 2], axes, across: [pixel[1] as isize, left], steps }
    }

    /// This pixel, and on to the next.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Site {
        let site = self.site;
        let [vertical, horizontal] = &self.axes;
        let (rows, columns, stride) = (vertical.count, horizontal.count, vertical.stride);
        self.add(0);
        self.site.left += self.across[0];
        self.at[1] += 1;
        if self.at[1] == columns {
            self.add(1);
            self.at = [self.at[0] + 1, 0];
            self.site.left = self.across[1];
            self.site.top += stride as isize;
        }
        if self.at[0] == rows {
            self.add(2);
            self.at[0] = 0;
            self.site.top = self.axes[0].offset;
        }
        site
    }

    #[inline(always)]
    fn add(&mut self, step: usize) {
        self.site.to = self.site.to.wrapping_add_signed(self.steps[step][0]);
        self.site.base += self.steps[step][1];
    }
}
