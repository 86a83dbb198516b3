//! Pooling.

use super::{Words, unusual};
use crate::plan::{Pool, Window};

impl Words<'_> {
    pub(super) fn pool(&self, verb: &Pool) -> String {
        match verb {
            Pool::MaxPool2d { x, window, .. } => self.call("max_pool2d", &[x], &pool_words(window)),
            Pool::MaxPool2dGrad { dy, index, window, .. } => {
                self.call("max_pool2d_grad", &[dy, index], &pool_words(window))
            }
            Pool::MaxPool2dGradByValue { dy, y, x, window, .. } => {
                self.call("max_pool2d_grad_by_value", &[dy, y, x], &pool_words(window))
            }
            Pool::AvgPool2d { x, window, .. } => self.call("avg_pool2d", &[x], &pool_words(window)),
            Pool::AvgPool2dGrad { dy, window, .. } => {
                self.call("avg_pool2d_grad", &[dy], &pool_words(window))
            }
        }
    }
}

fn pool_words(window: &Window) -> String {
    let [height, width] = &window.kernel;
    format!(", ({height}, {width}){}", unusual(window))
}
