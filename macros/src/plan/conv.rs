//! The sizes of convolutions and poolings.

use crate::shape::Dim;

/// A sliding window, as `[height, width]` each; padding is what lies above and to the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) input: [Dim; 2],
    pub(crate) output: [Dim; 2],
    pub(crate) kernel: [Dim; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
    pub(crate) dilation: [usize; 2],
}

/// The sizes of a convolution with weight `[kh, kw, ci / groups, co]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conv {
    pub(crate) window: Window,
    pub(crate) input_channels: Dim,
    pub(crate) output_channels: Dim,
    pub(crate) groups: usize,
}

impl Conv {
    /// The pooling by 2x2 of its output, where the sizes are literals.
    pub(crate) fn pool(&self) -> Option<Window> {
        let [height, width] = self.window.output.each_ref().map(Dim::literal);
        Some(Window {
            input: self.window.output.clone(),
            output: [Dim::from(height? / 2), Dim::from(width? / 2)],
            kernel: [Dim::from(2), Dim::from(2)],
            stride: [2; 2],
            padding: [0; 2],
            dilation: [1; 2],
        })
    }

    /// What is multiplied for one scalar of the output, without groups, where the sizes are literals.
    pub(crate) fn taps(&self) -> Option<usize> {
        let [height, width] = self.window.kernel.each_ref().map(Dim::literal);
        Some(height? * width? * self.input_channels.literal()?)
    }

    /// Scalars of the gradient of its weight, and of its bias.
    pub(crate) fn sums(&self, bias: bool) -> Dim {
        let [height, width] = &self.window.kernel;
        let taps = Dim::product([height.clone(), width.clone(), self.input_channels.clone()]);
        let rows = Dim::sum([taps, Dim::from(usize::from(bias))]);
        Dim::product([rows, self.output_channels.clone()])
    }

    /// The channels of input and output if minimal filtering (Lavin and Gray 2016) needs fewer operations:
    /// windows of 3x3 that move pixel by pixel, where few of the pixels of its tiles of 4x4 are beyond the
    /// image, over as many channels as the kernel is made for.
    fn filtered_channels(&self) -> Option<[usize; 2]> {
        let Window { output, kernel, stride, padding, dilation, .. } = &self.window;
        let [height, width] = output.each_ref().map(Dim::literal);
        let (height, width) = (height?, width?);
        let tiles = 16 * height.div_ceil(4) * width.div_ceil(4);
        let channels = [self.input_channels.literal()?, self.output_channels.literal()?];
        let suits = self.groups == 1
            && kernel.iter().all(|size| size.literal() == Some(3))
            && (*stride, *dilation) == ([1; 2], [1; 2])
            && padding.iter().all(|zeros| *zeros <= 2)
            && 2 * tiles <= 5 * height * width
            && channels.iter().all(|channels| *channels == 16 || channels % 32 == 0);
        suits.then_some(channels)
    }

    /// Scalars of its weight for minimal filtering: a matrix for each of 36 points.
    pub(crate) fn filter(&self) -> Option<Dim> {
        let [inputs, outputs] = self.filtered_channels()?;
        Some(Dim::from(POINTS * (inputs * outputs + GAP)))
    }

    /// Whether one sample has so few tiles that reading a transformed weight takes longer than computing.
    pub(crate) fn is_little(&self) -> bool {
        self.window.output.iter().all(|size| size.literal().is_some_and(|size| size <= 4))
    }

    /// Scalars of the workspace of minimal filtering: the weight, and so many tiles of input and output.
    pub(crate) fn room(&self, tiles: usize) -> Option<Dim> {
        let [inputs, outputs] = self.filtered_channels()?;
        let block = Dim::from(POINTS * (tiles * (inputs + outputs) + 2 * GAP));
        Some(Dim::sum([self.filter()?, block]))
    }
}

/// Points of a tile of 6x6 pixels, and the scalars between the matrices of two.
const POINTS: usize = 36;
const GAP: usize = 16;

/// Tiles that the workspace of minimal filtering has room for, at the least.
pub(crate) const FEWEST_TILES: usize = 8;
