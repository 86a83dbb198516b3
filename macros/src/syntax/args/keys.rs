//! Which argument is which: keys, the first argument by position, words of other libraries.

use proc_macro2::{Ident, Span};

use super::Given;
use crate::{
    diag::Diagnostics,
    layer::Kind,
    similar,
    syntax::{Arg, Call},
};

/// Words that mean the same; a layer knows at most one of each line.
const SYNONYMS: &[&[&str]] = &[
    &["units", "out", "outputs", "out_features", "features", "neurons", "hidden_size", "hidden"],
    &["filters", "channels", "out_channels", "output_channels"],
    &["kernel", "kernel_size", "size", "pool_size", "window"],
    &["stride", "strides"],
    &["padding", "pad"],
    &["dilation", "dilation_rate"],
    &["groups", "group"],
    &["bias", "use_bias"],
    &["rate", "p", "probability", "prob"],
    &["epsilon", "eps"],
    &["slope", "alpha", "negative_slope"],
    &["init", "initializer", "kernel_initializer", "weight_init"],
    &["shape", "target_shape"],
    &["vocabulary", "vocab", "vocab_size", "num_embeddings", "input_dim"],
    &["width", "dim", "embedding_dim", "output_dim"],
    &["multiplier", "depth_multiplier"],
    &["factor", "scale_factor"],
    &["mode", "interpolation"],
    &["axes", "dims"],
    &["stddev", "std", "deviation"],
    &["alpha_init", "alpha_initializer"],
    &["bias_init", "bias_initializer"],
    &["recurrent_init", "recurrent_initializer"],
    &["activation", "nonlinearity"],
    &["l1", "l1_regularizer"],
    &["l2", "l2_regularizer", "kernel_regularizer", "embeddings_regularizer"],
    &["max_norm", "kernel_constraint", "embeddings_constraint"],
];

/// The arguments by key. A key that is only misspelt counts as the one that was meant, so that one
/// mistake is one error.
pub(super) fn resolve(
    kind: &'static Kind,
    call: &Call,
    diagnostics: &mut Diagnostics,
) -> Vec<Given> {
    let mut keys = Keys { kind, given: Vec::new(), written: written(kind, call), diagnostics };
    for (position, arg) in call.args.iter().enumerate() {
        match &arg.key {
            Some(key) => keys.named(key, arg),
            None => keys.unnamed(position, arg),
        }
    }
    keys.given
}

struct Keys<'d> {
    kind: &'static Kind,
    given: Vec<Given>,
    /// The keys that are written out correctly; nothing else may stand for them.
    written: Vec<&'static str>,
    diagnostics: &'d mut Diagnostics,
}

fn written(kind: &'static Kind, call: &Call) -> Vec<&'static str> {
    let keys = call.args.iter().filter_map(|arg| arg.key.as_ref()).map(Ident::to_string);
    keys.filter_map(|key| known(kind, &key)).collect()
}

fn known(kind: &'static Kind, key: &str) -> Option<&'static str> {
    kind.args.iter().copied().find(|known| *known == key)
}

impl Keys<'_> {
    fn named(&mut self, key: &Ident, arg: &Arg) {
        let word = key.to_string();
        match known(self.kind, &word) {
            Some(known) if self.has(known) => self.duplicate(known, key.span()),
            Some(known) => self.push(known, key.span(), arg, false),
            None => self.unknown(key, &word, arg),
        }
    }

    /// An argument without a key is the first of the layer's, where it comes first.
    fn unnamed(&mut self, position: usize, arg: &Arg) {
        let span = arg.value.span();
        if self.kind.args == ["wires"] {
            return self.push("wires", span, arg, false);
        }
        let free = self.kind.args.iter().copied().find(|key| !self.taken(key));
        match (free, self.kind.args.first()) {
            (None, None) => self.no_arguments(span, arg),
            (None, Some(first)) => self.too_many(first, span, arg),
            (Some(key), Some(first)) if position == 0 && key == *first => {
                self.push(key, span, arg, false)
            }
            (Some(key), _) => self.nameless(key, span, arg),
        }
    }

    fn nameless(&mut self, key: &'static str, span: Span, arg: &Arg) {
        self.diagnostics
            .error(span, format!("this argument of `{}` needs its name", self.kind.keyword))
            .found(&arg.value)
            .expected(known_keys(self.kind))
            .help(format!("write `{key} = {}`", arg.value));
        self.push(key, span, arg, true);
    }

    fn unknown(&mut self, key: &Ident, word: &str, arg: &Arg) {
        if self.kind.args.is_empty() {
            return self.no_arguments(key.span(), arg);
        }
        let meant = self.meant(word);
        self.diagnostics
            .error(key.span(), format!("`{}` has no argument `{word}`", self.kind.keyword))
            .expected(known_keys(self.kind))
            .help(advice(self.kind, word, meant, arg));
        if let Some(meant) = meant.filter(|meant| !self.taken(meant)) {
            self.push(meant, key.span(), arg, true);
        }
    }

    fn meant(&self, word: &str) -> Option<&'static str> {
        let synonyms = SYNONYMS.iter().find(|line| line.contains(&word));
        let synonym = synonyms.and_then(|line| line.iter().find_map(|word| known(self.kind, word)));
        synonym.or_else(|| similar::nearest(word, self.kind.args.iter().copied()))
    }

    fn duplicate(&mut self, key: &str, span: Span) {
        let keyword = self.kind.keyword;
        self.diagnostics
            .error(span, format!("`{key}` of `{keyword}` is given twice"))
            .help("remove one of the two");
    }

    fn no_arguments(&mut self, span: Span, arg: &Arg) {
        let keyword = self.kind.keyword;
        self.diagnostics
            .error(span, format!("`{keyword}` takes no arguments"))
            .found(&arg.value)
            .help(format!("write `{keyword}`"));
    }

    fn too_many(&mut self, first: &str, span: Span, arg: &Arg) {
        let keyword = self.kind.keyword;
        self.diagnostics
            .error(span, format!("`{keyword}` has all its arguments already"))
            .found(&arg.value)
            .expected(known_keys(self.kind))
            .help(format!("remove `{}`; only `{first}` may go without its name", arg.value));
    }

    fn has(&self, key: &str) -> bool {
        self.given.iter().any(|given| given.key == key)
    }

    fn taken(&self, key: &str) -> bool {
        self.has(key) || self.written.contains(&key)
    }

    fn push(&mut self, key: &'static str, span: Span, arg: &Arg, guessed: bool) {
        self.given.push(Given { key, span, value: arg.value.clone(), guessed, read: false });
    }
}

fn known_keys(kind: &Kind) -> String {
    let keys: Vec<_> = kind.args.iter().map(|key| format!("`{key}`")).collect();
    keys.join(", ")
}

fn advice(kind: &Kind, word: &str, meant: Option<&str>, arg: &Arg) -> String {
    match meant {
        _ if word == "activation" => {
            format!("an activation is a layer: write `{}(...), {}`", kind.keyword, arg.value)
        }
        _ if ["layers", "num_layers"].contains(&word)
            && kind.args.contains(&"return_sequences") =>
        {
            stacked(kind.keyword)
        }
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("remove `{word} = {}`", arg.value),
    }
}

fn stacked(keyword: &str) -> String {
    format!("write several: `{keyword}(.., return_sequences = true), {keyword}(..)`")
}
