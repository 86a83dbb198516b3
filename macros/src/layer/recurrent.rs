//! What recurrent layers share: shape rule, parameters and steps, of one direction or of both.

use super::{Check, Init, Layer, Pace, Param, convolution::weight};
use crate::{
    plan::{Arrange, Buf, Cell, Elementwise, Product, Recurrence, Sequence, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

/// The arguments that all have, in order.
pub(super) const ARGS: &[&str] = &[
    "units",
    "return_sequences",
    "bidirectional",
    "bias",
    "init",
    "recurrent_init",
    "bias_init",
    "l1",
    "l2",
    "max_norm",
];

#[derive(Debug)]
pub(super) struct Recurrent {
    keyword: &'static str,
    cell: Cell,
    units: Dim,
    sequences: bool,
    bidirectional: bool,
    bias: bool,
    init: Option<Init>,
    recurrent_init: Option<Init>,
    bias_init: Option<Init>,
}

/// Reads what all have.
pub(super) fn parse(args: &mut Args<'_>, keyword: &'static str, cell: Cell) -> Option<Recurrent> {
    let units = args.dim("units");
    let flags = [("return_sequences", false), ("bidirectional", false), ("bias", true)];
    let flags = flags.map(|(key, default)| args.flag_or(key, default));
    let inits = ["init", "recurrent_init", "bias_init"].map(|key| args.init(key));
    let ([sequences, bidirectional, bias], [init, recurrent_init, bias_init]) = (flags, inits);
    Some(Recurrent {
        keyword,
        cell,
        units: units?.value,
        sequences: sequences?.value,
        bidirectional: bidirectional?.value,
        bias: bias?.value,
        init: init?,
        recurrent_init: recurrent_init?,
        bias_init: bias_init?,
    })
}

/// The names of what one direction has.
struct Direction {
    reverse: bool,
    weight: &'static str,
    recurrent_weight: &'static str,
    bias: &'static str,
    recurrent_bias: &'static str,
    y: &'static str,
    gates: &'static str,
    before: &'static str,
    cells: &'static str,
}

const FORWARD: Direction = Direction {
    reverse: false,
    weight: "weight",
    recurrent_weight: "recurrent_weight",
    bias: "bias",
    recurrent_bias: "recurrent_bias",
    y: "forward",
    gates: "gates",
    before: "before",
    cells: "cells",
};

const BACKWARD: Direction = Direction {
    reverse: true,
    weight: "backward_weight",
    recurrent_weight: "backward_recurrent_weight",
    bias: "backward_bias",
    recurrent_bias: "backward_recurrent_bias",
    y: "backward",
    gates: "backward_gates",
    before: "backward_before",
    cells: "backward_cells",
};

impl Recurrent {
    fn directions(&self) -> &'static [Direction] {
        if self.bidirectional { &[FORWARD, BACKWARD] } else { &[FORWARD] }
    }

    /// Whether the recurrent sums have a bias of their own, inside the reset of a GRU.
    fn has_recurrent_bias(&self) -> bool {
        self.bias && self.cell == Cell::Gru
    }

    /// Features of the output.
    fn features(&self) -> Dim {
        Dim::product([Dim::from(self.directions().len()), self.units.clone()])
    }

    fn width(&self) -> Dim {
        Dim::product([Dim::from(self.cell.gates()), self.units.clone()])
    }

    fn sizes(&self, cx: &Lower<'_>, direction: &Direction) -> Recurrence {
        let steps = cx.input().dims()[0].clone();
        let last = Dim::from(steps.literal().map_or(2, |steps| steps.min(2)));
        let slots = if cx.training() { steps.clone() } else { last };
        let (reverse, sequences, units) = (direction.reverse, self.sequences, self.units.clone());
        Recurrence { cell: self.cell, steps, units, slots, reverse, sequences }
    }

    fn params_of(&self, direction: &Direction, features: &Dim) -> Vec<Param> {
        let (units, width) = (&self.units, self.width());
        let matrix = |name, rows: &Dim, init| {
            let shape = Shape(vec![rows.clone(), width.clone()]);
            weight(name, shape, Some(init), [rows.clone(), width.clone()])
        };
        let kernel = self.init.unwrap_or(Init::GlorotUniform);
        let recurrent = self.recurrent_init.unwrap_or(Init::Orthogonal);
        let default = if self.cell == Cell::Lstm { Init::UnitForget } else { Init::Zeros };
        let init = self.bias_init.unwrap_or(default);
        let bias = |name| {
            let [fan_in, fan_out] = [features.clone(), width.clone()];
            Param { name, ..Param::bias(width.clone(), Some(init), fan_in, fan_out) }
        };
        let weights = [
            matrix(direction.weight, features, kernel),
            matrix(direction.recurrent_weight, units, recurrent),
        ];
        let own = self.bias.then(|| bias(direction.bias));
        let second = self.has_recurrent_bias().then(|| bias(direction.recurrent_bias));
        weights.into_iter().chain(own).chain(second).collect()
    }

    /// Appends the states `y` of one direction.
    fn forward_of(&self, cx: &mut Lower<'_>, direction: &Direction, y: Buf) {
        let (x, w, sizes) = (cx.x(), cx.param(direction.weight), self.sizes(cx, direction));
        let gates = cx.new_row(direction.gates, sizes.gates());
        let (m, k, n) = (sizes.steps.clone(), cx.input().channels(), sizes.width());
        cx.push(Product::Gemm { y: gates, x, w, bias: None, fun: None, m, k, n });
        if self.bias {
            cx.push(Product::AddBias { y: gates, bias: cx.param(direction.bias) });
        }
        let before = cx.new_row(direction.before, sizes.states());
        let cells = self.cell.has_cells().then(|| cx.new_row(direction.cells, sizes.states()));
        let packed = cx.new_fixed("packed", sizes.packed());
        let u = cx.param(direction.recurrent_weight);
        let bias = self.has_recurrent_bias().then(|| cx.param(direction.recurrent_bias));
        cx.keep(direction.gates, gates);
        cx.keep(direction.before, before);
        cells.into_iter().for_each(|cells| cx.keep(direction.cells, cells));
        cx.push(Sequence::Recur { y, gates, before, cells, packed, u, bias, sizes });
    }

    /// Appends the gradients of [`Self::forward_of`], into `dx` that of the input.
    fn backward_of(&self, cx: &mut Lower<'_>, direction: &Direction, dy: Buf, dx: Buf) {
        let sizes = self.sizes(cx, direction);
        let [gates, before] = [direction.gates, direction.before].map(|name| cx.kept(name));
        let cells = self.cell.has_cells().then(|| cx.kept(direction.cells));
        let recurrent = (self.cell == Cell::Gru).then(|| cx.new_row("drecurrent", sizes.gates()));
        let carry =
            self.cell.has_cells().then(|| cx.new_row("carry", Shape::flat(self.units.clone())));
        let packed = cx.new_fixed("packed", sizes.packed());
        let u = cx.param(direction.recurrent_weight);
        let (m, n) = (sizes.steps.clone(), sizes.width());
        cx.push(Sequence::RecurGrad {
            gates,
            recurrent,
            carry,
            packed,
            dy,
            u,
            before,
            cells,
            sizes,
        });
        let products = recurrent.unwrap_or(gates);
        self.bias_gradients(cx, direction, [gates, products]);
        let (x, k) = (cx.x(), cx.input().channels());
        for (weight, x, dy, k) in [
            (direction.weight, x, gates, k.clone()),
            (direction.recurrent_weight, before, products, self.units.clone()),
        ] {
            if let Some(dw) = cx.grad(weight) {
                cx.push(Product::GemmGradWeight { dw, x, dy, m: m.clone(), k, n: n.clone() });
            }
        }
        let w = cx.param(direction.weight);
        cx.push(Product::GemmGradInput { dx, dy: gates, w, m, k, n });
    }

    fn bias_gradients(&self, cx: &mut Lower<'_>, direction: &Direction, gradients: [Buf; 2]) {
        let names = [
            self.bias.then_some(direction.bias),
            self.has_recurrent_bias().then_some(direction.recurrent_bias),
        ];
        for (name, dy) in names.into_iter().zip(gradients) {
            if let Some(db) = name.and_then(|name| cx.grad(name)) {
                cx.push(Product::SumRows { db, dy });
            }
        }
    }

    /// The gradient of one direction's states.
    fn direction_gradient(&self, cx: &mut Lower<'_>, direction: &Direction, dy: Buf) -> Buf {
        let (n, width) = (self.units.clone(), self.features());
        let start = if direction.reverse { n.clone() } else { Dim::ZERO };
        let y = cx.new_row("dy", self.sizes(cx, direction).output());
        cx.push(Arrange::Split { y, x: dy, width, start, n });
        y
    }
}

impl Layer for Recurrent {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let time = expect(self.keyword, input, check);
        Shape(self.sequences.then_some(time).into_iter().chain([self.features()]).collect())
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let features = input.channels();
        let each = self.directions().iter();
        each.flat_map(|direction| self.params_of(direction, &features)).collect()
    }

    fn macs(&self, input: &Shape, _output: &Shape) -> Dim {
        let inputs = Dim::sum([input.channels(), self.units.clone()]);
        let steps = input.dims().first().cloned().unwrap_or(Dim::Unknown);
        Dim::product([Dim::from(self.directions().len()), steps, inputs, self.width()])
    }

    fn canonical(&self) -> String {
        let Self { units, sequences, bidirectional, bias, .. } = self;
        let activation = if self.cell == Cell::RnnRelu { ", activation = relu" } else { "" };
        format!(
            "{units}, return_sequences = {sequences}, bidirectional = {bidirectional}, \
             bias = {bias}{activation}"
        )
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let y = cx.new_y();
        let [forward, backward] = self.directions() else {
            self.forward_of(cx, &FORWARD, y);
            return y;
        };
        let parts = [forward, backward].map(|direction| {
            let y = cx.new_row(direction.y, self.sizes(cx, direction).output());
            self.forward_of(cx, direction, y);
            (y, self.units.clone())
        });
        cx.push(Arrange::Concat { y, parts: parts.into() });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        match (self.bidirectional, self.sequences) {
            (true, _) => Pace::Whole("without `bidirectional = true` it sees no later step"),
            (false, true) => Pace::Steps,
            (false, false) => Pace::SoFar,
        }
    }

    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, k, units) = (cx.new_y(), cx.x(), cx.input().channels(), self.units.clone());
        let state = cx.new_kept("state", Shape::flat(units.clone()));
        let has_cell = self.cell == Cell::Lstm;
        let cells = has_cell.then(|| cx.new_kept("cells", Shape::flat(units.clone())));
        let products = cx.new_row("products", Shape(vec![Dim::from(2), self.width()]));
        let [w, u] = [FORWARD.weight, FORWARD.recurrent_weight].map(|name| cx.param(name));
        let bias = self.bias.then(|| cx.param(FORWARD.bias));
        let recurrent_bias = self.has_recurrent_bias().then(|| cx.param(FORWARD.recurrent_bias));
        let cell = self.cell;
        cx.push(Sequence::RecurStep {
            y,
            x,
            state,
            cells,
            products,
            w,
            u,
            bias,
            recurrent_bias,
            cell,
            k,
            units,
        });
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let [forward, backward] = self.directions() else {
            let dx = cx.new_dx();
            self.backward_of(cx, &FORWARD, dy, dx);
            return dx;
        };
        let [a, b] = [forward, backward].map(|direction| {
            let (dy, dx) = (self.direction_gradient(cx, direction, dy), cx.new_dx());
            self.backward_of(cx, direction, dy, dx);
            dx
        });
        let dx = cx.new_dx();
        cx.push(Elementwise::Axpby { y: dx, a, b, alpha: 1.0, beta: 1.0 });
        dx
    }
}

/// The number of steps of a sequence; reports an input that surely is none.
fn expect(keyword: &str, input: &Shape, check: &mut Check<'_>) -> Dim {
    if let [time, _] = input.dims() {
        return time.clone();
    }
    if let [len] = input.dims()
        && !len.is_unknown()
    {
        check
            .error(check.keyword, format!("`{keyword}` takes a sequence"))
            .found(input)
            .expected("[time, features]")
            .help(format!(
                "add `return_sequences = true` to a recurrent layer before it, or \
                 `reshape([{len}, 1])`"
            ));
    } else {
        super::sequence::expect(keyword, input, check);
    }
    Dim::Unknown
}
