//! The layer reference `src/layers.md` of the facade, written from the registry.
//!
//! With `BLESS=1` in the environment it is written anew.

use std::{env, fmt::Write as _, fs, path::Path};

use crate::layer::{Kind, LAYERS};

const HEAD: &str = "\
The layers of the language, by keyword. Written from the registry of the compiler.

";

fn reference() -> String {
    let mut text = HEAD.to_owned();
    for kind in LAYERS {
        writeln!(text, "- [`{0}`](#{0})", kind.keyword).expect("strings take all text");
    }
    LAYERS.iter().for_each(|kind| section(kind, &mut text));
    text
}

fn section(kind: &Kind, text: &mut String) {
    let (keyword, doc) = (kind.keyword, kind.doc);
    let network = kind.examples[0];
    write!(
        text,
        "\n# {keyword}\n\n{doc}\n\n```\n# use monograd::prelude::*;\nnetwork! {{\n    \
         Example: {network}\n}}\n# let net = Example::init(1);\n\
         # assert!(net.predict(&Default::default(), &mut Example::scratch::<1>()).len() > 0);\n```\n"
    )
    .expect("strings take all text");
}

#[test]
fn the_layer_reference_is_that_of_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/layers.md");
    let text = reference();
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &text).expect("the file can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, written, "`BLESS=1 cargo test layer_reference` writes it anew");
}
