//! The same values in another shape.

use super::{Check, Kind, Layer};
use crate::{
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
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

/// `shape` with one dimension changed so that it holds the values of `input`, or else one dimension.
fn nearest(shape: &Shape, input: &Shape) -> Shape {
    let changed = |axis: usize| {
        let mut dims = shape.dims().to_vec();
        dims[axis] = Dim::ONE;
        let (all, others) = (input.len().literal()?, Shape(dims.clone()).len().literal()?);
        dims[axis] = Dim::from(all / others);
        (all % others == 0).then_some(Shape(dims))
    };
    let axes = (0..shape.rank()).rev();
    axes.into_iter().find_map(changed).unwrap_or_else(|| Shape::flat(input.len()))
}

impl Layer for Reshape {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let Spanned { value: shape, span } = &self.shape;
        let (found, expected) = (shape.len(), input.len());
        if !found.agrees(&expected) {
            check
                .error(*span, "`reshape` changes the number of values")
                .found(format!("{shape}, {found} values"))
                .expected(format!("{expected} values, as in {input}"))
                .help(format!("write `reshape({})`", nearest(shape, input)));
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

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, mistakes, model, training};

    #[test]
    fn it_has_no_steps() {
        let network = "[12] -> [2, 3, 2] { relu, reshape([2, 3, 2]) }";
        assert_eq!(training(network), [["Map"], ["MapGrad"]]);
        assert_eq!(model(network).nodes[1].layer.canonical(), "[2, 3, 2]");
    }

    #[test]
    fn the_number_of_values_stays() {
        let mistake = mistake("[784] -> [28, 28, 3] { reshape([28, 28, 3]) }");
        assert!(mistake.starts_with("`reshape` changes the number of values"), "{mistake}");
        assert!(mistake.contains("found: [28, 28, 3], 2352 values"), "{mistake}");
        assert!(mistake.contains("expected: 784 values, as in [784]"), "{mistake}");
        assert!(mistake.contains("help: write `reshape([28, 28, 1])`"), "{mistake}");
    }

    #[test]
    fn what_is_not_known_is_not_reported_again() {
        let network = "[2, 2, 1] -> [8] { conv2d(1, kernel = 3), reshape([8]) }";
        assert_eq!(mistakes(network).len(), 1);
    }
}
