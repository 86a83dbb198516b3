//! The borders of an image, as `pad2d` and `crop2d` have them.

use super::Check;
use crate::syntax::{Spanned, args::Args};

/// The arguments, in this order.
pub(super) const ARGS: &[&str] = &["size", "top", "bottom", "left", "right"];

/// Pixels at the four sides: `[[top, bottom], [left, right]]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Borders(pub(super) [[Spanned<usize>; 2]; 2]);

impl Borders {
    /// Reads `size`, and what differs from it.
    pub(super) fn read(args: &mut Args<'_>) -> Option<Self> {
        let size = args.whole_pair("size");
        let sides = ["top", "bottom", "left", "right"].map(|key| args.whole(key));
        let ([height, width], [top, bottom, left, right]) = (size?, sides);
        let rows = [top?.unwrap_or(height), bottom?.unwrap_or(height)];
        let columns = [left?.unwrap_or(width), right?.unwrap_or(width)];
        Some(Self([rows, columns]))
    }

    /// The pixels at both ends of an axis.
    pub(super) fn sum(self, axis: usize) -> usize {
        let [before, after] = self.0[axis].map(|side| side.value);
        before.saturating_add(after)
    }

    /// The pixels above and to the left.
    pub(super) fn start(self) -> [usize; 3] {
        [self.0[0][0].value, self.0[1][0].value, 0]
    }

    /// Reports borders of no pixel at all.
    pub(super) fn expect_some(self, layer: &str, check: &mut Check<'_>) {
        if self.sum(0) == 0 && self.sum(1) == 0 {
            check
                .error(check.keyword, format!("`{layer}` of no pixels changes nothing"))
                .expected("pixels at one side at least")
                .help(format!("write `{layer}(1)`, or `{layer}(top = 1)`, or remove it"));
        }
    }

    pub(super) fn canonical(self) -> String {
        let [[top, bottom], [left, right]] = self.0.map(|axis| axis.map(|side| side.value));
        format!("top = {top}, bottom = {bottom}, left = {left}, right = {right}")
    }
}
