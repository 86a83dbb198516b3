//! The front end as a whole: from text to messages.

mod expansions;
mod keywords;
mod locals;
mod mistakes;
mod reference;
mod robust;

use proc_macro2::TokenStream;

use crate::compile;

/// Every mistake of a declaration: the text it underlines, then the message.
fn mistakes(source: &str) -> Vec<String> {
    let tokens: TokenStream = source.parse().expect("the test writes tokens");
    let mistakes = compile::check(tokens).mistakes;
    let texts = mistakes.iter().map(|mistake| {
        let underlined = mistake.span().source_text().unwrap_or_default();
        format!("{underlined}\n{}", mistake.text())
    });
    texts.collect()
}
