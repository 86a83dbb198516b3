//! Diagnostics: collected, never stopping at the first, and impossible to forget.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// The mistakes of one declaration. Dropping it unread is a bug in the compiler and panics.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    list: Vec<Diagnostic>,
    read: bool,
}

/// One mistake: where, what, and what to type instead.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    pub(crate) span: Span,
    pub(crate) message: String,
    /// `found`, `expected`, `help`, `note`, in the order given.
    pub(crate) lines: Vec<(&'static str, String)>,
    /// Whether the shapes so far are shown beneath it.
    pub(crate) with_table: bool,
    /// The table, once the model knows it.
    pub(crate) table: Option<String>,
}

impl Diagnostics {
    /// Reports a mistake at `span`; what is known besides is added to the result.
    pub(crate) fn error(&mut self, span: Span, message: impl Display) -> &mut Diagnostic {
        self.list.push(Diagnostic {
            span,
            message: message.to_string(),
            lines: Vec::new(),
            with_table: false,
            table: None,
        });
        self.list.last_mut().expect("just pushed")
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The mistakes from the `first` on, to be given their table.
    pub(crate) fn since(&mut self, first: usize) -> &mut [Diagnostic] {
        &mut self.list[first..]
    }

    /// One `compile_error!` a mistake; empty where there is none.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        self.read = true;
        if self.list.is_empty() {
            return None;
        }
        Some(self.list.iter().map(Diagnostic::to_tokens).collect())
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        assert!(self.read || std::thread::panicking(), "diagnostics are read before they go");
    }
}

impl Diagnostic {
    pub(crate) fn found(&mut self, text: impl Display) -> &mut Self {
        self.line("found", text)
    }

    pub(crate) fn expected(&mut self, text: impl Display) -> &mut Self {
        self.line("expected", text)
    }

    pub(crate) fn help(&mut self, text: impl Display) -> &mut Self {
        self.line("help", text)
    }

    pub(crate) fn note(&mut self, text: impl Display) -> &mut Self {
        self.line("note", text)
    }

    pub(crate) fn with_table(&mut self) -> &mut Self {
        self.with_table = true;
        self
    }

    fn line(&mut self, label: &'static str, text: impl Display) -> &mut Self {
        self.lines.push((label, text.to_string()));
        self
    }

    /// The message as rustc shows it, line for line.
    pub(crate) fn text(&self) -> String {
        let mut text = self.message.clone();
        for (label, line) in &self.lines {
            text.push_str(&format!("\n{label:>10}: {line}"));
        }
        if let Some(table) = &self.table {
            text.push_str("\n\n");
            text.push_str(table);
        }
        text
    }

    fn to_tokens(&self) -> TokenStream {
        let text = self.text();
        quote_spanned!(self.span=> ::core::compile_error! { #text })
    }
}
