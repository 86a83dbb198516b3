//! Values of arguments, and sizes.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};

use super::cursor::{Parser, describe, visible};
use crate::{
    shape::MAX_SCALARS,
    syntax::{Operation, Spanned, Value},
};

const EXPECTED: &str = "a number, a word, `(3, 3)` or `[7, 7, 64]`";

impl Parser<'_> {
    /// The values of a group that is all values.
    pub(super) fn values(&mut self, what: &str) -> Vec<Value> {
        let mut values = Vec::new();
        while self.peek().is_some() {
            let value = self.value();
            values.push(self.end_of_value(value, what));
        }
        values
    }

    /// One value: a sum of products, most often of one operand.
    pub(super) fn value(&mut self) -> Value {
        let mut left = self.product();
        while let Some((sign, span)) = self.sign("+-") {
            let right = self.product();
            left = Value::Operation(Box::new(Operation { left, sign, right, span }));
        }
        left
    }

    fn product(&mut self) -> Value {
        let mut left = self.operand();
        while let Some((sign, span)) = self.sign("*/") {
            let right = self.operand();
            left = Value::Operation(Box::new(Operation { left, sign, right, span }));
        }
        left
    }

    fn sign(&mut self, signs: &str) -> Option<(char, Span)> {
        if self.at_puncts('-', '>') {
            return None;
        }
        match self.peek() {
            Some(TokenTree::Punct(punct)) if signs.contains(punct.as_char()) => {
                let found = (punct.as_char(), punct.span());
                self.next();
                Some(found)
            }
            _ => None,
        }
    }

    /// One operand; what is not one is reported and left out up to the next comma.
    fn operand(&mut self) -> Value {
        let span = self.here();
        match self.peek().cloned() {
            Some(TokenTree::Punct(punct)) if punct.as_char() == '-' => {
                self.next();
                self.negative(span)
            }
            Some(TokenTree::Literal(literal)) => {
                self.next();
                self.number(&literal)
            }
            Some(TokenTree::Ident(word)) => {
                self.next();
                self.word(word)
            }
            Some(TokenTree::Group(group)) if group.delimiter() != Delimiter::Brace => {
                self.next();
                self.several(&group)
            }
            _ => self.no_value(span),
        }
    }

    fn no_value(&mut self, span: Span) -> Value {
        self.missing("a value is missing here", |error| error.expected(EXPECTED));
        self.skip_to(&[',', ';']);
        Value::Wrong(span)
    }

    fn negative(&mut self, minus: Span) -> Value {
        let Some(TokenTree::Literal(literal)) = self.peek().cloned() else {
            return self.no_value(minus);
        };
        self.next();
        let span = minus.join(literal.span()).unwrap_or_else(|| literal.span());
        match self.number(&literal) {
            Value::Int(number) => Value::Int(Spanned { value: -number.value, span }),
            Value::Float(number) => Value::Float(Spanned { value: -number.value, span }),
            value => value,
        }
    }

    fn word(&mut self, word: Ident) -> Value {
        if word == "true" || word == "false" {
            return Value::Bool(Spanned { value: word == "true", span: word.span() });
        }
        if self.at_puncts(':', ':') {
            return self.constant_elsewhere(word);
        }
        let Some(group) = self.eat_group(Delimiter::Parenthesis) else {
            return Value::Word(word, Vec::new());
        };
        match self.several(&group) {
            Value::Tuple(values, _) => Value::Word(word, values),
            value => value,
        }
    }

    /// Reports a path: a macro does not see the values of constants.
    fn constant_elsewhere(&mut self, first: Ident) -> Value {
        let mut path: TokenStream = [TokenTree::Ident(first)].into_iter().collect();
        self.rest_of_path(&mut path);
        let words = without_spaces(&path);
        let last = path.into_iter().last().expect("it has a first word");
        self.error(last.span(), format!("the value of `{words}` is not known to a macro"))
            .expected("a number, or a constant of the header")
            .help(format!(
                "declare `<const {last}: usize = {words} -> 32>` behind the name of the network, with its \
                 value, and write `{last}` here"
            ));
        Value::Wrong(last.span())
    }

    /// A path such as `crate::STEPS`.
    pub(in crate::syntax) fn path(&mut self) -> Option<TokenStream> {
        let start = self.at_puncts(':', ':');
        let mut path = TokenStream::new();
        if !start {
            path.extend([TokenTree::Ident(self.eat_ident()?)]);
        }
        self.rest_of_path(&mut path);
        Some(path)
    }

    fn rest_of_path(&mut self, path: &mut TokenStream) {
        while self.at_puncts(':', ':') {
            path.extend(self.next());
            path.extend(self.next());
            path.extend(self.eat_ident().map(TokenTree::Ident));
        }
    }

    /// `(3, 5)` or `[7, 7, 64]`; there are no such values within one another.
    fn several(&mut self, group: &Group) -> Value {
        let nested = |token: &TokenTree| matches!(token, TokenTree::Group(_));
        if let Some(inner) = visible(group.stream()).into_iter().find(nested) {
            self.error(inner.span(), "values cannot stand within one another this way")
                .expected(EXPECTED);
            return Value::Wrong(group.span());
        }
        let values = Parser::group(group, self.diagnostics).values("values");
        match group.delimiter() {
            Delimiter::Bracket => Value::List(values, group.span()),
            _ => Value::Tuple(values, group.span()),
        }
    }

    fn number(&mut self, literal: &Literal) -> Value {
        let span = literal.span();
        match syn::parse_str::<syn::Lit>(&literal.to_string()) {
            Ok(syn::Lit::Int(number)) => {
                self.no_suffix(number.base10_digits(), number.suffix(), span);
                number.base10_parse().map_or_else(
                    |_| self.too_large(literal),
                    |value| Value::Int(Spanned { value, span }),
                )
            }
            Ok(syn::Lit::Float(number)) => {
                self.no_suffix(number.base10_digits(), number.suffix(), span);
                let value = number.base10_parse().unwrap_or(f64::INFINITY);
                Value::Float(Spanned { value, span })
            }
            Ok(syn::Lit::Str(text)) => {
                self.error(span, "text in quotes is not a value of an argument")
                    .expected(EXPECTED)
                    .help(format!("write `{}` without quotes", shortened(&text.value())));
                Value::Wrong(span)
            }
            _ => {
                self.error(span, "this is not a value of an argument")
                    .found(describe(&TokenTree::Literal(literal.clone())))
                    .expected(EXPECTED);
                Value::Wrong(span)
            }
        }
    }

    fn too_large(&mut self, literal: &Literal) -> Value {
        self.error(literal.span(), "this number is too large")
            .found(describe(&TokenTree::Literal(literal.clone())))
            .expected(format!("at most {MAX_SCALARS}"));
        Value::Wrong(literal.span())
    }

    fn no_suffix(&mut self, digits: &str, suffix: &str, span: Span) {
        if !suffix.is_empty() {
            self.error(span, "numbers have no type here")
                .found(format!("{digits}{suffix}"))
                .help(format!("write `{digits}`"));
        }
    }
}

/// A path as it is written.
pub(in crate::syntax) fn without_spaces(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}

fn shortened(text: &str) -> String {
    let words = text.chars().filter(|char| !char.is_control());
    words.take(40).collect()
}
