//! The same values in another shape.

use super::{Check, Kind, Layer};
use crate::{
    plan::{Buf, lower::Lower},
    shape::Shape,
    syntax::{Spanned, args::Args},
};

const DOC: &str = "\
The same values in the same order with other dimensions. It costs nothing at run time.

- `shape`: the shape of the output, such as `[28, 28, 1]`, with as many values as the input.";

pub(super) const KIND: Kind = Kind {
    keyword: "reshape",
    doc: DOC,
    args: &["shape"],
    examples: &["[3] -> [2, 3, 1] { dense(12), reshape([2, 3, 2]), conv2d(1, kernel = 1) }"],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Reshape {
    shape: Spanned<Shape>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Reshape { shape: args.shape("shape")? }))
}

impl Layer for Reshape {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let Spanned { value: shape, span } = &self.shape;
        let (found, expected) = (shape.len(), input.len());
        if !found.agrees(&expected) {
            check
                .error(*span, "reshape changes the number of values")
                .found(format!("{shape}, {found} values"))
                .expected(format!("{expected} values, as in {input}"));
        }
        shape.clone()
    }

    fn changes_values(&self) -> bool {
        false
    }

    fn canonical(&self) -> String {
        self.shape.value.to_string()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        cx.x()
    }

    fn backward(&self, _cx: &mut Lower<'_>, dy: Buf) -> Buf {
        dy
    }
}
