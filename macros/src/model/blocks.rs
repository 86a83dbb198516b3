//! Blocks: layers within layers.

use proc_macro2::Span;

use super::{Body as Turns, Source, check::Checker, wires::Value};
use crate::{
    layer::{Kind, Wire, repeat::MOST_TURNS},
    syntax::{Body, Call},
};

impl Checker<'_> {
    /// What is no block has no layers within.
    pub(super) fn no_braces(&mut self, call: &Call, kind: &Kind) {
        let keyword = kind.keyword;
        if let Some(block) = &call.block {
            self.diagnostics.error(block.span, format!("`{keyword}` holds no layers")).help(
                format!("write a comma after `{keyword}`, or `residual {{ .. }}` before the brace"),
            );
        }
        self.no_shortcut(call, kind);
    }

    fn no_shortcut(&mut self, call: &Call, kind: &Kind) {
        if let Some(shortcut) = &call.shortcut {
            self.diagnostics
                .error(shortcut.span, format!("`{}` has no shortcut", kind.keyword))
                .help("write it as an argument of `residual`");
        }
    }

    /// The layers of a block in braces of their own; reported where there are none.
    fn braces<'c>(&mut self, call: &'c Call, kind: &Kind, example: &str) -> &'c [Body] {
        self.diagnostics.within(call.origin.as_ref());
        let Some(block) = &call.block else {
            self.diagnostics
                .error(call.keyword.span(), format!("`{}` needs layers in braces", kind.keyword))
                .help(format!("write `{example}`"));
            return &[];
        };
        &block.bodies
    }

    /// The value of layers that start from `start`.
    fn value_of(&mut self, body: &Body, start: &Value) -> Value {
        self.current = start.clone();
        self.body(&body.calls);
        self.current.clone()
    }

    /// The layers of a used block; the name of the use is that of its last value.
    pub(super) fn used(&mut self, call: &Call, name: &str) {
        let outside = self.enter(call);
        call.bodies().for_each(|body| self.body(&body.calls));
        self.frozen = outside;
        self.diagnostics.within(call.origin.as_ref());
        self.scope.add(name, &self.current);
        self.check_freeze(call, name, false);
    }

    /// `layers(x) + shortcut(x)`.
    pub(super) fn residual(&mut self, call: &Call, kind: &'static Kind, name: String) {
        let outside = self.enter(call);
        let start = self.current.clone();
        let shortcut = call.shortcut.as_ref().map(|body| self.value_of(body, &start));
        let bodies = self.braces(call, kind, "residual { dense(10), relu }");
        self.current = start.clone();
        if bodies.len() > 1 {
            let span = bodies[1].span;
            self.diagnostics
                .error(span, "`residual` holds one list of layers")
                .help("write `parallel(add) { { dense(8) }, { dense(8), relu } }` for branches");
        }
        for body in bodies {
            if body.calls.is_empty() {
                self.diagnostics
                    .error(body.span, "a `residual` without layers doubles its input")
                    .help("write at least one layer, such as `dense(10)`");
            }
            self.value_of(body, &start);
        }
        self.frozen = outside;
        let implied = shortcut.is_none();
        let words = if implied { "the input of the block" } else { "the shortcut" };
        let span = call.keyword.span();
        let end = end(span, words.to_owned(), implied, shortcut.unwrap_or(start));
        self.layer(call, Some(kind), name, "what its layers yield", vec![end]);
    }

    /// Branches from the current value, combined.
    pub(super) fn parallel(&mut self, call: &Call, kind: &'static Kind, name: String) {
        self.no_shortcut(call, kind);
        let outside = self.enter(call);
        let start = self.current.clone();
        let example = "parallel(concat) { { dense(8) }, { dense(4), relu } }";
        let bodies = self.braces(call, kind, example);
        if let (Some(block), true) = (&call.block, bodies.len() < 2) {
            self.diagnostics
                .error(block.span, "`parallel` needs at least two branches")
                .help(format!("write `{example}`"));
        }
        let values: Vec<_> = bodies.iter().map(|body| self.value_of(body, &start)).collect();
        self.frozen = outside;
        let mut values = bodies.iter().zip(values);
        self.current = values.next().map_or(start, |(_, value)| value);
        let ends = (2..).zip(values).map(|(number, (body, value))| {
            end(body.span, format!("branch {number}"), false, value)
        });
        self.layer(call, Some(kind), name, "branch 1", ends.collect());
    }

    /// Layers that take turns, each from the value of the turn before.
    pub(super) fn repeat(&mut self, call: &Call, kind: &'static Kind, name: String) {
        self.no_shortcut(call, kind);
        let (outside, start) = (self.enter(call), self.current.clone());
        let first = self.model.nodes.len();
        let known = self.scope.enter();
        // The place of the `repeat` itself is known once its layers are.
        self.current = Value { source: Source::Turn(usize::MAX), shape: start.shape.clone() };
        let times = times(call);
        self.check_turns(call, times);
        self.turns.push(times);
        let bodies = self.braces(call, kind, "repeat(4) { dense(10), relu }");
        for body in bodies {
            self.body(&body.calls);
        }
        if let (Some(body), true) = (bodies.first(), first == self.model.nodes.len()) {
            self.diagnostics
                .error(body.span, "a `repeat` without layers does nothing")
                .help("write at least one layer, such as `dense(10)`");
        }
        self.turns.pop();
        let end = std::mem::replace(&mut self.current, start);
        self.scope.leave(known, &name);
        self.frozen = outside;
        self.check_turn(call, &name, &end);
        let nodes = first..self.model.nodes.len();
        self.layer(call, Some(kind), name, "the current value", Vec::new());
        if self.current.source == Source::Node(nodes.end) {
            self.close(Turns { times, nodes, end: end.source });
        }
    }

    /// The turns of a `repeat` within others, which tables may have a row for each of, are not absurdly
    /// many.
    fn check_turns(&mut self, call: &Call, times: usize) {
        let outside: usize = self.turns.iter().copied().fold(1, usize::saturating_mul);
        let all = outside.saturating_mul(times);
        if outside <= MOST_TURNS && all > MOST_TURNS && outside > 1 {
            let span = call.args.first().map_or(call.keyword.span(), |arg| arg.value.span());
            self.diagnostics
                .error(span, "a `repeat` within others takes too many turns")
                .found(format!("{all} turns, {times} in each of {outside} around it"))
                .expected(format!("at most {MOST_TURNS} in all"));
        }
    }

    /// Every turn yields the shape that the next one takes.
    fn check_turn(&mut self, call: &Call, name: &str, end: &Value) {
        self.diagnostics.within(call.origin.as_ref());
        let start = &self.current.shape;
        if !end.shape.agrees(start) {
            self.diagnostics
                .error(call.keyword.span(), "a turn of `repeat` yields another shape than it takes")
                .found(format!("{} from {start}", end.shape))
                .expected(format!("{start}, which the next turn takes"))
                .help("write the layer that changes the shape before or behind the `repeat`")
                .with_table();
            self.show(name);
        }
    }

    /// Ties the layers of a `repeat` to it.
    fn close(&mut self, body: Turns) {
        let index = body.nodes.end;
        let tie = |source: &mut Source| {
            if *source == Source::Turn(usize::MAX) {
                *source = Source::Turn(index);
            }
        };
        let mut body = body;
        tie(&mut body.end);
        for node in &mut self.model.nodes[body.nodes.clone()] {
            node.inputs.iter_mut().for_each(tie);
        }
        let node = &mut self.model.nodes[index];
        node.note = format!("{} turn{}", body.times, if body.times == 1 { "" } else { "s" });
        node.body = Some(body);
    }

    /// Enters a block; yields whether what is outside it is frozen.
    fn enter(&mut self, call: &Call) -> bool {
        let outside = self.frozen;
        self.frozen |= call.freeze.is_some();
        outside
    }
}

/// The number of turns, 1 where it is missing or wrong.
fn times(call: &Call) -> usize {
    match call.args.first().map(|arg| &arg.value) {
        Some(crate::syntax::Value::Int(times)) => {
            usize::try_from(times.value).unwrap_or(1).clamp(1, MOST_TURNS)
        }
        _ => 1,
    }
}

/// The end of a part of a block, which its last layer reads.
fn end(span: Span, words: String, implied: bool, value: Value) -> Wire {
    let Value { source, shape } = value;
    Wire { span, words, implied, source, shape }
}
