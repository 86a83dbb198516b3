//! Blocks of layers to be used by name.

use proc_macro2::{Delimiter, Ident, TokenTree};

use super::cursor::Parser;
use crate::syntax::{Arg, Call, Definition, Parameter, Value};

const EXAMPLE: &str = "`block stage(width) { conv2d(width, kernel = 3), relu }`";

impl Parser<'_> {
    /// The layers of a network, and the blocks among them.
    pub(super) fn layers_and_blocks(&mut self) -> (Vec<Call>, Vec<Definition>) {
        let (mut calls, mut blocks) = (Vec::new(), Vec::new());
        loop {
            calls.extend(self.layers_up_to_block());
            if self.peek().is_none() {
                return (calls, blocks);
            }
            blocks.extend(self.definition(calls.len()));
        }
    }

    pub(super) fn at_definition(&self) -> bool {
        self.peek_ident().is_some_and(|word| word == "block")
            && matches!(self.peek_second(), Some(TokenTree::Ident(_)))
    }

    /// A block where none may be declared.
    pub(super) fn misplaced_definition(&mut self) {
        let span = self.here();
        self.error(span, "blocks are declared among the layers of the network, not within others")
            .help("move it before the layer in whose braces it stands");
        self.definition(0);
    }

    /// `block name(parameters) { layers }`; `None` where it has no name.
    fn definition(&mut self, after: usize) -> Option<Definition> {
        self.next();
        let name = self.eat_ident()?;
        let parameters = match self.eat_group(Delimiter::Parenthesis) {
            Some(group) => Parser::group(&group, self.diagnostics).parameters(),
            None => Vec::new(),
        };
        let calls = self.layers_of_block(&name);
        self.eat(',');
        Some(Definition { name, parameters, calls, after })
    }

    fn layers_of_block(&mut self, name: &Ident) -> Vec<Call> {
        let Some(group) = self.eat_group(Delimiter::Brace) else {
            self.missing(format!("the layers of the block `{name}` are missing"), |error| {
                error.expected(EXAMPLE)
            });
            self.skip_to(&[',', ';']);
            return Vec::new();
        };
        let before = self.diagnostics.len();
        let calls = Parser::group(&group, self.diagnostics).layers();
        if calls.is_empty() && self.diagnostics.len() == before {
            self.error(name.span(), format!("the block `{name}` has no layers"))
                .help("write at least one layer, such as `dense(10)`");
        }
        calls
    }

    /// `width, stride = 1`; what is no parameter is reported and left out.
    fn parameters(&mut self) -> Vec<Parameter> {
        let (args, shortcut) = self.arguments();
        if let Some(body) = shortcut {
            self.error(body.span, "layers cannot be a parameter of a block")
                .expected("a name such as `width`, or `stride = 1`");
        }
        args.into_iter().filter_map(|arg| self.parameter(arg)).collect()
    }

    fn parameter(&mut self, arg: Arg) -> Option<Parameter> {
        match (arg.key, arg.value) {
            (Some(name), value) => Some(Parameter { name, default: Some(value) }),
            (None, Value::Word(name, within)) if within.is_empty() => {
                Some(Parameter { name, default: None })
            }
            (None, Value::Wrong(_)) => None,
            (None, value) => {
                self.error(value.span(), "a parameter of a block is a name")
                    .found(&value)
                    .expected("a name such as `width`, or `stride = 1`");
                None
            }
        }
    }
}
