//! The axes of a tensor in another order.

use super::{
    Check, Kind, Layer,
    strided::{self, strides},
};
use crate::{
    plan::{Arrange, Buf, Strided, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

const DOC: &str = "\
Axis `k` of the output is axis `axes[k]` of the input: `permute([2, 0, 1])` goes from
`[height, width, channels]` to `[channels, height, width]`.

- `axes`: the axes of the input, counted from 0, in the order of the output.";

pub(super) const KIND: Kind = Kind {
    keyword: "permute",
    doc: DOC,
    args: &["axes"],
    examples: &[
        "[2, 3, 4] -> [4, 2, 3] { tanh, permute([2, 0, 1]) }",
        "[3, 2] -> [2, 3] { permute([1, 0]), tanh }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Permute {
    axes: Spanned<Vec<usize>>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Permute { axes: args.axes("axes")? }))
}

impl Permute {
    /// Whether every axis of the input is named once.
    fn fits(&self, input: &Shape) -> bool {
        let mut sorted = self.axes.value.clone();
        sorted.sort_unstable();
        sorted.into_iter().eq(0..input.rank())
    }

    fn view(input: &Shape, axes: &[usize]) -> Strided {
        Strided::new(input.len(), Dim::ZERO, Self::axes(input, axes))
    }

    /// The size and the stride of each axis of the output.
    fn axes(input: &Shape, axes: &[usize]) -> Vec<[Dim; 2]> {
        let strides = strides(input);
        let axes = axes.iter().map(|axis| [input.dims()[*axis].clone(), strides[*axis].clone()]);
        axes.collect()
    }
}

impl Layer for Permute {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if self.fits(input) {
            if !Strided::is_view(Self::axes(input, &self.axes.value)) {
                check
                    .error(self.axes.span, "`permute` moves more than five axes apart")
                    .found(format!("{:?} for {input}", self.axes.value))
                    .expected("an order in which neighbours that stay together make at most five")
                    .help("use `reshape` to join axes first, or two `permute` after each other");
            }
            let dims = self.axes.value.iter().map(|axis| input.dims()[*axis].clone());
            return Shape(dims.collect());
        }
        let order = |axes: &mut dyn Iterator<Item = usize>| {
            let axes: Vec<String> = axes.map(|axis| axis.to_string()).collect();
            format!("[{}]", axes.join(", "))
        };
        check
            .error(self.axes.span, "`permute` does not name every axis once")
            .found(format!("{} for {input}", order(&mut self.axes.value.iter().copied())))
            .expected(format!("the {} axes 0 to {} in some order", input.rank(), input.rank() - 1))
            .help(format!("write `permute({})`", order(&mut (0..input.rank()).rev())));
        Shape(vec![Dim::Unknown; self.axes.value.len()])
    }

    fn canonical(&self) -> String {
        format!("{:?}", self.axes.value)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let view = Self::view(cx.input(), &self.axes.value);
        strided::gather(cx, view)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let place = |axis| self.axes.value.iter().position(|named| *named == axis);
        let inverse: Vec<usize> = (0..self.axes.value.len()).filter_map(place).collect();
        let (dx, view) = (cx.new_dx(), Self::view(cx.output(), &inverse));
        cx.push(Arrange::Gather { y: dx, x: dy, view });
        dx
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn output_and_canonical_words() {
        let model = model("[7, 6, 2] -> [2, 7, 6] { permute([2, 0, 1]) }");
        assert_eq!(model.nodes[0].layer.canonical(), "[2, 0, 1]");
    }

    #[test]
    fn its_gradient_is_the_inverse_permutation() {
        let network = "[2, 3, 4] -> [4, 2, 3] { permute([2, 0, 1]) }";
        assert_eq!(training(network), [["Gather"], ["Gather"]]);
    }

    #[test]
    fn every_axis_is_named_once() {
        for axes in ["[0, 1]", "[0, 1, 1]", "[1, 2, 3]"] {
            let output = if axes == "[0, 1]" { "[2, 3]" } else { "[2, 3, 3]" };
            let mistake = mistake(&format!("[2, 3, 4] -> {output} {{ permute({axes}) }}"));
            assert!(mistake.starts_with("`permute` does not name every axis once"), "{mistake}");
            assert!(mistake.contains("help: write `permute([2, 1, 0])`"), "{mistake}");
        }
    }
}
