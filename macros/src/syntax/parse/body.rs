//! The body: layers and their arguments.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser as _};

use super::{
    cursor::{Parser, is_punct},
    values::without_spaces,
};
use crate::{
    layer,
    syntax::{Arg, Block, Body, Call, InnerNetwork, Value},
};

impl Parser<'_> {
    pub(super) fn layers(&mut self) -> Vec<Call> {
        let mut calls = self.layers_up_to_block();
        while self.peek().is_some() {
            self.misplaced_definition();
            calls.extend(self.layers_up_to_block());
        }
        calls
    }

    /// The layers before the next declaration of a block.
    pub(super) fn layers_up_to_block(&mut self) -> Vec<Call> {
        let mut calls = Vec::new();
        while self.peek().is_some() && !self.at_definition() {
            if self.at_punct(',') || self.at_punct(';') {
                let span = self.here();
                self.error(span, "a layer is missing before this comma")
                    .help("remove one of the commas");
                self.next();
                continue;
            }
            let mut call = self.layer();
            call.broken |= !self.end_of_layer();
            calls.push(call);
        }
        calls
    }

    fn layer(&mut self) -> Call {
        let freeze = self.freeze();
        let first = self.layer_word("a layer");
        let named = self.at_punct(':') && !is_punct(self.peek_second(), ':');
        let (name, keyword) = if named {
            self.next();
            (first, self.layer_word("a layer after its name"))
        } else {
            (None, first)
        };
        let here = self.here();
        let mut call = Call {
            freeze,
            name,
            broken: keyword.is_none(),
            keyword: keyword.unwrap_or_else(|| Ident::new("unknown", here)),
            args: Vec::new(),
            network: None,
            shortcut: None,
            block: None,
            expanded: false,
            origin: None,
        };
        if !call.broken && call.keyword == layer::network::CUSTOM.keyword {
            self.custom_of(&mut call);
        } else if !call.broken
            && (self.at_puncts(':', ':') || self.at_puncts('-', '>') || self.at_punct('<'))
        {
            self.network_of(&mut call);
        } else if !call.broken {
            self.arguments_of(&mut call);
        }
        call
    }

    /// The rest of the path of a network, and the shape that it is said to yield.
    fn network_of(&mut self, call: &mut Call) {
        let first = std::mem::replace(&mut call.keyword, Ident::new("network", Span::call_site()));
        call.keyword.set_span(first.span());
        let (mut path, mut words) =
            (TokenStream::from(TokenTree::Ident(first.clone())), first.to_string());
        while self.at_puncts(':', ':') {
            path.extend([self.next(), self.next()].into_iter().flatten());
            let Some(word) = self.eat_ident() else { break };
            words = format!("{words}::{word}");
            path.extend([TokenTree::Ident(word)]);
        }
        let generics = self.generics();
        words = format!("{words}{}", without_spaces(&generics));
        path.extend(generics);
        if syn::parse2::<syn::TypePath>(path.clone()).is_err() {
            self.error(first.span(), "this is not the type of a network")
                .found(&words)
                .expected("a path, such as `parts::Backbone` or `Backbone<32>`");
            call.broken = true;
        }
        if !self.eat_both('-', '>') {
            self.missing("a network as a layer states what it yields", |error| {
                error.help(format!("write `{words} -> [7, 7, 64]`, with the shape that it yields"))
            });
            call.broken = true;
            return;
        }
        let output = self.header_shape("output", "[7, 7, 64]");
        if call.broken {
            return;
        }
        call.network =
            Some(InnerNetwork { path, custom: false, words, span: first.span(), output });
    }

    /// The type of a layer of the user's own, and the shape that it is said to yield.
    fn custom_of(&mut self, call: &mut Call) {
        call.broken = true;
        let Some(group) = self.eat_group(Delimiter::Parenthesis) else {
            self.error(call.keyword.span(), "`layer` needs the type of a layer of your own")
                .help("write `layer(MyLayer) -> [10]`, with the shape that it yields");
            self.skip_to(&[',', ';']);
            return;
        };
        let first = group.stream().into_iter().next().map_or_else(|| group.span(), |t| t.span());
        let (path, is_type) = match type_and_rest.parse2(group.stream()) {
            Ok((path, rest)) => {
                let mut arguments = Group::new(Delimiter::Parenthesis, rest);
                arguments.set_span(group.span());
                let value = Value::Word(Ident::new("layer", first), Vec::new());
                call.args.push(Arg { key: None, value });
                let (others, shortcut) = Parser::group(&arguments, self.diagnostics).arguments();
                call.args.extend(others);
                call.shortcut = shortcut;
                (path, true)
            }
            Err(_) => (group.stream(), false),
        };
        let words = format!("layer({})", without_spaces(&path));
        if !is_type {
            self.error(first, "this is not the type of a layer")
                .found(format!("`{words}`"))
                .expected("a path, such as `layer(MyLayer)` or `layer(layers::Swish<8>)`");
        }
        if !self.eat_both('-', '>') {
            if is_type {
                self.missing("a layer of your own states what it yields", |error| {
                    error.help(format!("write `{words} -> [10]`, with the shape that it yields"))
                });
            }
            return;
        }
        let output = self.header_shape("output", "[10]");
        call.broken = !is_type;
        call.network =
            is_type.then_some(InnerNetwork { path, custom: true, words, span: first, output });
    }

    /// `<32>` behind the path of a network of a family.
    fn generics(&mut self) -> TokenStream {
        let mut generics = TokenStream::new();
        if !self.at_punct('<') {
            return generics;
        }
        while let Some(token) = self.next() {
            let last = is_punct(Some(&token), '>');
            generics.extend([token]);
            if last || self.at_puncts('-', '>') {
                break;
            }
        }
        generics
    }

    fn layer_word(&mut self, what: &str) -> Option<Ident> {
        let word = self.eat_ident();
        if word.is_none() {
            self.missing(format!("{what} is missing here"), |error| {
                error.expected("a layer, such as `dense(10)`")
            });
            self.skip_to(&[',', ';']);
        }
        word
    }

    fn arguments_of(&mut self, call: &mut Call) {
        if let Some(group) = self.eat_group(Delimiter::Parenthesis) {
            (call.args, call.shortcut) = Parser::group(&group, self.diagnostics).arguments();
        } else if let Some(group) = self.eat_group(Delimiter::Bracket) {
            let keyword = &call.keyword;
            self.error(group.span(), "the arguments of a layer stand in parentheses")
                .found(&group)
                .help(format!("write `{keyword}({})`", group.stream()));
            call.broken = true;
        }
        if let Some(group) = self.eat_group(Delimiter::Brace) {
            call.block = Some(self.block(&call.keyword, &group));
        }
    }

    fn block(&mut self, keyword: &Ident, group: &Group) -> Block {
        let mut inner = Parser::group(group, self.diagnostics);
        let branches = keyword == "parallel" || inner.peek_group(Delimiter::Brace).is_some();
        let span = group.span_open();
        let bodies =
            if branches { inner.branches() } else { vec![Body { calls: inner.layers(), span }] };
        Block { bodies, span }
    }

    fn body_of(&mut self, group: &Group) -> Body {
        let calls = Parser::group(group, self.diagnostics).layers();
        Body { calls, span: group.span_open() }
    }

    /// The branches of `parallel`, each in braces of its own.
    fn branches(&mut self) -> Vec<Body> {
        let mut bodies = Vec::new();
        while self.peek().is_some() {
            if let Some(group) = self.eat_group(Delimiter::Brace) {
                bodies.push(self.body_of(&group));
            } else {
                let span = self.here();
                self.missing("a branch stands in braces", |error| {
                    error.help("write `parallel(concat) { { dense(8) }, { dense(4), relu } }`")
                });
                bodies.push(Body { calls: vec![self.layer()], span });
            }
            if self.peek_group(Delimiter::Brace).is_some() {
                self.comma();
            } else {
                self.end_of_layer();
            }
        }
        bodies
    }

    fn comma(&mut self) {
        if self.peek().is_some() && !self.eat(',') {
            let (span, found) = (self.here(), self.found());
            self.error(span, format!("a comma is missing before {found}")).expected("`,`");
        }
    }

    /// What stands between layers; `false` where the layer goes on in a way that has no meaning.
    fn end_of_layer(&mut self) -> bool {
        if self.peek().is_none() || self.eat(',') {
            return true;
        }
        let (span, found) = (self.here(), self.found());
        if self.eat(';') {
            self.error(span, "layers are separated by commas").found("`;`").help("write `,`");
            return true;
        }
        if self.peek_ident().is_some() || self.at_punct('#') {
            self.error(span, format!("a comma is missing before {found}")).expected("`,`");
            return true;
        }
        self.error(span, "this cannot follow a layer").found(found).expected("`,`");
        self.skip_to(&[',', ';']);
        self.next();
        false
    }

    /// The arguments, and the layers of a shortcut among them.
    pub(super) fn arguments(&mut self) -> (Vec<Arg>, Option<Body>) {
        let (mut args, mut shortcut) = (Vec::new(), None);
        while self.peek().is_some() {
            let key = self.key();
            let is_shortcut = key.as_ref().is_some_and(|key| key == "shortcut");
            match self.peek_group(Delimiter::Brace).filter(|_| is_shortcut).cloned() {
                Some(group) => {
                    self.next();
                    shortcut = Some(self.body_of(&group));
                    self.comma();
                }
                None => {
                    let value = self.value();
                    args.push(Arg { key, value: self.end_of_value(value, "arguments") });
                }
            }
        }
        (args, shortcut)
    }

    /// `key =`, or `key:` by mistake.
    fn key(&mut self) -> Option<Ident> {
        let key = self.peek_ident()?.clone();
        let second = self.peek_second().cloned()?;
        if is_punct(Some(&second), ':') && !self.at_path() {
            self.error(second.span(), "an argument and its value are joined by `=`")
                .found("`:`")
                .help(format!("write `{key} = ..`"));
        } else if !is_punct(Some(&second), '=') {
            return None;
        }
        self.next();
        self.next();
        Some(key)
    }

    /// What stands between values; a value that goes on in a way that has no meaning is wrong.
    pub(super) fn end_of_value(&mut self, value: Value, what: &str) -> Value {
        if self.peek().is_none() || self.eat(',') {
            return value;
        }
        let (span, found) = (self.here(), self.found());
        if self.eat(';') {
            self.error(span, format!("{what} are separated by commas"))
                .found(found)
                .help("write `,`");
            return value;
        }
        if matches!(value, Value::Wrong(_)) {
        } else if matches!(self.peek(), Some(TokenTree::Punct(_))) {
            self.error(span, "this cannot follow a value").found(found).expected("`,`");
        } else {
            self.error(span, format!("a comma is missing before {found}")).expected("`,`");
            return value;
        }
        self.skip_to(&[',']);
        self.next();
        Value::Wrong(span)
    }
}

/// A path, and what stands behind a comma after it.
fn type_and_rest(input: ParseStream<'_>) -> syn::Result<(TokenStream, TokenStream)> {
    let path: syn::TypePath = input.parse()?;
    if !input.is_empty() {
        input.parse::<syn::Token![,]>()?;
    }
    Ok((path.into_token_stream(), input.parse()?))
}
