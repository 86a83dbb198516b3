//! Values put elsewhere as they are, or looked up.

use super::Words;
use crate::{
    plan::{Arrange, Strided, Upsample},
    shape::{Dim, Shape},
};

impl Words<'_> {
    pub(super) fn arrange(&self, verb: &Arrange) -> String {
        match verb {
            Arrange::Copy { x, .. } => self.name(*x),
            Arrange::Zero { .. } => "0".to_owned(),
            Arrange::Gather { x, view, .. } => self.call("gather", &[x], &view_words(view)),
            Arrange::Scatter { x, view, .. } => self.call("scatter", &[x], &view_words(view)),
            Arrange::Upsample { x, sizes, .. } => self.call("upsample", &[x], &factor_words(sizes)),
            Arrange::UpsampleGrad { dy, sizes, .. } => {
                self.call("upsample_grad", &[dy], &factor_words(sizes))
            }
            Arrange::Embed { x, table, .. } => self.call("embed", &[x, table], ""),
            Arrange::EmbedGrad { dy, x, .. } => self.call("embed_grad", &[dy, x], ""),
            Arrange::Concat { parts, .. } => {
                self.call("concat", &parts.iter().map(|(x, _)| x).collect::<Vec<_>>(), "")
            }
            Arrange::Split { x, start, n, .. } => format!("{}[.., {start} + {n}]", self.name(*x)),
        }
    }
}

/// Sizes and strides, without the axes of size one: `, start 4, [3, 2] by [8, 1]`.
fn view_words(view: &Strided) -> String {
    let axes = view.axes.iter().filter(|[size, _]| *size != Dim::ONE);
    let (sizes, strides) = axes.cloned().map(|[size, stride]| (size, stride)).unzip();
    format!(", start {}, {} by {}", view.start, Shape(sizes), Shape(strides))
}

fn factor_words(sizes: &Upsample) -> String {
    let [height, width] = sizes.factor;
    format!(", ({height}, {width})")
}
