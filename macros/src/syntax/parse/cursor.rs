//! A cursor over the tokens of one group.

use std::fmt::Display;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::diag::{Diagnostic, Diagnostics};

/// Reads the tokens of one group from left to right.
pub(in crate::syntax) struct Parser<'a> {
    tokens: Vec<TokenTree>,
    at: usize,
    /// Where it is reported that something is missing at the end.
    end: Span,
    /// Whether it is reported that something is missing there.
    end_reported: bool,
    pub(in crate::syntax) diagnostics: &'a mut Diagnostics,
}

impl<'a> Parser<'a> {
    pub(in crate::syntax) fn new(
        tokens: TokenStream,
        end: Span,
        diagnostics: &'a mut Diagnostics,
    ) -> Parser<'a> {
        Self { tokens: visible(tokens), at: 0, end, end_reported: false, diagnostics }
    }

    pub(in crate::syntax) fn group(group: &Group, diagnostics: &'a mut Diagnostics) -> Self {
        Self::new(group.stream(), group.span_close(), diagnostics)
    }

    pub(in crate::syntax) fn peek(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at)
    }

    pub(in crate::syntax) fn peek_second(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at + 1)
    }

    pub(in crate::syntax) fn next(&mut self) -> Option<TokenTree> {
        let token = self.peek().cloned();
        self.at += usize::from(token.is_some());
        token
    }

    pub(in crate::syntax) fn at_punct(&self, char: char) -> bool {
        is_punct(self.peek(), char)
    }

    /// Whether two such characters follow one another.
    pub(in crate::syntax) fn at_puncts(&self, first: char, second: char) -> bool {
        self.at_punct(first) && is_punct(self.peek_second(), second)
    }

    /// Whether a word stands here with `::` behind it.
    pub(in crate::syntax) fn at_path(&self) -> bool {
        let colon = |at| is_punct(self.tokens.get(at), ':');
        self.peek_ident().is_some() && colon(self.at + 1) && colon(self.at + 2)
    }

    pub(in crate::syntax) fn eat(&mut self, char: char) -> bool {
        let found = self.at_punct(char);
        self.at += usize::from(found);
        found
    }

    pub(in crate::syntax) fn eat_both(&mut self, first: char, second: char) -> bool {
        let found = self.at_puncts(first, second);
        self.at += 2 * usize::from(found);
        found
    }

    pub(in crate::syntax) fn peek_ident(&self) -> Option<&Ident> {
        match self.peek() {
            Some(TokenTree::Ident(ident)) => Some(ident),
            _ => None,
        }
    }

    pub(in crate::syntax) fn eat_ident(&mut self) -> Option<Ident> {
        let ident = self.peek_ident().cloned();
        self.at += usize::from(ident.is_some());
        ident
    }

    pub(in crate::syntax) fn peek_group(&self, delimiter: Delimiter) -> Option<&Group> {
        match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
            _ => None,
        }
    }

    pub(in crate::syntax) fn eat_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        let group = self.peek_group(delimiter).cloned();
        self.at += usize::from(group.is_some());
        group
    }

    /// The place of the next token, or of what closes the group.
    pub(in crate::syntax) fn here(&self) -> Span {
        self.peek().map_or(self.end, TokenTree::span)
    }

    /// The next token in words.
    pub(in crate::syntax) fn found(&self) -> String {
        self.peek().map_or_else(|| "nothing".to_owned(), describe)
    }

    /// Goes on before the next such character.
    pub(in crate::syntax) fn skip_to(&mut self, chars: &[char]) {
        while let Some(token) = self.peek() {
            if matches!(token, TokenTree::Punct(punct) if chars.contains(&punct.as_char())) {
                return;
            }
            self.at += 1;
        }
    }

    /// Reports that something else should stand here; of what is missing at the end only the first.
    pub(in crate::syntax) fn missing(
        &mut self,
        message: impl Display,
        details: impl FnOnce(&mut Diagnostic) -> &mut Diagnostic,
    ) {
        let at_end = self.peek().is_none();
        if !(at_end && self.end_reported) {
            let (span, found) = (self.here(), self.found());
            details(self.error(span, message).found(found));
        }
        self.end_reported |= at_end;
    }

    pub(in crate::syntax) fn error(
        &mut self,
        span: Span,
        message: impl Display,
    ) -> &mut Diagnostic {
        self.diagnostics.error(span, message)
    }
}

pub(in crate::syntax) fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

/// A token as a message shows it; groups and long literals are cut short.
pub(in crate::syntax) fn describe(token: &TokenTree) -> String {
    const LONGEST: usize = 40;
    match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Parenthesis => "`( .. )`".to_owned(),
            Delimiter::Bracket => "`[ .. ]`".to_owned(),
            _ => "`{ .. }`".to_owned(),
        },
        token => {
            let text = token.to_string();
            let short: String = text.chars().take(LONGEST).collect();
            let rest = if short.len() < text.len() { ".." } else { "" };
            format!("`{short}{rest}`")
        }
    }
}

/// The tokens with groups looked through that have no delimiters: fragments of `macro_rules`.
pub(in crate::syntax) fn visible(tokens: TokenStream) -> Vec<TokenTree> {
    let mut rest: Vec<TokenTree> = tokens.into_iter().collect();
    rest.reverse();
    let mut visible = Vec::new();
    while let Some(token) = rest.pop() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                rest.extend(inner.into_iter().rev());
            }
            token => visible.push(token),
        }
    }
    visible
}
