//! Mistakes: collected with their places, reported all together.

use std::{fmt::Display, fmt::Write as _, thread};

use proc_macro2::{Span, TokenStream};

use crate::syntax::Origin;

/// The mistakes found so far. Nothing that takes one stops at the first.
///
/// Dropping it without [`finish`](Self::finish) or [`discard`](Self::discard) panics: mistakes must
/// not get lost.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    found: Vec<Diagnostic>,
    checked: bool,
    /// The layer of a used block that is looked at.
    origin: Option<Origin>,
}

/// One mistake at one place.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    span: Span,
    message: String,
    /// The use that shows it, where it is in a block.
    origin: Option<Origin>,
    /// `(label, text)`, in the order they were added.
    lines: Vec<(&'static str, String)>,
    /// Whether the table of shapes is shown below, and the table once it is known.
    with_table: bool,
    pub(crate) table: Option<String>,
}

impl Diagnostics {
    /// Reports a mistake at a token. The message starts in lower case and ends without a full stop;
    /// what was found, what was expected and what to write instead are added to what this yields.
    pub(crate) fn error(&mut self, span: Span, message: impl Display) -> &mut Diagnostic {
        self.found.push(Diagnostic {
            span,
            message: message.to_string(),
            origin: self.origin.clone(),
            lines: Vec::new(),
            with_table: false,
            table: None,
        });
        self.found.last_mut().expect("it was just pushed")
    }

    /// Says of the mistakes to come which layer of a used block they are in.
    pub(crate) fn within(&mut self, origin: Option<&Origin>) {
        self.origin = origin.cloned();
    }

    /// The number of mistakes so far.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// Gives the table of shapes to the mistakes that want one and have none yet.
    pub(crate) fn attach_table(&mut self, table: impl Fn() -> String) {
        for diagnostic in self.found.iter_mut().filter(|found| found.with_table) {
            diagnostic.table.get_or_insert_with(&table);
        }
    }

    /// The mistakes from the `first` on.
    #[cfg(test)]
    pub(crate) fn since(&mut self, first: usize) -> &mut [Diagnostic] {
        &mut self.found[first..]
    }

    /// The mistakes, in order; one that every use of a block shows is there once.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.checked = true;
        let mut found: Vec<Diagnostic> = Vec::new();
        for mistake in std::mem::take(&mut self.found) {
            if !found.iter().any(|other| mistake.repeats(other)) {
                found.push(mistake);
            }
        }
        found
    }

    /// Forgets the mistakes of an attempt; yields whether there were any.
    pub(crate) fn discard(mut self) -> bool {
        self.checked = true;
        !self.found.is_empty()
    }
}

/// The mistakes of the networks of a family, each of which has its constants in words: what stands at
/// one place is there once, with the constants that show it unless all do alike.
pub(crate) fn merge(networks: Vec<(String, Vec<Diagnostic>)>) -> Vec<Diagnostic> {
    let count = networks.len();
    let mut shown: Vec<Shown> = Vec::new();
    for (words, mistakes) in networks {
        let mut places = Vec::new();
        for mistake in mistakes {
            let place = format!("{:?}", mistake.span);
            let key = (places.iter().filter(|other| **other == place).count(), place.clone());
            places.push(place);
            match shown.iter_mut().find(|shown| shown.key == key) {
                Some(shown) => {
                    shown.alike &= shown.first.text() == mistake.text();
                    shown.networks.push(words.clone());
                }
                None => {
                    let networks = vec![words.clone()];
                    shown.push(Shown { key, first: mistake, networks, alike: true });
                }
            }
        }
    }
    shown.into_iter().map(|shown| shown.finish(count)).collect()
}

/// A mistake that several networks of a family may show.
struct Shown {
    /// Its number at its place, and the place.
    key: (usize, String),
    first: Diagnostic,
    networks: Vec<String>,
    alike: bool,
}

impl Shown {
    fn finish(mut self, count: usize) -> Diagnostic {
        let (first, others) = self.networks.split_first().expect("one shows it");
        let words = match others {
            _ if self.alike && self.networks.len() == count => return self.first,
            [] => format!("this is so with `{first}`"),
            [other] => format!("this is so with `{first}`; with `{other}` it is wrong too"),
            others => format!("this is so with `{first}`; {} others are wrong too", others.len()),
        };
        self.first.note(words);
        self.first
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        if !self.checked && !thread::panicking() {
            panic!("mistakes were collected and never reported");
        }
    }
}

impl Diagnostic {
    /// What stands there.
    pub(crate) fn found(&mut self, text: impl Display) -> &mut Self {
        self.line("found", text)
    }

    /// What could stand there.
    pub(crate) fn expected(&mut self, text: impl Display) -> &mut Self {
        self.line("expected", text)
    }

    /// What to write instead.
    pub(crate) fn help(&mut self, text: impl Display) -> &mut Self {
        self.line("help", text)
    }

    /// What else belongs to it, such as the other of two places that disagree.
    pub(crate) fn note(&mut self, text: impl Display) -> &mut Self {
        self.line("note", text)
    }

    /// Shows the table of shapes up to the layer in question.
    pub(crate) fn with_table(&mut self) -> &mut Self {
        self.with_table = true;
        self
    }

    /// Whether both are one mistake in a block that is used more than once.
    fn repeats(&self, other: &Self) -> bool {
        let (Some(origin), Some(before)) = (&self.origin, &other.origin) else { return false };
        let words = (origin.without_use(&self.message), before.without_use(&other.message));
        origin.repeats(before) && words.0 == words.1
    }

    fn line(&mut self, label: &'static str, text: impl Display) -> &mut Self {
        self.lines.push((label, text.to_string()));
        self
    }

    #[cfg(test)]
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// The whole text: message, indented lines, table.
    pub(crate) fn text(&self) -> String {
        let mut text = self.message.clone();
        for (label, line) in &self.lines {
            write!(text, "\n  {label}: {line}").expect("strings take all text");
        }
        if let Some(origin) = &self.origin {
            write!(text, "\n  note: {origin}").expect("strings take all text");
        }
        if let Some(table) = &self.table {
            text.push('\n');
            for row in table.lines() {
                write!(text, "\n  {row}").expect("strings take all text");
            }
        }
        text
    }

    /// The `compile_error!` that shows it.
    pub(crate) fn to_compile_error(&self) -> TokenStream {
        syn::Error::new(self.span, self.text()).to_compile_error()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(build: impl FnOnce(&mut Diagnostic)) -> String {
        let mut diagnostics = Diagnostics::default();
        build(diagnostics.error(Span::call_site(), "the kernel is too large"));
        diagnostics.attach_table(|| "input  [4, 4, 1]\n> conv2d1".to_owned());
        diagnostics.finish()[0].text()
    }

    #[test]
    fn lines_keep_their_order() {
        let text = one(|d| {
            d.found(5).expected("at most 4").help("write `kernel = 3`").note("of `conv2d1`");
        });
        assert_eq!(
            text,
            "the kernel is too large\n  found: 5\n  expected: at most 4\n  help: write `kernel = 3`\
             \n  note: of `conv2d1`"
        );
    }

    #[test]
    fn the_table_comes_last() {
        let text = one(|d| {
            d.with_table().found(5);
        });
        assert_eq!(text, "the kernel is too large\n  found: 5\n\n  input  [4, 4, 1]\n  > conv2d1");
    }

    #[test]
    fn a_mistake_becomes_one_compile_error() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(Span::call_site(), "wrong").help("right");
        let found = diagnostics.finish();
        let tokens = found[0].to_compile_error().to_string();
        assert_eq!(tokens.matches("compile_error").count(), 1);
        assert!(tokens.contains(r#""wrong\n  help: right""#), "{tokens}");
    }

    #[test]
    #[should_panic(expected = "never reported")]
    fn mistakes_cannot_get_lost() {
        drop(Diagnostics::default());
    }
}
