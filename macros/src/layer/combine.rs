//! What all layers share that make one value of several, element by element: a file of its own gives
//! each its name. Over an image, a named value may be one for each channel: `spread.rs`.

use proc_macro2::Ident;

use super::{Check, Layer, Pace, Wire, spread};
use crate::{
    plan::{Buf, Elementwise, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

/// How values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Add,
    Subtract,
    Multiply,
    Maximum,
    Average,
}

impl Way {
    /// Whether a value for each channel may stand for one of every pixel.
    fn spreads(self) -> bool {
        matches!(self, Self::Add | Self::Subtract | Self::Multiply)
    }
}

/// A layer that combines its input with other values of the same shape.
#[derive(Debug)]
pub(super) struct Combine {
    way: Way,
    wires: Vec<Ident>,
    canonical: String,
}

impl Combine {
    /// Of the current value and the named ones.
    pub(super) fn of_wires(way: Way, args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
        let wires = args.wires()?;
        let canonical = names(&wires);
        Some(Box::new(Self { way, wires, canonical }))
    }

    /// Of the ends of a block.
    pub(super) fn of_ends(way: Way, canonical: String) -> Box<dyn Layer> {
        Box::new(Self { way, wires: Vec::new(), canonical })
    }

    /// `y = f(a, b)`, the operand `index` of `count`.
    fn verb(&self, y: Buf, a: Buf, b: Buf, index: usize, count: usize) -> Elementwise {
        let share = share(count);
        match self.way {
            Way::Add => Elementwise::Axpby { y, a, b, alpha: 1.0, beta: 1.0 },
            Way::Subtract => Elementwise::Axpby { y, a, b, alpha: 1.0, beta: -1.0 },
            Way::Average if index == 1 => Elementwise::Axpby { y, a, b, alpha: share, beta: share },
            Way::Average => Elementwise::Axpby { y, a, b, alpha: 1.0, beta: share },
            Way::Multiply => Elementwise::Multiply { y, a, b },
            Way::Maximum => Elementwise::Maximum { y, a, b },
        }
    }

    fn gradients(&self, cx: &mut Lower<'_>, dy: Buf, count: usize) -> Vec<Buf> {
        match self.way {
            Way::Add => vec![dy; count],
            Way::Average => vec![scaled(cx, dy, share(count)); count],
            Way::Subtract => {
                let mut gradients = vec![scaled(cx, dy, -1.0); count];
                gradients[0] = dy;
                gradients
            }
            Way::Multiply => {
                fold_back(cx, dy, |d, dy, _, b| Elementwise::Multiply { y: d, a: dy, b })
            }
            Way::Maximum => {
                fold_back(cx, dy, |d, dy, a, b| Elementwise::MaximumGrad { da: d, dy, a, b })
            }
        }
    }

    /// Whether one for each channel may be among the values.
    fn spreads(&self) -> bool {
        self.way.spreads() && !self.wires.is_empty()
    }

    fn report(&self, input: &Shape, wire: &Wire, check: &mut Check<'_>) {
        let how = match self.way {
            Way::Add => "added to",
            Way::Subtract => "subtracted from",
            Way::Multiply => "multiplied by",
            Way::Maximum => "compared with",
            Way::Average => "averaged with",
        };
        let first = check.first;
        let image = [input, &wire.shape].into_iter().find(|shape| shape.rank() == 3);
        let channels = image.filter(|_| self.spreads()).map(Shape::channels);
        let expected =
            channels.as_ref().map(|c| format!(", or [{c}] or [1, 1, {c}], one for each channel"));
        check
            .error(wire.span, format!("{} cannot be {how} {first}", wire.words))
            .found(format!("{} and {input}", wire.shape))
            .expected(format!("equal shapes{}", expected.unwrap_or_default()))
            .help(match (adapter(&wire.shape, input), channels) {
                (_, Some(c)) if wire.shape.rank() == 1 => {
                    format!("`dense({c})` makes one for each channel of {}", wire.words)
                }
                (_, Some(c)) if input.rank() == 1 => {
                    format!("`dense({c})` before it makes one for each channel")
                }
                (Some(layer), _) if wire.implied => {
                    format!("write `residual(shortcut = {{ {layer} }})`")
                }
                (Some(layer), _) => format!("`{layer}` makes {input} of {}", wire.words),
                (None, _) => format!("give {} the shape {input}", wire.words),
            });
    }
}

/// `stem, skip`.
pub(super) fn names(wires: &[Ident]) -> String {
    wires.iter().map(Ident::to_string).collect::<Vec<_>>().join(", ")
}

#[allow(clippy::cast_precision_loss)]
fn share(count: usize) -> f64 {
    1.0 / count as f64
}

/// The layer that makes the one shape of the other, where a simple one does.
fn adapter(from: &Shape, to: &Shape) -> Option<String> {
    let literals =
        |shape: &Shape| -> Option<Vec<usize>> { shape.dims().iter().map(Dim::literal).collect() };
    match (&literals(from)?[..], &literals(to)?[..]) {
        ([_], [n]) => Some(format!("dense({n})")),
        ([h, w, _], [to_h, to_w, c]) => {
            let by =
                |stride: &usize| (h - 1) / stride + 1 == *to_h && (w - 1) / stride + 1 == *to_w;
            let stride = (1..=8).find(by)?;
            let stride = if stride > 1 { format!(", stride = {stride}") } else { String::new() };
            Some(format!("conv2d({c}, kernel = 1{stride})"))
        }
        _ => None,
    }
}

/// The input and the wires, each of the shape of the output.
fn operands(cx: &mut Lower<'_>) -> Vec<Buf> {
    let input = (cx.x(), cx.input().clone());
    let operands: Vec<_> = [input].into_iter().chain(cx.wires().iter().cloned()).collect();
    operands.into_iter().map(|(buf, shape)| spread::to_output(cx, buf, &shape)).collect()
}

/// A new buffer for the gradient of an operand that has the shape of the output.
fn new_gradient(cx: &mut Lower<'_>) -> Buf {
    let shape = cx.output().clone();
    if *cx.input() == shape { cx.new_dx() } else { cx.new_row("dwhole", shape) }
}

fn scaled(cx: &mut Lower<'_>, x: Buf, alpha: f64) -> Buf {
    let y = new_gradient(cx);
    cx.push(Elementwise::Scale { y, x, alpha });
    y
}

/// The gradients of `y = f(f(x0, x1), x2) ..`, from the last operand to the first; `grad(d, dy, a, b)`
/// computes that of `a`.
fn fold_back(
    cx: &mut Lower<'_>,
    mut dy: Buf,
    grad: impl Fn(Buf, Buf, Buf, Buf) -> Elementwise,
) -> Vec<Buf> {
    let operands = operands(cx);
    let mut gradients = Vec::new();
    for index in (1..operands.len()).rev() {
        let a = if index == 1 { operands[0] } else { cx.stage(index - 2) };
        let b = operands[index];
        let [da, db] = [(a, b), (b, a)].map(|(of, other)| {
            let d = new_gradient(cx);
            cx.push(grad(d, dy, of, other));
            d
        });
        gradients.push(db);
        dy = da;
    }
    gradients.push(dy);
    gradients.reverse();
    gradients
}

impl Layer for Combine {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let spreads = self.spreads();
        let is_image = |wire: &&Wire| spreads && spread::could_fit(input, &wire.shape);
        let output = check.wires.iter().find(is_image).map_or(input, |wire| &wire.shape);
        let fits = |shape: &Shape| shape.agrees(output) || spreads && spread::fits(shape, output);
        let wrong = |shape: &Shape| !fits(shape) || shape == output && !fits(input);
        for wire in check.wires.iter().filter(|wire| wrong(&wire.shape)) {
            self.report(input, wire, check);
        }
        output.clone()
    }

    fn wires(&self) -> &[Ident] {
        &self.wires
    }

    fn canonical(&self) -> String {
        self.canonical.clone()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let operands = operands(cx);
        let mut y = operands[0];
        for (index, b) in operands.iter().enumerate().skip(1) {
            let a = y;
            y = cx.new_y();
            cx.push(self.verb(y, a, *b, index, operands.len()));
            cx.keep_stage(y);
        }
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let count = 1 + cx.wires().len();
        let gradients = self.gradients(cx, dy, count);
        for (wire, gradient) in gradients[1..].iter().enumerate() {
            let shape = cx.wires()[wire].1.clone();
            let gradient = spread::back(cx, *gradient, &shape, |cx| cx.new_dwire(wire));
            cx.send(wire, gradient);
        }
        let input = cx.input().clone();
        spread::back(cx, gradients[0], &input, |cx| cx.new_dx())
    }
}
