//! Normalisation, softmax among it.

use super::Words;
use crate::plan::{Buf, Groups, Normalization};

impl Words<'_> {
    pub(super) fn normalization(&self, verb: &Normalization) -> String {
        match verb {
            Normalization::Softmax { x, .. } => self.call("softmax", &[x], ""),
            Normalization::SoftmaxGrad { dy, y, .. } => self.call("softmax_grad", &[dy, y], ""),
            Normalization::LogSoftmax { x, .. } => self.call("log_softmax", &[x], ""),
            Normalization::LogSoftmaxGrad { dy, y, .. } => {
                self.call("log_softmax_grad", &[dy, y], "")
            }
            Normalization::BatchNorm { x, gamma, beta, momentum, epsilon, .. } => {
                let rest = format!(", momentum = {momentum}, epsilon = {epsilon}");
                self.call("batch_norm", &[x, gamma, beta], &rest)
            }
            Normalization::BatchNormGrad { dy, x, gamma, mean, rstd, .. } => {
                self.call("batch_norm_grad", &[dy, x, gamma, mean, rstd], "")
            }
            Normalization::Normalize { x, gamma, beta, mean, var, epsilon, .. } => {
                let rest = format!(", epsilon = {epsilon}");
                self.call("normalize", &[x, gamma, beta, mean, var], &rest)
            }
            Normalization::NormalizeGrad { dy, gamma, var, epsilon, .. } => {
                let rest = format!(", epsilon = {epsilon}");
                self.call("normalize_grad", &[dy, gamma, var], &rest)
            }
            Normalization::GroupNorm { x, gamma, beta, sizes, .. } => {
                let operands: Vec<&Buf> = [x, gamma].into_iter().chain(beta).collect();
                self.call("group_norm", &operands, &group_words(sizes))
            }
            Normalization::GroupNormGradInput { dy, x, stats, gamma, sizes, .. } => {
                let operands = [dy, x, stats, gamma];
                self.call("group_norm_grad_input", &operands, &group_words(sizes))
            }
            Normalization::GroupNormGradScale { dy, x, stats, sizes, .. } => {
                self.call("group_norm_grad_scale", &[dy, x, stats], &group_words(sizes))
            }
        }
    }
}

fn group_words(sizes: &Groups) -> String {
    let Groups { pixels, channels, groups, centred, epsilon, .. } = sizes;
    let centred = if *centred { "" } else { ", uncentred" };
    format!(", [{pixels}, {channels}], groups = {groups}{centred}, epsilon = {epsilon}")
}
