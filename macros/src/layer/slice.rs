//! A part of a tensor along one axis.

use proc_macro2::Span;

use super::{Check, Kind, Layer, strided};
use crate::{
    plan::{Buf, Strided, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

const DOC: &str = "\
A part along one axis, over any shape: the elements from `start` up to but without `end`, every `step`th.

- `start = 0`: the first element, counted from 0.
- `end`: the element after the last, by default the size of the axis.
- `axis = 0`: the axis, counted from 0: of a sequence time, of an image height.
- `step = 1`: from one element to the next.";

pub(super) const KIND: Kind = Kind {
    keyword: "slice",
    doc: DOC,
    args: &["start", "end", "axis", "step"],
    examples: &[
        "[6, 2] -> [3, 2] { tanh, slice(1, end = 4) }",
        "[2, 7, 2] -> [2, 3, 2] { slice(1, axis = 1, step = 2, end = 7), tanh }",
        "[5] -> [2] { slice(3) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Slice {
    start: Option<Spanned<usize>>,
    end: Option<Spanned<usize>>,
    axis: Option<Spanned<usize>>,
    step: usize,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (start, end, axis) = (args.whole("start"), args.whole("end"), args.whole("axis"));
    let step = args.count_or("step", 1)?.value;
    Some(Box::new(Slice { start: start?, end: end?, axis: axis?, step }))
}

impl Slice {
    fn axis(&self) -> usize {
        self.axis.map_or(0, |axis| axis.value)
    }

    fn start(&self) -> usize {
        self.start.map_or(0, |start| start.value)
    }

    /// The elements of an axis of this size; reports it where these are none.
    fn count(&self, size: &Dim, input: &Shape, check: &mut Check<'_>) -> Dim {
        let Some(size) = size.literal() else {
            if !size.is_unknown() {
                check
                    .error(check.keyword, "`slice` goes over a symbolic size")
                    .found(input)
                    .expected("a literal size");
            }
            return Dim::Unknown;
        };
        let (start, end) = (self.start(), self.end.map_or(size, |end| end.value));
        if let Some(end) = self.end.filter(|end| end.value > size) {
            self.report(end.span, format!("end {} lies beyond the {size} elements", end.value))
                .show(format!("at most {size}"), input, check);
            return Dim::Unknown;
        }
        if start >= end {
            let span = self.start.or(self.end).map_or(check.keyword, |given| given.span);
            self.report(span, format!("`slice` from {start} to {end} is empty")).show(
                format!("a start below {end}"),
                input,
                check,
            );
            return Dim::Unknown;
        }
        Dim::from((end - start).div_ceil(self.step))
    }

    fn report(&self, span: Span, message: String) -> Report {
        Report { span, message, axis: self.axis() }
    }

    fn view(&self, cx: &Lower<'_>) -> Strided {
        let (mut start, mut step) = (vec![0; cx.input().rank()], vec![1; cx.input().rank()]);
        (start[self.axis()], step[self.axis()]) = (self.start(), self.step);
        strided::part(cx.input(), cx.output(), &start, &step)
    }
}

/// What is wrong with the bounds of an axis.
struct Report {
    span: Span,
    message: String,
    axis: usize,
}

impl Report {
    fn show(self, expected: String, input: &Shape, check: &mut Check<'_>) {
        check
            .error(self.span, self.message)
            .found(format!("axis {} of {input}", self.axis))
            .expected(expected);
    }
}

impl Layer for Slice {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let mut dims = input.dims().to_vec();
        match dims.get(self.axis()).cloned() {
            Some(size) => dims[self.axis()] = self.count(&size, input, check),
            None => {
                let span = self.axis.map_or(check.keyword, |axis| axis.span);
                check
                    .error(span, format!("there is no axis {}", self.axis()))
                    .found(input)
                    .expected(format!("an axis below {}", input.rank()));
            }
        }
        Shape(dims)
    }

    fn canonical(&self) -> String {
        let end = self.end.map_or(String::new(), |end| format!(", end = {}", end.value));
        format!("{}{end}, axis = {}, step = {}", self.start(), self.axis(), self.step)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let view = self.view(cx);
        strided::gather(cx, view)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let view = self.view(cx);
        strided::gather_grad(cx, dy, view)
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn output_and_canonical_words() {
        let model = model("[7, 2] -> [3, 2] { slice(1, step = 2) }");
        assert_eq!(model.nodes[0].layer.canonical(), "1, axis = 0, step = 2");
    }

    #[test]
    fn forward_and_backward() {
        assert_eq!(training("[5] -> [2] { slice(3) }"), [["Gather"], ["Scatter"]]);
    }

    #[test]
    fn bounds_lie_inside() {
        let beyond = mistake("[5, 2] -> [5, 2] { slice(0, end = 6) }");
        assert!(beyond.starts_with("end 6 lies beyond the 5 elements"), "{beyond}");
        let empty = mistake("[5, 2] -> [5, 2] { slice(5) }");
        assert!(empty.starts_with("`slice` from 5 to 5 is empty"), "{empty}");
        let axis = mistake("[5, 2] -> [5, 2] { slice(1, axis = 2) }");
        assert!(axis.starts_with("there is no axis 2"), "{axis}");
    }
}
