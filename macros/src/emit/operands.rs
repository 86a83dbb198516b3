//! The slices that a step works on, as tokens.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::{
    emitter::{Access, Emitter, full_span},
    usize_literal,
};
use crate::plan::{Buf, STREAMS, Space};

/// The slices that a step works on, by buffer.
pub(super) struct Operands {
    in_turn: bool,
    pub(super) bindings: Vec<TokenStream>,
    names: BTreeMap<Buf, TokenStream>,
}

impl Operands {
    pub(super) fn new(emitter: &Emitter<'_>, writes: &[Buf], reads: &[Buf], full: &[Buf]) -> Self {
        let in_turn = emitter.in_turn;
        let mut operands = Self { in_turn, bindings: Vec::new(), names: BTreeMap::new() };
        let mut arenas: BTreeMap<&'static str, Vec<Buf>> = BTreeMap::new();
        for buf in writes.iter().chain(reads).copied() {
            let arena = match emitter.program.buffers[buf.0].space {
                Space::Input => {
                    operands.names.insert(buf, quote!(input));
                    continue;
                }
                Space::Row => "row",
                Space::Fixed => "fixed",
                Space::Index => "index",
                Space::Kept => "kept",
                Space::Gradient(_) => "gradients",
                Space::Param(param)
                    if matches!(emitter.access, Access::Inference | Access::Step) =>
                {
                    operands.names.insert(buf, emitter.weight(param));
                    continue;
                }
                Space::Param(param) if emitter.plan.params[param].trained => "trained",
                Space::Param(_) => "state",
            };
            let bufs = arenas.entry(arena).or_default();
            if !bufs.contains(&buf) {
                bufs.push(buf);
            }
        }
        for (arena, bufs) in arenas {
            let written = bufs.iter().any(|buf| writes.contains(buf));
            operands.bind(emitter, arena, &bufs, full, written);
        }
        operands
    }

    /// Splits a written arena into the parts a step needs; of one that is only read, lends slices.
    fn bind(
        &mut self,
        emitter: &Emitter<'_>,
        arena: &str,
        bufs: &[Buf],
        full: &[Buf],
        written: bool,
    ) {
        let arena = Ident::new(arena, Span::call_site());
        let spans = bufs.iter().map(|buf| match emitter.program.buffers[buf.0].space {
            Space::Row | Space::Index if full.contains(buf) => full_span(emitter.program, *buf),
            _ => emitter.span(*buf),
        });
        if written {
            let mut names: Vec<Ident> = Vec::new();
            for buf in bufs {
                names.push(self.free_name(short_name(emitter, *buf), &names));
            }
            self.bindings.push(quote!(let [#(#names),*] = __k::parts(#arena, [#(#spans),*]);));
            for (buf, name) in bufs.iter().zip(names) {
                self.names.insert(*buf, quote!(#name));
            }
        } else {
            for (buf, span) in bufs.iter().zip(spans) {
                self.names.insert(*buf, quote!(&#arena[#span]));
            }
        }
    }

    /// A name like `name` that no other buffer of the step has: `a.b_c` and `a_b.c` look the same.
    fn free_name(&self, name: Ident, others: &[Ident]) -> Ident {
        let taken = self.names.values().any(|tokens| name == tokens.to_string());
        if taken || others.contains(&name) {
            return self.free_name(format_ident!("{name}_other"), others);
        }
        name
    }

    /// The number of a layer's random stream: every turn has its own.
    pub(super) fn layer(&self, layer: usize) -> TokenStream {
        let layer = usize_literal(layer);
        let apart = usize_literal(STREAMS);
        if self.in_turn { quote!(#layer + turn as u64 * #apart) } else { layer }
    }

    /// The expression for a buffer.
    pub(super) fn of(&self, buf: Buf) -> &TokenStream {
        &self.names[&buf]
    }
}

/// `conv2d1.y` is `conv2d1_y` in a step, which makes an expansion readable.
fn short_name(emitter: &Emitter<'_>, buf: Buf) -> Ident {
    format_ident!("{}", emitter.program.buffers[buf.0].name.replace('.', "_"))
}
