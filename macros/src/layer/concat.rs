//! Values side by side.

use proc_macro2::Ident;

use super::{Check, Kind, Layer, Pace, combine::names};
use crate::{
    plan::{Arrange, Buf, lower::Lower},
    shape::{Dim, Shape},
};

const DOC: &str = "\
The current value and earlier ones side by side along the last dimension: from `[h, w, a]` and
`[h, w, b]` to `[h, w, a + b]`, from `[a]` and `[b]` to `[a + b]`. All other sizes are equal.

- `wires`: the names of the layers whose values come after the current one, such as `concat(skip)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "concat",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { skip: dense(4), tanh, dense(2), concat(skip), dense(2) }",
        "[2, 2, 2] -> [2, 2, 7] { a: conv2d(3, kernel = 1), tanh, conv2d(2, kernel = 1), concat(input, a) }",
        "(left: [2], right: [3]) -> [2] { tanh, concat(right), dense(2) }",
    ],
    init_before: None,
    parse: |args| {
        let wires = args.wires()?;
        let canonical = names(&wires);
        Some(Box::new(Concat { wires, canonical }))
    },
};

#[derive(Debug)]
pub(super) struct Concat {
    wires: Vec<Ident>,
    canonical: String,
}

impl Concat {
    /// Of the ends of a block.
    pub(super) fn of_ends(canonical: String) -> Box<dyn Layer> {
        Box::new(Self { wires: Vec::new(), canonical })
    }
}

/// Whether two shapes are equal but for the last size, as far as is known.
fn fit(a: &Shape, b: &Shape) -> bool {
    let before = |shape: &Shape| Shape(shape.dims()[..shape.rank() - 1].to_vec());
    a.is_unknown()
        || b.is_unknown()
        || a.rank() == b.rank() && (a.rank() == 1 || before(a).agrees(&before(b)))
}

fn help(a: &Shape, b: &Shape) -> &'static str {
    match (a.rank(), b.rank()) {
        (3, 3) => "`padding = same` keeps the height and width of an image",
        (1, 3) | (3, 1) => "add `flatten` behind the image",
        _ => "give both as many dimensions",
    }
}

impl Layer for Concat {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let mut channels = vec![input.channels()];
        for wire in check.wires {
            let known = !wire.shape.is_unknown();
            channels.push(if known { wire.shape.channels() } else { Dim::Unknown });
            if !fit(input, &wire.shape) {
                channels.push(Dim::Unknown);
                let message = format!("{} does not fit beside {}", wire.words, check.first);
                check
                    .error(wire.span, message)
                    .found(format!("{} and {input}", wire.shape))
                    .expected("shapes that differ in the last size only")
                    .help(help(input, &wire.shape));
            }
        }
        let mut output = input.clone();
        if let Some(last) = output.0.last_mut() {
            *last = Dim::sum(channels);
        }
        output
    }

    fn wires(&self) -> &[Ident] {
        &self.wires
    }

    fn canonical(&self) -> String {
        self.canonical.clone()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let y = cx.new_y();
        let first = (cx.x(), cx.input().channels());
        let others = cx.wires().iter().map(|(buf, shape)| (*buf, shape.channels()));
        let parts = [first].into_iter().chain(others).collect();
        cx.push(Arrange::Concat { y, parts });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (dx, n) = (cx.new_dx(), cx.input().channels());
        let width = cx.output().channels();
        let split = |y, start, n| Arrange::Split { y, x: dy, width: width.clone(), start, n };
        let mut start = n.clone();
        cx.push(split(dx, Dim::ZERO, n));
        for wire in 0..cx.wires().len() {
            let (dwire, n) = (cx.new_dwire(wire), cx.wires()[wire].1.channels());
            cx.push(split(dwire, start.clone(), n.clone()));
            cx.send(wire, dwire);
            start = Dim::sum([start, n]);
        }
        dx
    }
}
