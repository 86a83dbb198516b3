//! Constants of the header: `pub Mlp<const HIDDEN: usize in [32, 64]>: .. { dense(HIDDEN) }`.
//!
//! A constant is a number that is written once: its values stand in the place of its name before
//! anything else is read. With several values the declaration is a family, a network for each.

use std::{collections::BTreeSet, fmt::Write as _};

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};

use super::{
    Spanned,
    parse::{
        constants::read,
        cursor::{Parser, is_punct, visible},
    },
};
use crate::diag::Diagnostics;

/// The most networks of a family.
const MOST_MEMBERS: usize = 64;

/// A declaration with its constants apart.
pub(crate) struct Declaration {
    constants: Vec<Constant>,
    /// Whether any of them is to have several values.
    pub(crate) family: bool,
    /// Whether something was wrong with them.
    pub(crate) broken: bool,
    before: Vec<TokenTree>,
    after: Vec<TokenTree>,
}

pub(super) struct Constant {
    pub(super) name: Ident,
    pub(super) values: Vec<Stated>,
}

/// A value, as it is written or as a constant elsewhere is said to have it.
pub(super) struct Stated {
    pub(super) value: Spanned<usize>,
    pub(super) elsewhere: Option<Elsewhere>,
}

/// A constant elsewhere with the value that it is said to have: `crate::STEPS -> 100`.
pub(crate) struct Elsewhere {
    pub(crate) path: TokenStream,
    /// The path as it is written.
    pub(crate) words: String,
    pub(crate) span: Span,
    pub(crate) value: usize,
}

/// The constants of one network, by name.
#[derive(Clone, Debug)]
pub(crate) struct Member(pub(crate) Vec<(Ident, usize)>);

impl Declaration {
    /// Takes the constants out of a declaration.
    pub(crate) fn new(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut before = visible(tokens);
        let Some(start) = start(&before) else {
            let (constants, after) = (Vec::new(), Vec::new());
            return Self { constants, family: false, broken: false, before, after };
        };
        let known = diagnostics.len();
        let mut written = before.split_off(start);
        let end = end(&written, diagnostics);
        let after = written.split_off(end);
        let close = written.last().map_or_else(Span::call_site, TokenTree::span);
        let closed = is_punct(written.last(), '>');
        let inner = written[1..written.len() - usize::from(closed)].iter().cloned().collect();
        let (constants, family) = read(Parser::new(inner, close, diagnostics));
        let mut declaration = Self { constants, family, broken: false, before, after };
        if diagnostics.len() == known {
            declaration.check(diagnostics);
        }
        declaration.broken = diagnostics.len() > known;
        declaration
    }

    fn check(&self, diagnostics: &mut Diagnostics) {
        let mut names = BTreeSet::new();
        for constant in &self.constants {
            let name = &constant.name;
            if !names.insert(name.to_string()) {
                diagnostics
                    .error(name.span(), format!("the constant `{name}` is declared twice"))
                    .help("give each constant a name of its own");
            } else if !is_used(name, &self.after) {
                diagnostics.error(name.span(), format!("the constant `{name}` is not used")).help(
                    format!("write it where a size stands, as in `dense({name})`, or remove it"),
                );
            }
        }
        let members = self.constants.iter().map(|constant| constant.values.len());
        let members = members.fold(1, usize::saturating_mul);
        if let Some(constant) = self.constants.last().filter(|_| members > MOST_MEMBERS) {
            diagnostics
                .error(constant.name.span(), "this family has too many networks")
                .found(members)
                .expected(format!("at most {MOST_MEMBERS}, each of which is compiled"))
                .help("list fewer values, or declare two families");
        }
    }

    /// The networks: every combination of values, the last constant changing first; one where the
    /// constants have mistakes.
    pub(crate) fn members(&self) -> Vec<Member> {
        let most = if self.broken { 1 } else { MOST_MEMBERS };
        let mut members = vec![Member(Vec::new())];
        for Constant { name, values } in &self.constants {
            let with = |member: &Member, stated: &Stated| {
                let own = (name.clone(), stated.value.value);
                Member(member.0.iter().cloned().chain([own]).collect())
            };
            members = members
                .iter()
                .flat_map(|member| values.iter().map(move |value| with(member, value)))
                .take(most)
                .collect();
        }
        members
    }

    /// The constants elsewhere that values were said to be those of.
    pub(crate) fn elsewhere(&self) -> impl Iterator<Item = &Elsewhere> {
        let values = self.constants.iter().flat_map(|constant| &constant.values);
        values.filter_map(|stated| stated.elsewhere.as_ref())
    }

    /// The declaration of one of them, without constants.
    pub(crate) fn of(&self, member: &Member) -> TokenStream {
        let after = self.after.iter().cloned().map(|token| member.placed(token));
        self.before.iter().cloned().chain(after).collect()
    }
}

impl Member {
    /// `HIDDEN = 32, DEPTH = 2`.
    pub(crate) fn words(&self) -> String {
        let mut words = String::new();
        for (name, value) in &self.0 {
            let comma = if words.is_empty() { "" } else { ", " };
            write!(words, "{comma}{name} = {value}").expect("strings take all text");
        }
        words
    }

    /// The name of its struct: `Mlp32`, and `Mlp32x2` with two constants.
    pub(crate) fn name(&self, family: &Ident) -> Ident {
        let values: Vec<_> = self.0.iter().map(|(_, value)| value.to_string()).collect();
        let digit = family.to_string().ends_with(|last: char| last.is_ascii_digit());
        let apart = if digit { "_" } else { "" };
        Ident::new(&format!("{family}{apart}{}", values.join("x")), family.span())
    }

    /// A token with values in the place of names.
    fn placed(&self, token: TokenTree) -> TokenTree {
        match token {
            TokenTree::Ident(word) => match self.0.iter().find(|(name, _)| *name == word) {
                Some((_, value)) => {
                    let mut literal = Literal::usize_unsuffixed(*value);
                    literal.set_span(word.span());
                    TokenTree::Literal(literal)
                }
                None => TokenTree::Ident(word),
            },
            TokenTree::Group(group) if self.0.iter().any(|(name, _)| is_in(name, &group)) => {
                let inner = group.stream().into_iter().map(|token| self.placed(token)).collect();
                let mut placed = Group::new(group.delimiter(), inner);
                placed.set_span(group.span());
                TokenTree::Group(placed)
            }
            token => token,
        }
    }
}

/// Where `<` stands before the colon, if it does.
fn start(tokens: &[TokenTree]) -> Option<usize> {
    let at =
        tokens.iter().position(|token| [':', '<'].iter().any(|c| is_punct(Some(token), *c)))?;
    is_punct(tokens.get(at), '<').then_some(at)
}

/// Where what follows the constants begins.
fn end(tokens: &[TokenTree], diagnostics: &mut Diagnostics) -> usize {
    let closes = |at: &usize| is_punct(tokens.get(*at), '>') && !is_punct(tokens.get(*at - 1), '-');
    if let Some(at) = (1..tokens.len()).find(closes) {
        return at + 1;
    }
    diagnostics
        .error(tokens[0].span(), "the constants of a network have no end")
        .help("write `>` behind the last one");
    let shape = |pair: &[TokenTree]| {
        let group =
            matches!(&pair[1], TokenTree::Group(group) if group.delimiter() != Delimiter::Brace);
        is_punct(pair.first(), ':') && group
    };
    tokens.windows(2).position(shape).unwrap_or(tokens.len())
}

fn is_used(name: &Ident, tokens: &[TokenTree]) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Ident(word) => word == name,
        TokenTree::Group(group) => is_in(name, group),
        _ => false,
    })
}

fn is_in(name: &Ident, group: &Group) -> bool {
    is_used(name, &group.stream().into_iter().collect::<Vec<_>>())
}
