//! Where the backward pass begins.

/// Where the gradient of a loss enters the backward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// At the output of the network.
    Output,
    /// At the input of its head: softmax or sigmoid and the loss are differentiated as one.
    Head,
    /// With several outputs: of the output `k` at the input of its head where bit `k` is set.
    Each(u64),
}

impl Entry {
    /// The entry of several outputs with one each.
    ///
    /// # Panics
    ///
    /// With more than 64 outputs.
    #[must_use]
    pub const fn each(entries: &[Self]) -> Self {
        assert!(entries.len() <= 64, "a network has at most 64 outputs");
        let (mut heads, mut output) = (0, 0);
        while output < entries.len() {
            heads |= (matches!(entries[output], Self::Head) as u64) << output;
            output += 1;
        }
        Self::Each(heads)
    }

    /// Whether the gradient of one of several outputs enters at the output itself.
    #[must_use]
    pub const fn is_at_output(self, output: usize) -> bool {
        match self {
            Self::Output => true,
            Self::Head => false,
            Self::Each(heads) => heads >> output & 1 == 0,
        }
    }
}
