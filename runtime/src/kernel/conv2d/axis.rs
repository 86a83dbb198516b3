//! What one axis of a sweep does: which pixels it writes, and which it reads for each of them.

use core::ops::Range;

use crate::kernel::Window;

/// Pixel `first + at · step` is written, for `at < count`, from the pixels
/// `at · stride + offset + tap · spacing`, for `tap < taps`, with the weights of tap
/// `weight.0 + tap · weight.1` of the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) first: usize,
    pub(super) step: usize,
    pub(super) count: usize,
    pub(super) stride: usize,
    pub(super) offset: isize,
    pub(super) spacing: usize,
    pub(super) taps: usize,
    pub(super) weight: (usize, isize),
}

impl Axis {
    /// Output pixels from input pixels.
    pub(super) fn forward(window: &Window, axis: usize) -> Self {
        Self {
            first: 0,
            step: 1,
            count: window.output[axis],
            stride: window.stride[axis],
            offset: -(window.padding[axis] as isize),
            spacing: window.dilation[axis],
            taps: window.kernel[axis],
            weight: (0, 1),
        }
    }

    /// The pixel that the tap `tap` of the place `at` reads; it must lie in the image.
    pub(super) fn seen(&self, at: usize, tap: usize) -> usize {
        (self.place(at) + (tap * self.spacing) as isize) as usize
    }

    /// The taps of the place `at` that lie in an image of `size` pixels.
    pub(super) fn inside(&self, at: usize, size: usize) -> Range<usize> {
        within(self.place(at), self.spacing, size, self.taps)
    }

    /// The places whose tap `tap` lies in an image of `size` pixels.
    pub(super) fn that_see(&self, tap: usize, size: usize) -> Range<usize> {
        within(self.offset + (tap * self.spacing) as isize, self.stride, size, self.count)
    }

    /// Where the first tap of the place `at` lies.
    fn place(&self, at: usize) -> isize {
        (at * self.stride) as isize + self.offset
    }

    /// The tap of the window that the tap `tap` of this axis stands for.
    pub(super) fn window_tap(&self, tap: usize) -> usize {
        (self.weight.0 as isize + tap as isize * self.weight.1) as usize
    }
}

/// The steps, of `count`, at which `start + step · spacing` lies in `0..size`.
fn within(start: isize, spacing: usize, size: usize, count: usize) -> Range<usize> {
    let steps = |end: isize| (end.max(0) as usize).div_ceil(spacing.max(1)).min(count);
    steps(-start)..steps(size as isize - start).max(steps(-start))
}

/// Input pixels from output pixels: input pixel `i` meets the taps `p` of output pixel `o` where
/// `o · stride + p · dilation - padding = i`, which are the same for all `i` of one phase of the stride.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phases {
    window: Window,
    axis: usize,
    phase: usize,
}

impl Phases {
    pub(super) fn of(window: &Window, axis: usize) -> Self {
        Self { window: *window, axis, phase: 0 }
    }

    /// The taps of a phase from the last to the first, so that the pixels they read ascend.
    fn sweep(&self) -> Axis {
        let Self { window, axis, phase } = *self;
        let (stride, dilation) = (window.stride[axis], window.dilation[axis]);
        let end = phase + window.padding[axis];
        let meets =
            |tap: &usize| (end + stride * tap * dilation - tap * dilation).is_multiple_of(stride);
        let mut taps = (0..window.kernel[axis]).rev().filter(meets);
        let (last, next) = (taps.next(), taps.next());
        let last_tap = last.unwrap_or(0);
        let between = next.map_or(last_tap + 1, |next| last_tap - next);
        Axis {
            first: phase,
            step: stride,
            count: (window.input[axis] - phase).div_ceil(stride),
            stride: 1,
            offset: (end as isize - (last_tap * dilation) as isize) / stride as isize,
            spacing: between * dilation / stride,
            taps: last.map_or(0, |last| last / between + 1),
            weight: (last_tap, -(between as isize)),
        }
    }
}

impl Iterator for Phases {
    type Item = Axis;

    fn next(&mut self) -> Option<Axis> {
        let size = self.window.input[self.axis];
        (self.phase < self.window.stride[self.axis].min(size)).then(|| {
            let axis = self.sweep();
            self.phase += 1;
            axis
        })
    }
}
