//! A plan in the words of the language: one step a line, then where the buffers lie.

mod arrange;
mod attend;
mod convolution;
mod elementwise;
mod nested;
mod normalization;
mod pool;
mod product;
mod random;
mod sequence;

use std::fmt::{self, Display, Formatter};

use super::{
    Attend, Buf, Buffer, Convolution, Fun, Nested, Plan, Product, Program, Sequence, Space, Step,
    Verb, Window,
};

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "parameters: {} trained, {} state", self.trained, self.state)?;
        for buffer in &self.inference.buffers {
            if let Space::Param(param) = buffer.space {
                writeln!(f, "  {}{} at {}", buffer.name, buffer.shape, self.params[param].offset)?;
            }
        }
        writeln!(f, "inference:\n{}training:", self.inference)?;
        let training = &self.training;
        let (forward, backward) = training.program.steps.split_at(training.forward);
        let (head, rest) = backward.split_at(training.head - training.forward);
        let (rest, deferred) = rest.split_at(rest.len() - training.deferred);
        let parts =
            [("forward", forward), ("head", head), ("backward", rest), ("deferred", deferred)];
        for (title, steps) in
            parts.into_iter().filter(|part| part.0 != "deferred" || !part.1.is_empty())
        {
            writeln!(f, " {title}")?;
            write_steps(f, &training.program, steps)?;
        }
        write_memory(f, &training.program)?;
        match &self.stepping {
            Some(stepping) => write!(f, "step:\n{}", stepping.program),
            None => Ok(()),
        }
    }
}

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_steps(f, self, &self.steps)?;
        write_memory(f, self)
    }
}

fn write_steps(f: &mut Formatter<'_>, program: &Program, steps: &[Step]) -> fmt::Result {
    steps.iter().try_for_each(|step| writeln!(f, "  {}", Words { program, verb: &step.verb }))
}

/// The sizes of the arenas and the place of every buffer, once `share_buffers` has set them.
fn write_memory(f: &mut Formatter<'_>, program: &Program) -> fmt::Result {
    let Some([rows, fixed, index]) = &program.sizes else { return Ok(()) };
    writeln!(f, " memory: rows {rows}, fixed {fixed}, index {index}")?;
    for buffer in &program.buffers {
        if let (Some(arena), Some(offset)) = (arena(&buffer.space), &buffer.offset) {
            writeln!(f, "  {arena} {offset} + {}: {}", buffer.shape.len(), buffer.name)?;
        }
    }
    Ok(())
}

fn arena(space: &Space) -> Option<&'static str> {
    match space {
        Space::Row => Some("rows"),
        Space::Fixed => Some("fixed"),
        Space::Index => Some("index"),
        Space::Kept => Some("kept"),
        Space::Input | Space::Param(_) | Space::Gradient(_) => None,
    }
}

/// A verb of a program, with the names of its buffers.
pub(super) struct Words<'a> {
    pub(super) program: &'a Program,
    pub(super) verb: &'a Verb,
}

impl Display for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Verb::Product(Product::AddBias { y, bias }) = self.verb {
            return write!(f, "{} += {}", self.result(*y), self.name(*bias));
        }
        let results: Vec<String> = self.results().into_iter().map(|buf| self.result(buf)).collect();
        write!(f, "{} = {}", results.join(", "), self.value())
    }
}

impl Words<'_> {
    /// What stands left of the sign: all that is written but workspace.
    fn results(&self) -> Vec<Buf> {
        match self.verb {
            Verb::Convolution(Convolution::Conv2d { y: result, .. })
            | Verb::Convolution(Convolution::Conv2dGradInput { dx: result, .. })
            | Verb::Convolution(Convolution::Conv2dGradWeight { dw: result, .. }) => vec![*result],
            Verb::Convolution(Convolution::Conv2dMaxPool2dGradWeight { dw, dbias, .. }) => {
                Some(*dw).into_iter().chain(*dbias).collect()
            }
            Verb::Nested(Nested::Repeat { y, .. })
            | Verb::Nested(Nested::NetworkTraining { y, .. }) => vec![*y],
            Verb::Sequence(Sequence::Recur { y, gates, before, cells, .. }) => {
                [*y, *gates, *before].into_iter().chain(*cells).collect()
            }
            Verb::Sequence(Sequence::RecurGrad { gates, recurrent, .. }) => {
                [*gates].into_iter().chain(*recurrent).collect()
            }
            Verb::Sequence(Sequence::CausalChain { y, .. })
            | Verb::Sequence(Sequence::RunningMean { y, .. })
            | Verb::Sequence(Sequence::RecurStep { y, .. })
            | Verb::Attend(Attend::AttentionStep { y, .. }) => vec![*y],
            Verb::Nested(Nested::RepeatGrad { dx, gradients, .. }) => {
                [*dx].into_iter().chain(gradients.iter().copied()).collect()
            }
            verb => verb.writes(),
        }
    }

    fn buffer(&self, buf: Buf) -> &Buffer {
        &self.program.buffers[buf.0]
    }

    /// A buffer that is written, with its shape unless a parameter has it.
    fn result(&self, buf: Buf) -> String {
        let Buffer { name, space, shape, .. } = self.buffer(buf);
        match space {
            Space::Param(_) | Space::Gradient(_) => name.clone(),
            _ => format!("{name}{shape}"),
        }
    }

    fn name(&self, buf: Buf) -> String {
        let Buffer { name, space, shape, .. } = self.buffer(buf);
        match space {
            Space::Input => format!("{name}{shape}"),
            _ => name.clone(),
        }
    }

    fn call(&self, word: &str, bufs: &[&Buf], rest: &str) -> String {
        let names: Vec<String> = bufs.iter().map(|buf| self.name(**buf)).collect();
        format!("{word}({}{rest})", names.join(", "))
    }

    /// `fun(sum + bias)`.
    fn epilogue(&self, sum: String, bias: Option<Buf>, fun: Option<Fun>) -> String {
        let sum = match bias {
            Some(bias) => format!("{sum} + {}", self.name(bias)),
            None => sum,
        };
        match fun {
            Some(fun) => {
                let (word, rest) = fun_words(fun);
                format!("{word}({sum}{rest})")
            }
            None => sum,
        }
    }

    fn value(&self) -> String {
        match self.verb {
            Verb::Product(verb) => self.product(verb),
            Verb::Convolution(verb) => self.convolution(verb),
            Verb::Pool(verb) => self.pool(verb),
            Verb::Normalization(verb) => self.normalization(verb),
            Verb::Elementwise(verb) => self.elementwise(verb),
            Verb::Random(verb) => self.random(verb),
            Verb::Sequence(verb) => self.sequence(verb),
            Verb::Attend(verb) => self.attend(verb),
            Verb::Arrange(verb) => self.arrange(verb),
            Verb::Nested(verb) => self.nested(verb),
        }
    }
}

/// The word of a function, and its arguments.
fn fun_words(fun: Fun) -> (&'static str, String) {
    match fun {
        Fun::Relu => ("relu", String::new()),
        Fun::LeakyRelu(slope) => ("leaky_relu", format!(", {slope}")),
        Fun::Clamp(lo, hi) => ("clamp", format!(", {lo}, {hi}")),
        Fun::Elu { alpha, scale: 1.0 } => ("elu", format!(", {alpha}")),
        Fun::Elu { alpha, scale } => ("elu", format!(", {alpha}, scale = {scale}")),
        Fun::Gelu => ("gelu", String::new()),
        Fun::GeluTanh => ("gelu_tanh", String::new()),
        Fun::Silu => ("silu", String::new()),
        Fun::Sigmoid => ("sigmoid", String::new()),
        Fun::HardSigmoid => ("hard_sigmoid", String::new()),
        Fun::Tanh => ("tanh", String::new()),
        Fun::Softplus => ("softplus", String::new()),
        Fun::Softsign => ("softsign", String::new()),
        Fun::HardSwish => ("hard_swish", String::new()),
        Fun::Mish => ("mish", String::new()),
    }
}

fn unusual(window: &Window) -> String {
    let arguments = [
        ("stride", window.stride, 1),
        ("padding", window.padding, 0),
        ("dilation", window.dilation, 1),
    ];
    let unusual = arguments.into_iter().filter(|(_, pair, usual)| *pair != [*usual; 2]);
    unusual.map(|(name, [height, width], _)| format!(", {name} = ({height}, {width})")).collect()
}
