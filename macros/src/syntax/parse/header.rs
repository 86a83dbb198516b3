//! The header: name and shapes.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};

use super::cursor::{Parser, describe};
use crate::{
    shape::{Dim, MAX_SCALARS, Shape},
    syntax::{Call, Definition, Port, Spanned, Value, arithmetic},
};

const EXAMPLE: &str = "`pub Classifier: [784] -> [10] { dense(10), softmax }`";

impl Parser<'_> {
    pub(super) fn network_name(&mut self) -> Option<Ident> {
        let item = ["struct", "type", "fn", "mod", "enum", "const", "static", "let", "impl"];
        let followed = matches!(self.peek_second(), Some(TokenTree::Ident(_)));
        let word = self.peek_ident().filter(|word| item.iter().any(|item| *word == item));
        if let Some(word) = word.filter(|_| followed) {
            let (span, word) = (word.span(), word.to_string());
            self.error(span, format!("a network is declared without `{word}`"))
                .help(format!("remove `{word}`"));
            self.next();
        }
        match self.eat_ident() {
            Some(name) if is_plain(&name) => Some(name),
            Some(name) => {
                self.error(name.span(), format!("`{name}` cannot be the name of a network"))
                    .help("choose a name that is not a word of Rust");
                None
            }
            None => {
                self.missing("the name of the network is missing", |e| e.expected(EXAMPLE));
                None
            }
        }
    }

    pub(super) fn colon(&mut self, name: &Ident) {
        if self.eat(':') {
            return;
        }
        self.missing("a colon stands between a network's name and its shapes", |error| {
            error.help(format!("write `{name}: [784] -> [10] {{ .. }}`"))
        });
        if matches!(self.peek(), Some(TokenTree::Punct(_))) {
            self.next();
        }
    }

    /// The output shape after its arrow.
    pub(super) fn output(&mut self) -> (Spanned<Shape>, Vec<Port>) {
        let arrow = self.eat_both('-', '>');
        if !arrow && (self.peek().is_none() || self.peek_group(Delimiter::Brace).is_some()) {
            self.missing("the output shape is missing", |error| error.help("write `-> [10]`"));
            return (Spanned::new(Shape::unknown(), self.here()), Vec::new());
        }
        if !arrow {
            self.missing("an arrow stands between the two shapes of a network", |error| {
                error.help("write `[784] -> [10]`")
            });
            while matches!(self.peek(), Some(TokenTree::Punct(_))) {
                self.next();
            }
        }
        self.ports("output", "[10]")
    }

    /// A shape of the header; the unknown one where it is reported.
    pub(super) fn header_shape(&mut self, what: &str, example: &str) -> Spanned<Shape> {
        let span = self.here();
        let shape = match self.peek().cloned() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
                self.next();
                self.shape(&group, what)
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                self.next();
                self.in_parentheses(&group)
            }
            Some(TokenTree::Literal(literal)) => {
                self.error(span, "a shape stands in brackets")
                    .found(&literal)
                    .help(format!("write `[{literal}]`"));
                self.next();
                Shape::unknown()
            }
            _ => {
                self.missing(format!("the {what} shape is missing"), |error| {
                    error.expected(format!("a shape, such as `{example}`"))
                });
                Shape::unknown()
            }
        };
        Spanned { value: shape, span }
    }

    fn in_parentheses(&mut self, group: &Group) -> Shape {
        let sizes = match group.stream() {
            empty if empty.is_empty() => "10".to_owned(),
            sizes => sizes.to_string(),
        };
        self.error(group.span(), "a shape stands in brackets")
            .found(group)
            .help(format!("write `[{sizes}]`"));
        Shape::unknown()
    }

    fn shape(&mut self, group: &Group, what: &str) -> Shape {
        let mut inner = Parser::group(group, self.diagnostics);
        let mut sizes = inner.values("sizes");
        sizes.iter_mut().for_each(|size| arithmetic::fold(size, self.diagnostics));
        if sizes.is_empty() {
            self.error(group.span(), format!("the {what} shape has no sizes"))
                .found("[]")
                .expected("at least one size, such as `[10]`");
            return Shape::unknown();
        }
        let shape = Shape(sizes.iter().map(|size| self.size(size)).collect());
        if shape.len().literal().is_some_and(|len| len > MAX_SCALARS) {
            self.error(group.span(), format!("the {what} is too large"))
                .found(&shape)
                .expected(format!("at most {MAX_SCALARS} values"));
            return Shape::unknown();
        }
        shape
    }

    fn size(&mut self, value: &Value) -> Dim {
        let size = match value {
            Value::Wrong(_) => return Dim::Unknown,
            Value::Int(number) => usize::try_from(number.value).ok(),
            _ => None,
        };
        if let Some(size) = size.filter(|size| (1..=MAX_SCALARS).contains(size)) {
            return Dim::Literal(size);
        }
        let (message, expected) = match value {
            Value::Int(number) if number.value > 0 => {
                ("this size is too large", format!("at most {MAX_SCALARS}"))
            }
            Value::Int(_) => ("this size is too small", "at least 1".to_owned()),
            Value::Word(word, _) => return self.named_size(word),
            _ => ("this is not a size", "a whole number of at least 1".to_owned()),
        };
        self.error(value.span(), message).found(value).expected(expected);
        Dim::Unknown
    }

    /// A name where a size stands: only constants of the header have values here.
    fn named_size(&mut self, word: &Ident) -> Dim {
        self.error(word.span(), format!("the value of `{word}` is not known here"))
            .found(word)
            .expected("a number, or a constant of the header")
            .help(format!("write `<const {word}: usize = 32>` behind the name of the network"));
        Dim::Unknown
    }

    /// The layers in braces, and the blocks among them; empty where that is reported.
    pub(super) fn body(&mut self, name: &Ident) -> (Vec<Call>, Vec<Definition>) {
        self.up_to_braces();
        let Some(TokenTree::Group(group)) = self.next() else {
            self.missing(format!("the layers of `{name}` are missing"), |e| e.expected(EXAMPLE));
            return (Vec::new(), Vec::new());
        };
        if group.delimiter() != Delimiter::Brace {
            let found = describe(&TokenTree::Group(group.clone()));
            self.error(group.span_open(), "the layers of a network stand in braces")
                .found(found)
                .help("write `{ dense(10), softmax }`");
        }
        let before = self.diagnostics.len();
        let (calls, blocks) = Parser::group(&group, self.diagnostics).layers_and_blocks();
        if calls.is_empty() && self.diagnostics.len() == before {
            self.error(group.span(), format!("`{name}` has no layers"))
                .help("write at least one layer, such as `dense(10)`");
        }
        (calls, blocks)
    }

    fn up_to_braces(&mut self) {
        if self.peek().is_none() || matches!(self.peek(), Some(TokenTree::Group(_))) {
            return;
        }
        let (span, found) = (self.here(), self.found());
        self.error(span, "the layers of the network come next")
            .found(found)
            .help("write `{ dense(10), softmax }`");
        while self.peek().is_some() && self.peek_group(Delimiter::Brace).is_none() {
            self.next();
        }
    }
}

/// Whether a word may name a type: no word of Rust, no raw identifier.
pub(super) fn is_plain(name: &Ident) -> bool {
    let text = name.to_string();
    !text.starts_with("r#") && syn::parse_str::<Ident>(&text).is_ok()
}
