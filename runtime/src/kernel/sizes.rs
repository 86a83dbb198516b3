//! Sizes of verbs that have more than a few.

/// A sliding window over an image, of a convolution or a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width of the input.
    pub input: [usize; 2],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub stride: [usize; 2],
    /// Zeros above and to the left of the input; those below and to the right follow from `output`.
    pub padding: [usize; 2],
    /// Steps between the taps of a window.
    pub dilation: [usize; 2],
}

impl Window {
    /// The pixel that the tap `tap` of the output at `at` sees; `None` outside the image.
    #[must_use]
    pub fn tap(&self, at: [usize; 2], tap: [usize; 2]) -> Option<[usize; 2]> {
        let along = |axis: usize| {
            let padded = at[axis] * self.stride[axis] + tap[axis] * self.dilation[axis];
            padded.checked_sub(self.padding[axis]).filter(|&place| place < self.input[axis])
        };
        Some([along(0)?, along(1)?])
    }
}

/// The sizes of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2d {
    /// Where the window is applied.
    pub window: Window,
    /// Channels of the input, `ci`.
    pub input_channels: usize,
    /// Channels of the output, `co`.
    pub output_channels: usize,
    /// Groups: output channel `o` sees the input channels of group `o / (co / groups)` only.
    pub groups: usize,
}

impl Conv2d {
    /// Scalars of one input sample.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.window.input[0] * self.window.input[1] * self.input_channels
    }

    /// Scalars of one output sample.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.window.output[0] * self.window.output[1] * self.output_channels
    }

    /// Scalars of the weight `[kh, kw, ci / groups, co]`.
    #[must_use]
    pub const fn weight_len(&self) -> usize {
        self.window.kernel[0]
            * self.window.kernel[1]
            * (self.input_channels / self.groups)
            * self.output_channels
    }
}

/// How layer, RMS, group and instance normalisation cut their input: into blocks
/// `[pixels, channels]`, with statistics for each of `groups` shares of the channels of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Groups {
    /// Pixels of a block.
    pub pixels: usize,
    /// Channels, of which every group has as many.
    pub channels: usize,
    /// Groups.
    pub groups: usize,
    /// Whether the mean is subtracted; without it, it counts as zero.
    pub centred: bool,
    /// Added to the variance.
    pub epsilon: f64,
}

impl Groups {
    /// Scalars of a block.
    #[must_use]
    pub const fn block(&self) -> usize {
        self.pixels * self.channels
    }

    /// Scalars of the means of a block, and of its `1/√(var + epsilon)`: one where there is one group,
    /// else one for every channel, that of its group.
    #[must_use]
    pub const fn kept(&self) -> usize {
        if self.groups == 1 { 1 } else { self.channels }
    }
}

/// The sizes of an attention: rows of queries `[heads · head_size]`, rows of keys and of values
/// `[key_value_heads · head_size]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Queries of a sample.
    pub time: usize,
    /// Keys and values of a sample; as many as queries where it is causal.
    pub key_time: usize,
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of keys and values, of which each serves `heads / key_value_heads` heads of queries that
    /// follow one another.
    pub key_value_heads: usize,
    /// Features of a head.
    pub head_size: usize,
    /// Whether the query `t` sees the keys up to `t` alone.
    pub causal: bool,
}

impl Attention {
    /// Scalars of the queries of a sample, and of its output.
    #[must_use]
    pub const fn queries(&self) -> usize {
        self.time * self.heads * self.head_size
    }

    /// Scalars of the keys of a sample, and of its values.
    #[must_use]
    pub const fn keys(&self) -> usize {
        self.key_time * self.key_value_heads * self.head_size
    }

    /// Scalars that are kept of a sample: one for every head and query.
    #[must_use]
    pub const fn stats(&self) -> usize {
        self.heads * self.time
    }

    /// Multiply-adds of the scores of so many samples.
    pub(crate) const fn macs(&self, rows: usize) -> usize {
        let all = rows * self.queries() * self.key_time;
        if self.causal { all / 2 } else { all }
    }
}

/// A strided view of a sample: element `i…` is the scalar `start + Σ iₖ · strideₖ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strided {
    /// Scalars of one sample of what is viewed.
    pub input: usize,
    /// Where the first element lies.
    pub start: usize,
    /// Size and stride of each axis, outermost first.
    pub axes: [[usize; 2]; 5],
}

impl Strided {
    /// Elements of the view of one sample.
    #[must_use]
    pub const fn output(&self) -> usize {
        let [a, b, c, d, e] = self.axes;
        a[0] * b[0] * c[0] * d[0] * e[0]
    }
}

/// The sizes of a bilinear upsampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upsample {
    /// Height and width of the input.
    pub input: [usize; 2],
    /// How many times as high and as wide the output is.
    pub factor: [usize; 2],
    /// Channels.
    pub channels: usize,
}
