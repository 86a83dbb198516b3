//! The grammar. Parsing never stops: it reports, goes on at the next comma, and yields what it has.
//!
//! ```text
//! network  = attribute* visibility name [constants] ":" ports "->" ports "{" (layer "," | define)* "}"
//! ports    = shape | "(" (name ":" shape),* ")"
//! shape    = "[" number,* "]"
//! layer    = ["#[freeze]"] [name ":"] (keyword ["(" argument,* ")"] [block] | path "->" shape)
//! define   = "block" name ["(" (name ["=" value]),* ")"] "{" layer,* "}" [","]
//! block    = "{" layer,* "}" | "{" ("{" layer,* "}"),* "}"
//! argument = [key "="] value | "shortcut" "=" "{" layer,* "}"
//! value    = operand (("+" | "-" | "*" | "/") operand)*
//! operand  = ["-"] number | "true" | "false" | word ["(" value,* ")"] | "(" value,* ")" | "[" value,* "]"
//! ```
//!
//! The constants are taken out before (`syntax/constants.rs`).

mod attributes;
mod body;
pub(super) mod constants;
pub(super) mod cursor;
mod definition;
mod header;
mod ports;
mod values;

use proc_macro2::{Ident, Span, TokenStream};

use super::{Call, Definition, Spec, expand, flat};
use crate::diag::Diagnostics;
use cursor::Parser;

/// Reads a declaration; `None` where not even its name can be read.
pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<Spec> {
    Parser::new(tokens, Span::call_site(), diagnostics).network()
}

impl Parser<'_> {
    fn network(mut self) -> Option<Spec> {
        let attributes = self.attributes();
        let vis = self.visibility();
        let name = self.network_name()?;
        self.colon(&name);
        let (input, inputs) = self.ports("input", "[28, 28, 1]");
        let (output, outputs) = self.output();
        let (mut calls, blocks) = self.body(&name);
        self.nothing_more();
        let keywords = keywords(&calls, &blocks);
        expand::expand(&blocks, &mut calls, self.diagnostics);
        let attributes::Attributes { attrs, scalar, krate, part } = attributes;
        Some(Spec {
            attrs,
            vis,
            name,
            scalar,
            krate,
            part,
            input,
            inputs,
            output,
            outputs,
            calls,
            keywords,
            blocks: blocks.into_iter().map(|block| block.name).collect(),
        })
    }

    fn nothing_more(&mut self) {
        if self.peek().is_some() {
            let (span, found) = (self.here(), self.found());
            self.error(span, "nothing may follow the layers of a network")
                .found(found)
                .help("declare every network in a `network!` of its own");
        }
    }
}

/// The word of every layer, in reading order but for blocks, which come last.
fn keywords(calls: &[Call], blocks: &[Definition]) -> Vec<Ident> {
    let bodies = [calls].into_iter().chain(blocks.iter().map(|block| &block.calls[..]));
    bodies.flat_map(flat).map(|call| call.keyword.clone()).collect()
}
