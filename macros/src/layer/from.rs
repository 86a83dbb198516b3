//! An earlier value becomes the current one.

use proc_macro2::Ident;

use super::{Check, Kind, Layer, Pace, combine::names};
use crate::{
    plan::{Buf, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
Continues from an earlier value: what follows reads it, and no longer the value before. It costs nothing
at run time.

- `wires`: the name of the layer to continue from, such as `from(stem)`, or `from(input)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "from",
    doc: DOC,
    args: &["wires"],
    examples: &[
        "[3] -> [2] { left: dense(4), from(input), dense(4), add(left), dense(2) }",
        "[3] -> (class: [2], value: [1]) {
            dense(4), tanh, dense(2), class: softmax, from(tanh1), value: dense(1)
        }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct From {
    wires: Vec<Ident>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let wires = args.wires()?;
    if let Some(second) = wires.get(1) {
        args.error(second.span(), "`from` continues from one value")
            .help("combine several by `add` or `concat`");
        return None;
    }
    Some(Box::new(From { wires }))
}

impl Layer for From {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        input.clone()
    }

    fn changes_values(&self) -> bool {
        false
    }

    fn wires(&self) -> &[Ident] {
        &self.wires
    }

    fn reads_current(&self) -> bool {
        false
    }

    fn canonical(&self) -> String {
        names(&self.wires)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        cx.x()
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, _cx: &mut Lower<'_>, dy: Buf) -> Buf {
        dy
    }
}
