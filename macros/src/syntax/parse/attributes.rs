//! Attributes of a network, and its visibility.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::Parser as _;

use super::cursor::{Parser, is_punct};
use crate::syntax::ScalarType;

/// What stands before the name.
pub(super) struct Attributes {
    pub(super) attrs: Vec<syn::Attribute>,
    pub(super) scalar: ScalarType,
    pub(super) krate: syn::Path,
    pub(super) part: bool,
}

impl Parser<'_> {
    pub(super) fn attributes(&mut self) -> Attributes {
        let mut attributes = Attributes {
            attrs: Vec::new(),
            scalar: ScalarType::F32,
            krate: syn::parse_quote!(::monograd),
            part: false,
        };
        while let Some(group) = self.attribute() {
            let body = group.stream();
            match syn::Attribute::parse_outer.parse2(quote::quote!(#[#body])) {
                Ok(attrs) => {
                    attrs.into_iter().for_each(|attr| self.take(attr, &group, &mut attributes));
                }
                Err(_) => {
                    self.error(group.span(), "this is not an attribute")
                        .found(format!("#[{body}]"))
                        .expected("an attribute of a struct, `#[scalar(f64)]` or a doc comment");
                }
            }
        }
        attributes
    }

    /// The brackets of the attribute that stands here; inner ones are reported and count as outer.
    pub(super) fn attribute(&mut self) -> Option<Group> {
        if !self.at_punct('#') {
            return None;
        }
        let span = self.here();
        self.next();
        if self.eat('!') {
            self.error(span, "attributes here belong to what follows")
                .found("`#!`")
                .help("write `#` without the `!`");
        }
        let group = self.eat_group(Delimiter::Bracket);
        if group.is_none() {
            let found = self.found();
            self.error(span, "an attribute stands in brackets")
                .found(found)
                .expected("`#[ .. ]`")
                .help("remove the `#`");
        }
        group
    }

    fn take(&mut self, attr: syn::Attribute, group: &Group, attributes: &mut Attributes) {
        if attr.path().is_ident("scalar") {
            self.scalar(&attr, group, attributes);
        } else if attr.path().is_ident("monograd") {
            self.krate(&attr, group, attributes);
        } else if attr.path().is_ident("part") {
            attributes.part = true;
            if attr.meta.require_path_only().is_err() {
                self.error(group.span(), "`part` has no arguments").help("write `#[part]`");
            }
        } else if attr.path().is_ident("freeze") {
            self.error(group.span(), "`#[freeze]` belongs to a layer")
                .help("write it before each layer that shall not be trained");
        } else if attr.path().is_ident("cfg") {
            let cfg = group.stream().to_string().replace("cfg (", "cfg(");
            self.error(group.span(), "`#[cfg]` stands before all that a network becomes")
                .found(format!("#[{cfg}]"))
                .help(format!("write `#[{cfg}] network! {{ .. }}`"));
        } else {
            attributes.attrs.push(attr);
        }
    }

    fn scalar(&mut self, attr: &syn::Attribute, group: &Group, attributes: &mut Attributes) {
        match attr.parse_args::<Ident>() {
            Ok(name) if name == "f32" => attributes.scalar = ScalarType::F32,
            Ok(name) if name == "f64" => attributes.scalar = ScalarType::F64,
            Ok(name) => {
                self.error(name.span(), format!("networks do not compute in `{name}`"))
                    .expected("`f32` or `f64`");
            }
            Err(_) => {
                self.error(group.span(), "`scalar` needs a type")
                    .expected("`f32` or `f64`")
                    .help("write `#[scalar(f64)]`");
            }
        }
    }

    fn krate(&mut self, attr: &syn::Attribute, group: &Group, attributes: &mut Attributes) {
        let parsed = attr.parse_args_with(|input: syn::parse::ParseStream<'_>| {
            input.parse::<syn::Token![crate]>()?;
            input.parse::<syn::Token![=]>()?;
            input.call(syn::Path::parse_mod_style)
        });
        match parsed {
            Ok(path) => attributes.krate = path,
            Err(_) => {
                self.error(group.span(), "`monograd` needs the path of the crate")
                    .help("write `#[monograd(crate = path)]`");
            }
        }
    }

    pub(super) fn visibility(&mut self) -> syn::Visibility {
        if self.peek_ident().is_none_or(|word| word != "pub") {
            return syn::Visibility::Inherited;
        }
        let mut tokens: TokenStream = self.next().into_iter().collect();
        let group = self.eat_group(Delimiter::Parenthesis);
        let span = group.as_ref().map_or_else(Span::call_site, Group::span);
        tokens.extend(group.map(TokenTree::Group));
        syn::parse2(tokens).unwrap_or_else(|_| {
            self.error(span, "this is not a visibility")
                .expected("`pub`, `pub(crate)`, `pub(super)` or `pub(in path)`");
            syn::Visibility::Inherited
        })
    }

    /// `#[freeze]`, if it stands before a layer.
    pub(super) fn freeze(&mut self) -> Option<Span> {
        let mut freeze = None;
        while let Some(group) = self.attribute() {
            let mut tokens = group.stream().into_iter();
            match (tokens.next(), tokens.next()) {
                (Some(TokenTree::Ident(word)), None) if word == "freeze" => {
                    freeze = Some(word.span());
                }
                (Some(TokenTree::Ident(word)), equals)
                    if word == "doc" && is_punct(equals.as_ref(), '=') =>
                {
                    self.error(group.span(), "layers have no documentation of their own")
                        .help("write a comment with two slashes");
                }
                _ => {
                    self.error(group.span(), "layers do not have this attribute")
                        .found(format!("#[{}]", group.stream()))
                        .expected("`#[freeze]`");
                }
            }
        }
        freeze
    }
}
