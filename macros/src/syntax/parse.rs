//! The grammar. Parsing never fails: it reports, recovers at the next comma, and yields what it has.
//!
//! ```text
//! network = attributes visibility name ":" shape "->" shape "{" layer,* "}"
//! layer   = ["#[freeze]"] [name ":"] keyword ["(" argument,* ")"]
//! ```

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::Parser as _;

use super::{Arg, Call, ScalarType, Spanned, Spec, Value};
use crate::{
    diag::Diagnostics,
    shape::{Dim, MAX_SCALARS, Shape},
};

/// Reads a declaration; `None` where not even a name could be read.
pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<Spec> {
    Parser::new(tokens, Span::call_site(), diagnostics).network()
}

/// A cursor over the tokens of one group.
struct Parser<'a> {
    tokens: Vec<TokenTree>,
    at: usize,
    /// Where to report that something is missing at the end.
    end: Span,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Parser<'a> {
    fn new(tokens: TokenStream, end: Span, diagnostics: &'a mut Diagnostics) -> Self {
        let tokens: Vec<TokenTree> = tokens.into_iter().flat_map(transparent).collect();
        Self { tokens, at: 0, end, diagnostics }
    }

    fn group(group: &Group, diagnostics: &'a mut Diagnostics) -> Self {
        Self::new(group.stream(), group.span_close(), diagnostics)
    }

    fn network(mut self) -> Option<Spec> {
        let header = self.header_attributes();
        let vis = self.visibility();
        let name = self.network_name()?;
        if !self.generics() || !self.colon(&name) {
            return None;
        }
        let input = self.header_shape("input", "`[28, 28, 1]`")?;
        self.arrow();
        let output = self.header_shape("output", "`[10]`")?;
        let calls = self.body(&name)?;
        if let Some(extra) = self.peek() {
            let span = extra.span();
            self.error(span, "nothing may follow the body of a network")
                .help("declare each network in a `network!` of its own");
        }
        let Header { attrs, scalar, krate } = header;
        Some(Spec { attrs, vis, name, scalar, krate, input, output, calls })
    }

    fn header_attributes(&mut self) -> Header {
        let mut header = Header {
            attrs: Vec::new(),
            scalar: ScalarType::F32,
            krate: syn::parse_quote!(::monograd),
        };
        while let Some((hash, group)) = self.attribute() {
            let tokens: TokenStream = [hash, TokenTree::Group(group.clone())].into_iter().collect();
            match syn::Attribute::parse_outer.parse2(tokens) {
                Ok(attrs) => attrs.into_iter().for_each(|attr| self.header_attribute(attr, &mut header)),
                Err(error) => {
                    self.error(group.span(), "this is not an attribute").note(error);
                }
            }
        }
        header
    }

    fn header_attribute(&mut self, attr: syn::Attribute, header: &mut Header) {
        if attr.path().is_ident("scalar") {
            self.scalar_attribute(&attr, header);
        } else if attr.path().is_ident("monograd") {
            self.crate_attribute(&attr, header);
        } else if attr.path().is_ident("freeze") {
            self.error(span_of(&attr), "`#[freeze]` belongs on a layer")
                .help("write it before the layer that is not to be trained");
        } else {
            header.attrs.push(attr);
        }
    }

    fn scalar_attribute(&mut self, attr: &syn::Attribute, header: &mut Header) {
        match attr.parse_args::<Ident>() {
            Ok(name) if name == "f32" => header.scalar = ScalarType::F32,
            Ok(name) if name == "f64" => header.scalar = ScalarType::F64,
            Ok(name) => {
                self.error(name.span(), format!("`{name}` is not a scalar type of networks"))
                    .expected("`f32` or `f64`");
            }
            Err(_) => {
                self.error(span_of(attr), "`#[scalar]` needs a type")
                    .help("write `#[scalar(f64)]` or leave it out for `f32`");
            }
        }
    }

    fn crate_attribute(&mut self, attr: &syn::Attribute, header: &mut Header) {
        let parsed = attr.parse_args_with(|input: syn::parse::ParseStream<'_>| {
            input.parse::<syn::Token![crate]>()?;
            input.parse::<syn::Token![=]>()?;
            input.call(syn::Path::parse_mod_style)
        });
        match parsed {
            Ok(path) => header.krate = path,
            Err(_) => {
                self.error(span_of(attr), "`#[monograd]` takes the path of the crate")
                    .help("write `#[monograd(crate = my_monograd)]`");
            }
        }
    }

    fn attribute(&mut self) -> Option<(TokenTree, Group)> {
        let hash = self.peek_punct('#')?;
        match self.tokens.get(self.at + 1) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
                let group = group.clone();
                self.at += 2;
                Some((hash, group))
            }
            _ => None,
        }
    }

    fn visibility(&mut self) -> syn::Visibility {
        let mut tokens = TokenStream::new();
        if let Some(TokenTree::Ident(word)) = self.peek()
            && *word == "pub"
        {
            tokens.extend(self.next());
            if let Some(TokenTree::Group(group)) = self.peek()
                && group.delimiter() == Delimiter::Parenthesis
            {
                tokens.extend(self.next());
            }
        }
        match syn::parse2(tokens) {
            Ok(vis) => vis,
            Err(error) => {
                self.error(error.span(), "this is not a visibility")
                    .help("write `pub`, `pub(crate)` or nothing");
                syn::Visibility::Inherited
            }
        }
    }

    fn network_name(&mut self) -> Option<Ident> {
        if let Some(TokenTree::Ident(word)) = self.peek()
            && matches!(word.to_string().as_str(), "struct" | "type" | "fn" | "mod")
        {
            let (span, word) = (word.span(), word.to_string());
            self.error(span, format!("a network is declared without `{word}`"))
                .help("write `pub Name: [784] -> [10] { .. }`");
            self.at += 1;
        }
        match self.next() {
            Some(TokenTree::Ident(name)) if syn::parse_str::<Ident>(&name.to_string()).is_ok() => {
                Some(name)
            }
            other => {
                let span = other.as_ref().map_or(self.end, TokenTree::span);
                self.error(span, "a network starts with its name")
                    .expected("`Name: [28, 28, 1] -> [10] { .. }`");
                None
            }
        }
    }

    fn generics(&mut self) -> bool {
        let Some(angle) = self.peek_punct('<') else { return true };
        self.error(angle.span(), "const generics of networks are not supported yet")
            .help("write the sizes as numbers");
        while self.peek().is_some() && self.peek_punct('>').is_none() {
            self.at += 1;
        }
        self.at += 1;
        true
    }

    fn colon(&mut self, name: &Ident) -> bool {
        if self.eat(':') {
            return true;
        }
        let span = self.here();
        self.error(span, format!("the shapes of `{name}` come after a colon"))
            .expected(format!("`{name}: [28, 28, 1] -> [10] {{ .. }}`"));
        matches!(self.peek(), Some(TokenTree::Group(_)))
    }

    fn arrow(&mut self) {
        if self.eat('-') && self.eat('>') {
            return;
        }
        let span = self.here();
        self.error(span, "an arrow stands between input and output shape")
            .expected("`[28, 28, 1] -> [10]`");
    }

    fn header_shape(&mut self, what: &str, example: &str) -> Option<Spanned<Shape>> {
        let group = match self.peek() {
            Some(TokenTree::Group(group)) => group.clone(),
            _ => {
                let span = self.here();
                self.error(span, format!("the {what} shape is missing"))
                    .expected(format!("a shape such as {example}"));
                return None;
            }
        };
        self.at += 1;
        if group.delimiter() != Delimiter::Bracket {
            let several = group.delimiter() == Delimiter::Parenthesis
                && group.stream().into_iter().any(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ':'));
            let message = if several {
                format!("several {what}s are not supported yet")
            } else {
                format!("the {what} shape stands in brackets")
            };
            self.error(group.span(), message).expected(format!("a shape such as {example}"));
            return None;
        }
        Some(Spanned { value: self.shape(&group, what), span: group.span() })
    }

    /// The dimensions of a header shape; wrong ones are reported and become unknown.
    fn shape(&mut self, group: &Group, what: &str) -> Shape {
        let mut inner = Parser::group(group, self.diagnostics);
        let mut dims = Vec::new();
        while inner.peek().is_some() {
            dims.push(inner.dimension(what));
            inner.separator("dimensions");
        }
        if dims.is_empty() {
            inner
                .error(group.span(), format!("the {what} shape has no dimensions"))
                .expected("at least one, such as `[16]`");
            dims.push(Dim::Unknown);
        }
        let shape = Shape(dims);
        if shape.len().literal().is_some_and(|len| len > MAX_SCALARS) {
            inner
                .error(group.span(), format!("the {what} is too large"))
                .found(&shape)
                .expected(format!("at most {MAX_SCALARS} values"));
        }
        shape
    }

    fn dimension(&mut self, what: &str) -> Dim {
        let Some(value) = self.value() else { return Dim::Unknown };
        match &value {
            Value::Int(number) if (1..=MAX_SCALARS as i128).contains(&number.value) => {
                Dim::Literal(usize::try_from(number.value).expect("just compared"))
            }
            Value::Word(..) => {
                self.error(value.span(), "named dimensions are not supported yet")
                    .found(&value)
                    .help("write the size as a number");
                Dim::Unknown
            }
            _ => {
                self.error(value.span(), format!("a dimension of the {what} cannot be this"))
                    .found(&value)
                    .expected(format!("a whole number from 1 to {MAX_SCALARS}"));
                Dim::Unknown
            }
        }
    }

    fn body(&mut self, name: &Ident) -> Option<Vec<Call>> {
        match self.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let mut inner = Parser::group(&group, self.diagnostics);
                let calls = inner.layers();
                if calls.is_empty() && inner.diagnostics.len() == 0 {
                    inner
                        .error(group.span(), format!("`{name}` has no layers"))
                        .help("write at least one, such as `dense(10)`");
                }
                Some(calls)
            }
            other => {
                let span = other.as_ref().map_or(self.end, TokenTree::span);
                self.error(span, "the layers of a network stand in braces")
                    .expected(format!("`{name}: [784] -> [10] {{ dense(10), softmax }}`"));
                None
            }
        }
    }

    fn layers(&mut self) -> Vec<Call> {
        let mut calls = Vec::new();
        while self.peek().is_some() {
            match self.layer() {
                Some(call) => {
                    calls.push(call);
                    self.layer_separator();
                }
                None => self.skip_past_comma(),
            }
        }
        calls
    }

    fn layer(&mut self) -> Option<Call> {
        let freeze = self.layer_attributes();
        let first = self.word("a layer")?;
        let (name, keyword) = if self.eat(':') {
            (Some(first), self.word("a layer after its name")?)
        } else {
            (None, first)
        };
        let args = match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                let group = group.clone();
                self.at += 1;
                Parser::group(&group, self.diagnostics).arguments()
            }
            _ => Vec::new(),
        };
        if let Some(TokenTree::Group(block)) = self.peek()
            && block.delimiter() == Delimiter::Brace
        {
            let span = block.span_open();
            self.error(span, "blocks of layers are not supported yet")
                .help("write the layers one after the other");
            self.at += 1;
        }
        Some(Call { freeze, name, keyword, args })
    }

    fn layer_attributes(&mut self) -> Option<Span> {
        let mut freeze = None;
        while let Some((_, group)) = self.attribute() {
            let mut tokens = group.stream().into_iter();
            match (tokens.next(), tokens.next()) {
                (Some(TokenTree::Ident(word)), None) if word == "freeze" => {
                    freeze = Some(word.span());
                }
                _ => {
                    self.error(group.span(), "a layer does not take this attribute")
                        .found(format!("#[{}]", group.stream()))
                        .expected("`#[freeze]`");
                }
            }
        }
        freeze
    }

    fn arguments(&mut self) -> Vec<Arg> {
        let mut args = Vec::new();
        while self.peek().is_some() {
            let key = self.key();
            match self.value() {
                Some(value) => {
                    args.push(Arg { key, value });
                    self.separator("arguments");
                }
                None => self.skip_past_comma(),
            }
        }
        args
    }

    /// `name =`, or `name:` by mistake.
    fn key(&mut self) -> Option<Ident> {
        let Some(TokenTree::Ident(key)) = self.peek() else { return None };
        let key = key.clone();
        let Some(TokenTree::Punct(punct)) = self.tokens.get(self.at + 1) else { return None };
        match punct.as_char() {
            '=' => {}
            ':' => {
                let span = punct.span();
                self.error(span, "an argument is named with `=`").help(format!("write `{key} = ..`"));
            }
            _ => return None,
        }
        self.at += 2;
        Some(key)
    }

    /// A number, a word, a tuple or a list; reports and yields `None` where there is none.
    fn value(&mut self) -> Option<Value> {
        let minus = self.eat('-');
        match self.next() {
            Some(TokenTree::Literal(literal)) => self.number(&literal, minus),
            Some(TokenTree::Ident(word)) if word == "true" || word == "false" => {
                Some(Value::Bool(Spanned { value: word == "true", span: word.span() }))
            }
            Some(TokenTree::Ident(word)) => {
                let arguments = match self.peek() {
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                        let group = group.clone();
                        self.at += 1;
                        self.values(&group)?
                    }
                    _ => Vec::new(),
                };
                Some(Value::Word(word, arguments))
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                Some(Value::Tuple(self.values(&group)?, group.span()))
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
                Some(Value::List(self.values(&group)?, group.span()))
            }
            other => {
                let span = other.as_ref().map_or(self.end, TokenTree::span);
                self.error(span, "a value is missing here")
                    .expected("a number, a word, `(3, 3)` or `[7, 7, 64]`");
                None
            }
        }
    }

    fn values(&mut self, group: &Group) -> Option<Vec<Value>> {
        let mut inner = Parser::group(group, self.diagnostics);
        let mut values = Vec::new();
        while inner.peek().is_some() {
            values.push(inner.value()?);
            inner.separator("values");
        }
        Some(values)
    }

    fn number(&mut self, literal: &proc_macro2::Literal, minus: bool) -> Option<Value> {
        let span = literal.span();
        let parsed = syn::parse_str::<syn::Lit>(&literal.to_string());
        let sign = if minus { -1 } else { 1 };
        match parsed {
            Ok(syn::Lit::Int(int)) if int.suffix().is_empty() || int.suffix() == "usize" => {
                // What does not even fit 128 bits is as absurd as the largest that does.
                let value = int.base10_parse::<i128>().unwrap_or(i128::MAX);
                Some(Value::Int(Spanned { value: sign * value, span }))
            }
            Ok(syn::Lit::Float(float)) if float.suffix().is_empty() => {
                let value = float.base10_parse::<f64>().unwrap_or(f64::INFINITY);
                Some(Value::Float(Spanned { value: value * f64::from(sign as i32), span }))
            }
            _ => {
                self.error(span, "this is not a number of the language")
                    .found(literal)
                    .expected("a plain number such as `16` or `0.5`");
                None
            }
        }
    }

    fn word(&mut self, what: &str) -> Option<Ident> {
        match self.peek() {
            Some(TokenTree::Ident(word)) => {
                let word = word.clone();
                self.at += 1;
                Some(word)
            }
            other => {
                let span = other.map_or(self.end, TokenTree::span);
                self.error(span, format!("{what} is missing here"))
                    .expected("a layer such as `dense(10)`");
                None
            }
        }
    }

    /// A comma, or the end; reports what stands there instead and goes on behind it.
    fn separator(&mut self, what: &str) {
        if self.peek().is_none() || self.eat(',') {
            return;
        }
        let span = self.here();
        self.error(span, format!("{what} are separated by commas"));
        self.skip_past_comma();
    }

    fn layer_separator(&mut self) {
        if self.peek().is_none() || self.eat(',') {
            return;
        }
        let span = self.here();
        if self.eat(';') {
            self.error(span, "layers are separated by commas").found("`;`").expected("`,`");
        } else if matches!(self.peek(), Some(TokenTree::Ident(_))) {
            self.error(span, "a comma is missing before this layer").expected("`,`");
        } else {
            self.error(span, "layers are separated by commas").expected("`,`");
            self.skip_past_comma();
        }
    }

    fn skip_past_comma(&mut self) {
        while let Some(token) = self.next() {
            if matches!(&token, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';')) {
                return;
            }
        }
    }

    fn peek(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at)
    }

    fn peek_punct(&self, char: char) -> Option<TokenTree> {
        match self.peek() {
            Some(TokenTree::Punct(punct)) if punct.as_char() == char => self.peek().cloned(),
            _ => None,
        }
    }

    fn next(&mut self) -> Option<TokenTree> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn eat(&mut self, char: char) -> bool {
        let found = self.peek_punct(char).is_some();
        self.at += usize::from(found);
        found
    }

    fn here(&self) -> Span {
        self.peek().map_or(self.end, TokenTree::span)
    }

    fn error(&mut self, span: Span, message: impl std::fmt::Display) -> &mut crate::diag::Diagnostic {
        self.diagnostics.error(span, message)
    }
}

struct Header {
    attrs: Vec<syn::Attribute>,
    scalar: ScalarType,
    krate: syn::Path,
}

fn span_of(attr: &syn::Attribute) -> Span {
    attr.path().get_ident().map_or_else(Span::call_site, Ident::span)
}

/// Groups without delimiters come from `macro_rules` fragments; they are looked through.
fn transparent(token: TokenTree) -> Vec<TokenTree> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            group.stream().into_iter().flat_map(transparent).collect()
        }
        token => vec![token],
    }
}
