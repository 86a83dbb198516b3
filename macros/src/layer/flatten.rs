//! An image or sequence as one row of features.

use super::{Check, Kind, Layer};
use crate::{
    plan::{Buf, lower::Lower},
    shape::Shape,
};

const DOC: &str = "\
The same values in the same order with one dimension: from `[height, width, channels]` to
`[height · width · channels]`. It costs nothing at run time.";

pub(super) const KIND: Kind = Kind {
    keyword: "flatten",
    doc: DOC,
    args: &[],
    examples: &["[2, 2, 2] -> [3] { tanh, flatten, dense(3) }"],
    init_before: None,
    parse: |_| Some(Box::new(Flatten)),
};

#[derive(Debug)]
struct Flatten;

impl Layer for Flatten {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        Shape::flat(input.len())
    }

    fn changes_values(&self) -> bool {
        false
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        cx.x()
    }

    fn backward(&self, _cx: &mut Lower<'_>, dy: Buf) -> Buf {
        dy
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{inference, training};

    #[test]
    fn it_has_no_steps() {
        let network = "[2, 3, 2] -> [12] { relu, flatten, flatten }";
        assert_eq!(training(network), [["Map"], ["MapGrad"]]);
        assert_eq!(inference(network), ["Map"]);
    }
}
