//! From a declaration to a model: every mistake is reported, and no mistake twice.

use std::vec::IntoIter;

use super::{
    Model, Node, Source, ends, names, networks, ports, sayings,
    table::Row,
    wires::{Scope, Value, check_used},
};
use crate::{
    diag::Diagnostics,
    layer::{self, Check, Head, Init, Kind, Layer, Regularisation, Wire},
    shape::{Dim, Shape},
    syntax::{self, Call, ScalarType, Spec, args::Args},
};

/// Checks a declaration. The model is whole where nothing was reported; else it holds what can be
/// known.
pub(crate) fn check(spec: &Spec, diagnostics: &mut Diagnostics) -> Model {
    let calls = syntax::flat(&spec.calls);
    let kinds: Vec<_> = calls.iter().map(|call| kind(call, diagnostics)).collect();
    diagnostics.within(None);
    let names = names::names(spec, &calls, &kinds, diagnostics);
    let mut checker = Checker::new(spec, diagnostics, kinds.into_iter().zip(names).collect());
    checker.body(&spec.calls);
    checker.finish(spec)
}

/// The kind of a layer; of a misspelt one that is reported the likeliest.
fn kind(call: &Call, diagnostics: &mut Diagnostics) -> Option<&'static Kind> {
    let keyword = call.keyword.to_string();
    if call.broken || call.expanded {
        return None;
    }
    if let Some(network) = &call.network {
        let kinds = [&layer::network::NETWORK, &layer::network::CUSTOM];
        return Some(kinds[usize::from(network.custom)]);
    }
    diagnostics.within(call.origin.as_ref());
    layer::find(&keyword).or_else(|| {
        let similar = layer::similar(&keyword);
        let error =
            diagnostics.error(call.keyword.span(), format!("there is no layer `{keyword}`"));
        match similar {
            Some(kind) => error.help(format!("did you mean `{}`?", kind.keyword)),
            None if keyword.starts_with(char::is_uppercase) => error.help(format!(
                "write `{keyword} -> [7, 7, 64]` for a network, with the shape that it yields"
            )),
            None => error.expected(format!("one of {}", layer::keywords().join(", "))),
        };
        similar
    })
}

/// The kind of a layer, where it is known, and its name.
type Title = (Option<&'static Kind>, String);

/// A layer with its arguments, and what keeps its weights small.
type Read = (Box<dyn Layer>, Regularisation);

pub(super) struct Checker<'a> {
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) model: Model,
    rows: Vec<Row>,
    /// Of the layers that are still to come, in reading order.
    titles: IntoIter<Title>,
    /// The value that the next layer sees; of unknown shape after a layer that is not understood.
    pub(super) current: Value,
    pub(super) scope: Scope,
    /// Of the `repeat` around the layers, from outside in.
    pub(super) turns: Vec<usize>,
    /// Whether the layers stand in a block that is frozen.
    pub(super) frozen: bool,
}

impl<'a> Checker<'a> {
    fn new(spec: &Spec, diagnostics: &'a mut Diagnostics, titles: Vec<Title>) -> Self {
        let mut scope = Scope::new(titles.iter().map(|(_, name)| name.clone()));
        let (ports, current) = ports::inputs(spec, &mut scope);
        let named = ports.iter().map(|port| Row::input(&port.name, &port.shape));
        let one = ports.is_empty().then(|| Row::input("input", &spec.input.value));
        Self {
            diagnostics,
            rows: named.chain(one).collect(),
            titles: titles.into_iter(),
            current,
            scope,
            turns: Vec::new(),
            frozen: false,
            model: Model {
                name: spec.name.to_string(),
                scalar: match spec.scalar {
                    ScalarType::F32 => "f32",
                    ScalarType::F64 => "f64",
                },
                part: spec.part,
                nodes: Vec::new(),
                input: spec.input.value.clone(),
                ports,
                output: spec.output.value.clone(),
                ends: Vec::new(),
                head: Head::Plain,
            },
        }
    }

    /// Layers one after the other, from the current value on.
    pub(super) fn body(&mut self, calls: &[Call]) {
        for call in calls {
            let (kind, name) = self.titles.next().expect("every layer has a title");
            self.diagnostics.within(call.origin.as_ref());
            match kind.map(|kind| (kind, kind.keyword)) {
                Some((kind, "residual")) => self.residual(call, kind, name),
                Some((kind, "repeat")) => self.repeat(call, kind, name),
                Some((kind, "parallel")) => self.parallel(call, kind, name),
                _ if call.expanded => self.used(call, &name),
                _ => self.plain(call, kind, name),
            }
        }
    }

    /// A layer that is no block.
    fn plain(&mut self, call: &Call, kind: Option<&'static Kind>, name: String) {
        if let Some(kind) = kind {
            self.no_braces(call, kind);
        }
        let within: usize = call.bodies().map(|body| syntax::flat(&body.calls).len()).sum();
        self.titles.by_ref().take(within).for_each(drop);
        self.layer(call, kind, name, "the current value", Vec::new());
    }

    /// A layer that is not understood.
    pub(super) fn lose(&mut self, name: &str) {
        self.current = Value::unknown();
        self.rows.push(Row::unknown(name));
        self.scope.lose(name);
    }

    /// One layer, of the current value, and of `ends` besides where it closes a block.
    pub(super) fn layer(
        &mut self,
        call: &Call,
        kind: Option<&'static Kind>,
        name: String,
        first: &'static str,
        ends: Vec<Wire>,
    ) {
        self.diagnostics.within(call.origin.as_ref());
        let read = kind.and_then(|kind| match &call.network {
            Some(network) => {
                let mut args = Args::new(kind, call, self.diagnostics);
                let layer = layer::network::layer(network, &mut args, &name);
                args.finish();
                Some((kind, layer, Regularisation::default()))
            }
            None => {
                let (layer, regularisation) = self.read(kind, call)?;
                Some((kind, layer, regularisation))
            }
        });
        let Some((kind, layer, regularisation)) = read else { return self.lose(&name) };
        let wires = self.scope.seen(layer.wires(), call.origin.as_ref());
        let mut wires = self.scope.wires(&wires, &name, self.diagnostics);
        wires.extend(ends);
        if !layer.reads_current() && !wires.is_empty() {
            let Wire { source, shape, .. } = wires.remove(0);
            self.current = Value { source, shape };
        }
        let (input, output) = self.shapes(call, layer.as_ref(), &name, first, &wires);
        let Some(input) = input else {
            self.lose(&name);
            self.current.shape = output;
            return;
        };
        let mut node = self.node(call, kind, name, layer, input, output, &wires);
        node.regularisation = regularisation;
        self.rows.push(Row::node(&node));
        self.check_freeze(call, &node.name, !node.params.is_empty());
        self.current =
            Value { source: Source::Node(self.model.nodes.len()), shape: node.output.clone() };
        self.scope.add(&node.name, &self.current);
        self.model.nodes.push(node);
    }

    /// The layer with its arguments. A misspelt one is only guessed, so nothing is said of its
    /// arguments, and it is not understood if they do not fit.
    fn read(&mut self, kind: &'static Kind, call: &Call) -> Option<Read> {
        if call.keyword == kind.keyword {
            return read(kind, call, self.diagnostics);
        }
        let mut guess = Diagnostics::default();
        let layer = read(kind, call, &mut guess);
        if guess.discard() { None } else { layer }
    }

    /// The input and the output of a layer. The input is one that the layer takes: where the one it
    /// has is wrong or unknown, one of unknown sizes; `None` where even its rank is not known.
    fn shapes(
        &mut self,
        call: &Call,
        layer: &dyn Layer,
        name: &str,
        first: &'static str,
        wires: &[Wire],
    ) -> (Option<Shape>, Shape) {
        if self.current.shape.is_unknown() {
            return probe(call, layer);
        }
        let before = self.diagnostics.len();
        let keyword = call.keyword.span();
        let mut check = Check { keyword, first, wires, diagnostics: self.diagnostics };
        let output = layer.output(&self.current.shape, &mut check);
        if self.diagnostics.len() == before {
            return (Some(self.current.shape.clone()), output);
        }
        self.show(name);
        (probe(call, layer).0, output)
    }

    /// Gives the mistakes so far the table up to the layer in question.
    pub(super) fn show(&mut self, name: &str) {
        let mut rows = self.rows.clone();
        rows.push(Row::wrong(name));
        self.diagnostics.attach_table(|| Row::render(&rows));
    }

    #[allow(clippy::too_many_arguments)]
    fn node(
        &self,
        call: &Call,
        kind: &'static Kind,
        name: String,
        layer: Box<dyn Layer>,
        input: Shape,
        output: Shape,
        wires: &[Wire],
    ) -> Node {
        let others = wires.iter().map(|wire| wire.source);
        Node {
            name,
            kind,
            span: call.keyword.span(),
            origin: call.origin.clone(),
            inputs: [self.current.source].into_iter().chain(others).collect(),
            wires: wires.iter().map(|wire| wire.shape.clone()).collect(),
            params: layer.params(&input),
            macs: layer.macs(&input, &output),
            note: layer.note(&input),
            frozen: call.freeze.is_some() || self.frozen,
            regularisation: Regularisation::default(),
            turns: self.turns.clone(),
            body: None,
            layer,
            input,
            output,
        }
    }

    /// A layer that is frozen has parameters, of its own or of those within.
    pub(super) fn check_freeze(&mut self, call: &Call, name: &str, own: bool) {
        let within = call.bodies().flat_map(|body| syntax::flat(&body.calls));
        let within = within.filter(|inner| !inner.expanded).count();
        let mut nodes = self.model.nodes.iter().rev().take(within);
        let bare = !own && nodes.all(|node| node.params.is_empty()) && !self.scope.has_gaps();
        if let Some(freeze) = call.freeze.filter(|_| bare) {
            self.diagnostics
                .error(freeze, format!("`{name}` has no parameters to freeze"))
                .help("remove `#[freeze]`");
        }
    }

    fn finish(mut self, spec: &Spec) -> Model {
        self.diagnostics.within(None);
        let before = self.diagnostics.len();
        self.model.ends = ports::ends(spec, &self.current, &self.scope, self.diagnostics);
        let wrong_ends = self.diagnostics.len() > before;
        resolve_inits(&mut self.model.nodes);
        let heads: Vec<_> =
            self.model.ends.iter().map(|end| self.model.head_of(end.source)).collect();
        self.model.ends.iter_mut().zip(heads).for_each(|(end, head)| end.head = head);
        if let [end] = &self.model.ends[..] {
            self.model.head = end.head.0;
        }
        sayings::check(&self.model, self.diagnostics);
        networks::check(&self.model, self.diagnostics);
        let gaps = self.scope.has_gaps() || wrong_ends;
        if !gaps {
            check_used(&self.model, self.diagnostics);
            ports::check_read(&self.model, self.diagnostics);
        }
        self.diagnostics.within(None);
        if let Some(node) = ends::check_sizes(spec, &self.model, self.diagnostics) {
            self.diagnostics.attach_table(|| Row::render(Row::up_to(&node.name, &self.rows)));
        }
        self.diagnostics.within(None);
        if spec.outputs.is_empty() {
            ends::check_output(spec, &self.model, &self.current.shape, self.diagnostics);
        }
        self.diagnostics.attach_table(|| Row::render(&self.rows));
        self.model
    }
}

fn read(kind: &'static Kind, call: &Call, diagnostics: &mut Diagnostics) -> Option<Read> {
    let mut args = Args::new(kind, call, diagnostics);
    let (layer, regularisation) = ((kind.parse)(&mut args), args.regularisation());
    let layer = layer?;
    args.finish();
    Some((layer, regularisation))
}

/// What a layer makes of an input of which nothing is known: the outputs for all ranks that it takes,
/// if they are the same, and an input of such a rank.
fn probe(call: &Call, layer: &dyn Layer) -> (Option<Shape>, Shape) {
    let taken = [3, 1, 2].into_iter().filter_map(|rank| {
        let input = Shape(vec![Dim::Unknown; rank]);
        let mut diagnostics = Diagnostics::default();
        let keyword = call.keyword.span();
        let mut check = Check { keyword, first: "", wires: &[], diagnostics: &mut diagnostics };
        let output = layer.output(&input, &mut check);
        (!diagnostics.discard()).then_some((input, output))
    });
    let taken: Vec<_> = taken.collect();
    match taken.split_first() {
        Some(((input, output), others)) if others.iter().all(|(_, other)| other == output) => {
            (Some(input.clone()), output.clone())
        }
        Some(((input, _), _)) => (Some(input.clone()), Shape::unknown()),
        None => (None, Shape::unknown()),
    }
}

/// Weights take the initialiser that the first layer asks for which reads them; layers without
/// weights and wishes of their own, such as pools, normalisation and sums, pass the wish on.
fn resolve_inits(nodes: &mut [Node]) {
    let mut wishes = vec![Init::GlorotUniform; nodes.len()];
    for (index, node) in nodes.iter_mut().enumerate().rev() {
        let mut wish = wishes[index];
        let mut weights = false;
        for param in &mut node.params {
            weights |= param.decays;
            param.init.get_or_insert(wish);
        }
        wish = match node.kind.init_before {
            Some(init) => init,
            None if weights => Init::GlorotUniform,
            None => wish,
        };
        let end = node.body.as_ref().map(|body| body.end);
        for source in node.inputs.iter().copied().chain(end) {
            if let Source::Node(before) = source {
                wishes[before] = wish;
            }
        }
    }
}
