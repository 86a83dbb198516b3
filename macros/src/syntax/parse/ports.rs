//! Several inputs or outputs, each with a name: `(image: [28, 28, 1], meta: [4])`.

use proc_macro2::{Delimiter, Group, TokenTree};

use super::cursor::{Parser, is_punct};
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
        let ports = Parser::group(&group, self.diagnostics).named_shapes(what, example);
        if ports.len() == 1 {
            self.error(group.span(), format!("a single {what} has no name"))
                .help(format!("write its shape alone, such as `{example}`"));
        }
        let sizes = ports.iter().map(|port| match &port.shape.value {
            shape if shape.has_unknown() => Dim::Unknown,
            shape => shape.len(),
        });
        (Spanned::new(Shape::flat(Dim::sum(sizes)), group.span()), ports)
    }

    fn named_shapes(&mut self, what: &str, example: &str) -> Vec<Port> {
        let mut ports = Vec::new();
        while self.peek().is_some() {
            ports.extend(self.named_shape(what, example));
            if self.peek().is_some() && !self.eat(',') {
                let (span, found) = (self.here(), self.found());
                self.error(span, format!("a comma is missing before {found}")).expected("`,`");
                self.skip_to(&[',']);
                self.next();
            }
        }
        ports
    }

    fn named_shape(&mut self, what: &str, example: &str) -> Option<Port> {
        let name = self.eat_ident();
        if name.is_none() || !self.eat(':') {
            self.missing(format!("each of several {what}s has a name"), |error| {
                error.help(format!("write `name: {example}`"))
            });
        }
        if !matches!(self.peek(), Some(TokenTree::Group(_))) {
            self.skip_to(&[',']);
            return None;
        }
        let shape = self.header_shape(what, example);
        Some(Port { name: name?, shape })
    }
}
