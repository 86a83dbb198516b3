//! Several inputs or outputs, each with a name: `(image: [28, 28, 1], meta: [4])`.

use proc_macro2::{Delimiter, Group, TokenTree};

use super::{
    cursor::{Parser, is_punct},
    header::is_plain,
};
use crate::{
    shape::{Dim, Shape},
    syntax::{Port, Spanned},
};

impl Parser<'_> {
    /// A shape, or several with names, which count as one flat shape besides.
    pub(super) fn ports(&mut self, what: &str, example: &str) -> (Spanned<Shape>, Vec<Port>) {
        let named =
            |group: &&Group| group.stream().into_iter().any(|token| is_punct(Some(&token), ':'));
        let Some(group) = self.peek_group(Delimiter::Parenthesis).filter(named).cloned() else {
            return (self.header_shape(what, example), Vec::new());
        };
        self.next();
        let before = self.diagnostics.len();
        let ports = Parser::group(&group, self.diagnostics).named_shapes(what, example);
        if ports.len() == 1 && self.diagnostics.len() == before {
            self.error(group.span(), format!("a single {what} has no name"))
                .help(format!("write its shape alone, such as `{example}`"));
        }
        let sizes = ports.iter().map(|port| match &port.shape.value {
            shape if shape.has_unknown() => Dim::Unknown,
            shape => shape.len(),
        });
        let whole = Shape::flat(Dim::sum(sizes));
        let whole = if ports.is_empty() { Shape::unknown() } else { whole };
        (Spanned::new(whole, group.span()), ports)
    }

    fn named_shapes(&mut self, what: &str, example: &str) -> Vec<Port> {
        let mut ports = Vec::new();
        while self.peek().is_some() {
            if let Some(port) = self.named_shape(what, example) {
                self.keep(port, what, &mut ports);
            }
            if self.peek().is_some() && !self.eat(',') {
                let (span, found) = (self.here(), self.found());
                self.error(span, format!("a comma is missing before {found}")).expected("`,`");
                self.skip_to(&[',']);
                self.next();
            }
        }
        ports
    }

    /// Keeps what can be a field of a struct.
    fn keep(&mut self, port: Port, what: &str, ports: &mut Vec<Port>) {
        let name = &port.name;
        if !is_plain(name) {
            self.error(name.span(), format!("`{name}` cannot be the name of an {what}"))
                .help("choose a name that is not a word of Rust");
        } else if ports.iter().any(|other| other.name == *name) {
            self.error(name.span(), format!("two {what}s are called `{name}`"))
                .help("give each a name of its own");
        } else {
            ports.push(port);
        }
    }

    fn named_shape(&mut self, what: &str, example: &str) -> Option<Port> {
        let name = self.eat_ident();
        let is_named = name.is_some() && self.eat(':');
        if !is_named {
            self.missing(format!("each of several {what}s has a name"), |error| {
                error.help(format!("write `name: {example}`"))
            });
        }
        let is_group = matches!(self.peek(), Some(TokenTree::Group(_)));
        if !is_named && !is_group {
            self.skip_to(&[',']);
            return None;
        }
        let shape = self.header_shape(what, example);
        if !is_group {
            self.skip_to(&[',']);
        }
        Some(Port { name: name?, shape })
    }
}
