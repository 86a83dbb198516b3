//! From a declaration to a model: every mistake is reported, and no mistake twice.

use super::{Model, Node, Source, ends, names, sayings, table::Row};
use crate::{
    diag::Diagnostics,
    layer::{self, Check, Head, Init, Kind, Layer},
    shape::{Dim, Shape},
    syntax::{Call, ScalarType, Spec, args::Args},
};

/// Checks a declaration. The model is whole where nothing was reported; else it holds what can be
/// known.
pub(crate) fn check(spec: &Spec, diagnostics: &mut Diagnostics) -> Model {
    let kinds: Vec<_> = spec.calls.iter().map(|call| kind(call, diagnostics)).collect();
    let names = names::names(&spec.calls, &kinds, diagnostics);
    let mut checker = Checker::new(spec, diagnostics);
    for ((call, kind), name) in spec.calls.iter().zip(kinds).zip(names) {
        checker.layer(call, kind, name);
    }
    checker.finish(spec)
}

/// The kind of a layer; of a misspelt one that is reported the likeliest.
fn kind(call: &Call, diagnostics: &mut Diagnostics) -> Option<&'static Kind> {
    let keyword = call.keyword.to_string();
    if call.broken {
        return None;
    }
    layer::find(&keyword).or_else(|| {
        let similar = layer::similar(&keyword);
        let error =
            diagnostics.error(call.keyword.span(), format!("there is no layer `{keyword}`"));
        match similar {
            Some(kind) => error.help(format!("did you mean `{}`?", kind.keyword)),
            None => error.expected(format!("one of {}", layer::keywords().join(", "))),
        };
        similar
    })
}

struct Checker<'a> {
    diagnostics: &'a mut Diagnostics,
    model: Model,
    rows: Vec<Row>,
    /// The shape that the next layer sees; of unknown rank after a layer that is not understood.
    shape: Shape,
}

impl<'a> Checker<'a> {
    fn new(spec: &Spec, diagnostics: &'a mut Diagnostics) -> Self {
        let input = spec.input.value.clone();
        Self {
            diagnostics,
            rows: vec![Row::input(&input)],
            shape: input.clone(),
            model: Model {
                name: spec.name.to_string(),
                scalar: match spec.scalar {
                    ScalarType::F32 => "f32",
                    ScalarType::F64 => "f64",
                },
                nodes: Vec::new(),
                input,
                output: spec.output.value.clone(),
                head: Head::Plain,
            },
        }
    }

    fn layer(&mut self, call: &Call, kind: Option<&'static Kind>, name: String) {
        let read = kind.and_then(|kind| Some((kind, self.read(kind, call)?)));
        let Some((kind, layer)) = read else {
            self.shape = Shape::unknown();
            self.rows.push(Row::unknown(&name));
            return;
        };
        let (input, output) = self.shapes(call, layer.as_ref(), &name);
        self.shape = output.clone();
        let Some(input) = input else {
            self.rows.push(Row::unknown(&name));
            return;
        };
        let node = self.node(call, kind, name, layer, input, output);
        self.rows.push(Row::node(&node));
        self.check_freeze(call, &node);
        self.model.nodes.push(node);
    }

    /// The layer with its arguments. A misspelt one is only guessed, so nothing is said of its
    /// arguments, and it is not understood if they do not fit.
    fn read(&mut self, kind: &'static Kind, call: &Call) -> Option<Box<dyn Layer>> {
        if call.keyword == kind.keyword {
            return read(kind, call, self.diagnostics);
        }
        let mut guess = Diagnostics::default();
        let layer = read(kind, call, &mut guess);
        if guess.discard() { None } else { layer }
    }

    /// The input and the output of a layer. The input is one that the layer takes: where the one it
    /// has is wrong or unknown, one of unknown sizes; `None` where even its rank is not known.
    fn shapes(&mut self, call: &Call, layer: &dyn Layer, name: &str) -> (Option<Shape>, Shape) {
        if self.shape.is_unknown() {
            return probe(call, layer);
        }
        let before = self.diagnostics.len();
        let mut check = Check { keyword: call.keyword.span(), diagnostics: self.diagnostics };
        let output = layer.output(&self.shape, &mut check);
        if self.diagnostics.len() == before {
            return (Some(self.shape.clone()), output);
        }
        let mut rows = self.rows.clone();
        rows.push(Row::wrong(name));
        self.diagnostics.attach_table(|| Row::render(&rows));
        (probe(call, layer).0, output)
    }

    fn node(
        &self,
        call: &Call,
        kind: &'static Kind,
        name: String,
        layer: Box<dyn Layer>,
        input: Shape,
        output: Shape,
    ) -> Node {
        let last = self.model.nodes.len().checked_sub(1);
        Node {
            name,
            kind,
            span: call.keyword.span(),
            inputs: vec![last.map_or(Source::Input, Source::Node)],
            params: layer.params(&input),
            macs: layer.macs(&input, &output),
            note: layer.note(&input),
            frozen: call.freeze.is_some(),
            layer,
            input,
            output,
        }
    }

    fn check_freeze(&mut self, call: &Call, node: &Node) {
        if let Some(freeze) = call.freeze.filter(|_| node.params.is_empty()) {
            self.diagnostics
                .error(freeze, format!("`{}` has no parameters to freeze", node.name))
                .help("remove `#[freeze]`");
        }
    }

    fn finish(mut self, spec: &Spec) -> Model {
        resolve_inits(&mut self.model.nodes);
        let head = self.model.head_node();
        self.model.head = head.map_or(Head::Plain, |node| self.model.nodes[node].layer.head());
        sayings::check(&self.model, self.diagnostics);
        if let Some(node) = ends::check_sizes(spec, &self.model, self.diagnostics) {
            self.diagnostics.attach_table(|| Row::render(Row::up_to(&node.name, &self.rows)));
        }
        ends::check_output(spec, &self.model, &self.shape, self.diagnostics);
        self.diagnostics.attach_table(|| Row::render(&self.rows));
        self.model
    }
}

fn read(kind: &'static Kind, call: &Call, diagnostics: &mut Diagnostics) -> Option<Box<dyn Layer>> {
    let mut args = Args::new(kind, call, diagnostics);
    let layer = (kind.parse)(&mut args)?;
    args.finish();
    Some(layer)
}

/// What a layer makes of an input of which nothing is known: the outputs for all ranks that it takes,
/// if they are the same, and an input of such a rank.
fn probe(call: &Call, layer: &dyn Layer) -> (Option<Shape>, Shape) {
    let taken = [3, 1, 2].into_iter().filter_map(|rank| {
        let input = Shape(vec![Dim::Unknown; rank]);
        let mut diagnostics = Diagnostics::default();
        let mut check = Check { keyword: call.keyword.span(), diagnostics: &mut diagnostics };
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

/// Weights take the initialiser that the next layer asks for; layers without weights and wishes of
/// their own, such as pools and normalisation, pass the wish on.
fn resolve_inits(nodes: &mut [Node]) {
    let mut after = Init::GlorotUniform;
    for node in nodes.iter_mut().rev() {
        let mut weights = false;
        for param in &mut node.params {
            weights |= param.decays;
            param.init.get_or_insert(after);
        }
        match node.kind.init_before {
            Some(init) => after = init,
            None if weights => after = Init::GlorotUniform,
            None => {}
        }
    }
}
