//! The model: a declaration whose layers are known and whose shapes are computed.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;

use crate::{
    diag::Diagnostics,
    layer::{self, Check, Head, Init, Kind, Layer, Param},
    shape::{Dim, MAX_SCALARS, Shape},
    syntax::{self, Call, Spec, args::Args},
};

/// Version of the memory layouts and canonical words: weight files of another do not match.
const LAYOUT_VERSION: u32 = 1;

/// A network as a graph of layers in topological order.
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) scalar: &'static str,
    pub(crate) nodes: Vec<Node>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    pub(crate) head: Head,
}

/// What a node reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Input,
    Node(usize),
}

/// One layer in its place.
pub(crate) struct Node {
    /// Given, or keyword and ordinal.
    pub(crate) name: String,
    pub(crate) kind: &'static Kind,
    pub(crate) layer: Box<dyn Layer>,
    /// The keyword's token.
    pub(crate) span: Span,
    pub(crate) inputs: Vec<Source>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    /// With initialisers resolved.
    pub(crate) params: Vec<Param>,
    pub(crate) macs: Dim,
    pub(crate) note: String,
    pub(crate) frozen: bool,
}

impl Node {
    /// The number of scalars of its parameters.
    pub(crate) fn parameters(&self) -> Dim {
        Dim::sum(self.params.iter().map(|param| param.shape.len()))
    }
}

impl Model {
    /// The head: the last layer that changes values, where losses know it.
    pub(crate) fn head_node(&self) -> Option<usize> {
        let last = self.nodes.iter().rposition(|node| node.layer.changes_values())?;
        (self.nodes[last].layer.head() != Head::Plain).then_some(last)
    }

    /// The declaration in canonical words, a line a layer: what weight files are checked against.
    pub(crate) fn architecture(&self) -> String {
        let mut text = format!("layout {LAYOUT_VERSION}\nscalar {}\ninput {}", self.scalar, self.input);
        for node in &self.nodes {
            let (name, keyword) = (&node.name, node.kind.keyword);
            let arguments = node.layer.canonical();
            text.push_str(&format!("\n{name}: {keyword}({arguments}) -> {}", node.output));
        }
        text
    }

    /// FNV-1a of the architecture, in hexadecimal.
    pub(crate) fn fingerprint(&self) -> String {
        let hash = self.architecture().bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        format!("{hash:016x}")
    }
}

/// Checks a declaration: every mistake is reported, and the model is whole as far as it can be known.
pub(crate) fn check(spec: &Spec, diagnostics: &mut Diagnostics) -> Model {
    let mut model = Model {
        name: spec.name.to_string(),
        scalar: match spec.scalar {
            syntax::ScalarType::F32 => "f32",
            syntax::ScalarType::F64 => "f64",
        },
        nodes: Vec::new(),
        input: spec.input.value.clone(),
        output: spec.output.value.clone(),
        head: Head::Plain,
    };
    let names = names(spec, diagnostics);
    let mut complete = true;
    for (call, name) in spec.calls.iter().zip(names) {
        complete &= node(&mut model, call, name, complete, diagnostics);
    }
    resolve_inits(&mut model.nodes);
    model.head = model.head_node().map_or(Head::Plain, |node| model.nodes[node].layer.head());
    if complete {
        check_output(spec, &model, diagnostics);
    }
    check_size(spec, &model, diagnostics);
    model
}

/// Appends the node of a call; `false` where the layer is not known or its arguments are wrong, after
/// which shapes are unknown. `complete` says whether all layers before it are known.
fn node(
    model: &mut Model,
    call: &Call,
    name: String,
    complete: bool,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some(kind) = find(call, diagnostics) else { return false };
    let mut args = Args::new(call, kind.args, diagnostics);
    let Some(layer) = (kind.parse)(&mut args) else { return false };
    if !complete {
        return true;
    }
    let input = model.nodes.last().map_or(&model.input, |node| &node.output).clone();
    let first = diagnostics.len();
    let mut check = Check { keyword: call.keyword.span(), diagnostics };
    let output = layer.output(&input, &mut check);
    for diagnostic in diagnostics.since(first) {
        if diagnostic.with_table {
            diagnostic.table = Some(model.table_until(&name, &output));
        }
    }
    let source = model.nodes.len().checked_sub(1).map_or(Source::Input, Source::Node);
    let params = layer.params(&input);
    model.nodes.push(Node {
        name,
        kind,
        span: call.keyword.span(),
        inputs: vec![source],
        params,
        macs: layer.macs(&input, &output),
        note: layer.note(&input),
        frozen: call.freeze.is_some(),
        layer,
        input,
        output,
    });
    true
}

fn find(call: &Call, diagnostics: &mut Diagnostics) -> Option<&'static Kind> {
    let keyword = call.keyword.to_string();
    let found = layer::find(&keyword);
    if found.is_none() {
        let diagnostic =
            diagnostics.error(call.keyword.span(), format!("there is no layer `{keyword}`"));
        match layer::similar(&keyword) {
            Some(similar) => diagnostic.help(format!("did you mean `{similar}`?")),
            None => diagnostic.expected(format!("one of {}", layer::keywords())),
        };
    }
    found
}

/// The name of every layer: the given one, or keyword and ordinal.
fn names(spec: &Spec, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut ordinals: BTreeMap<String, usize> = BTreeMap::new();
    let mut given: BTreeSet<String> = BTreeSet::new();
    let mut names = Vec::new();
    for call in &spec.calls {
        let keyword = call.keyword.to_string();
        let ordinal = ordinals.entry(keyword.clone()).or_default();
        *ordinal += 1;
        names.push(match &call.name {
            Some(name) => {
                check_name(name, diagnostics);
                if !given.insert(name.to_string()) {
                    diagnostics
                        .error(name.span(), format!("two layers have the name `{name}`"))
                        .help("give one of them another name, or none");
                }
                name.to_string()
            }
            None => format!("{keyword}{ordinal}"),
        });
    }
    names
}

fn check_name(name: &proc_macro2::Ident, diagnostics: &mut Diagnostics) {
    let text = name.to_string();
    let base = text.trim_end_matches(|c: char| c.is_ascii_digit());
    if base.len() < text.len() && layer::find(base).is_some() {
        diagnostics
            .error(name.span(), format!("`{text}` looks like an automatic name"))
            .note("layers without a name are called by keyword and ordinal")
            .help(format!("choose a name that says what it is for, such as `{base}_in`"));
    } else if syntax::is_reserved(&text) {
        diagnostics
            .error(name.span(), format!("`{text}` is a method of every network"))
            .help(format!("choose another name, such as `{text}_layer`"));
    } else if syn::parse_str::<syn::Ident>(&text).is_err() {
        diagnostics
            .error(name.span(), format!("`{text}` is a word of Rust itself"))
            .help("choose another name");
    } else if text.starts_with('_') || text.chars().any(|c| c.is_uppercase() || !c.is_ascii()) {
        diagnostics
            .error(name.span(), format!("`{text}` is not a name for a layer"))
            .expected("lower-case words and digits joined by `_`, such as `body_out`");
    }
}

/// Weights take the initialiser that the next layer asks for; layers without weights and wishes of
/// their own, such as pools and normalisation, pass the wish on.
fn resolve_inits(nodes: &mut [Node]) {
    let mut after = Init::GlorotUniform;
    for node in nodes.iter_mut().rev() {
        let mut weights = false;
        for param in &mut node.params {
            weights |= param.name == "weight";
            param.init.get_or_insert(after);
        }
        match node.kind.init_before {
            Some(init) => after = init,
            None if weights => after = Init::GlorotUniform,
            None => {}
        }
    }
}

fn check_output(spec: &Spec, model: &Model, diagnostics: &mut Diagnostics) {
    let Some(last) = model.nodes.last() else { return };
    if last.output.agrees(&model.output) {
        return;
    }
    let help = match (last.output.rank(), model.output.dims()) {
        (1, [units]) if last.kind.keyword == "dense" => {
            format!("write `-> {}` or `dense({units})`", last.output)
        }
        _ => format!("write `-> {}` or add a layer that yields {}", last.output, model.output),
    };
    let message = format!("the layers of `{}` do not yield this", model.name);
    diagnostics
        .error(spec.output.span, message)
        .found(format!("{}, from `{}`", last.output, last.name))
        .expected(&model.output)
        .help(help)
        .table = Some(model.table());
}

/// Sizes that no machine holds are mistakes, such as a digit too many.
fn check_size(spec: &Spec, model: &Model, diagnostics: &mut Diagnostics) {
    let too_large = |dim: &Dim| dim.literal().is_some_and(|size| size > MAX_SCALARS);
    for node in &model.nodes {
        let what = if too_large(&node.output.len()) {
            format!("the output {} of this layer is too large", node.output)
        } else if too_large(&node.parameters()) {
            "this layer has too many parameters".to_owned()
        } else {
            continue;
        };
        diagnostics
            .error(node.span, what)
            .expected(format!("at most {MAX_SCALARS} values"))
            .table = Some(model.table());
        return;
    }
    if too_large(&Dim::sum(model.nodes.iter().map(Node::parameters))) {
        diagnostics
            .error(spec.name.span(), format!("`{}` has too many parameters", model.name))
            .expected(format!("at most {MAX_SCALARS} values"))
            .table = Some(model.table());
    }
}
