//! The layer reference `src/layers.md` of the facade and its items for editors, `src/keywords.rs`,
//! written from the registry.
//!
//! With `BLESS=1` in the environment they are written anew.

use std::{env, fmt::Write as _, fs, path::Path};

use crate::layer::{Kind, LAYERS, network};

const HEAD: &str = "\
The layers of the language, by keyword. Written from the registry of the compiler.

";

const ITEMS: &str = "\
//! The words of layers, for editors: expansions name these items where the words stand, so that one
//! shows what its layer does. Written from the registry of the compiler.
";

const REGULARISATION: &str = "
# Regularisation

Layers with weights take three arguments that keep these small in training, none by default. They are
for weights, kernels and tables `w`, not for biases, and do nothing while the layer is frozen.

- `l1 = s`, `l2 = s`: a penalty `s · Σ |w|` or `s · Σ w²` is part of what training minimises, as in
  Keras: the training loss has it, and `s · sign(w)` or `2 · s · w` is added to the gradients once a
  step, before they are clipped. Losses of validation and evaluation measure the data alone.
- `max_norm = c`: after every step the weights that enter one unit are multiplied by `c / ‖w‖` where
  their Euclidean norm `‖w‖` is above `c` (Srebro and Shraibman 2005). A unit is an output of `dense`, a
  filter of a convolution, a gate of a recurrent unit, a row of an `embedding`.

```
use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] {
        conv2d(16, kernel = 3, max_norm = 3), relu, max_pool2d(2), flatten,
        dense(64, l2 = 1e-4, l1 = 1e-5), relu, dense(10), softmax,
    }
}
assert_eq!(Net::PARAMS[0].max_norm.map(|norm| (norm.limit, norm.units)), Some((3.0, 16)));
assert_eq!(Net::PARAMS[2].regularizer.l2, 1e-4);
```
";

const CUSTOM: &str = "
# Layers of your own

`layer(Swish<8>) -> [8]` stands where a layer does, for a type that implements
[`CustomLayer`](crate::custom::CustomLayer) and yields that shape; the documentation there has a whole one.
One that goes over a sequence step by step implements [`CausalLayer`](crate::custom::CausalLayer) too, and
`layer(Smooth<100>, causal = true) -> [100, 1]` says so: then the network around it has a `step`.
";

fn reference() -> String {
    let mut text = HEAD.to_owned();
    for kind in LAYERS {
        writeln!(text, "- [`{0}`](#{0})", kind.keyword).expect("strings take all text");
    }
    text.push_str(REGULARISATION);
    text.push_str(CUSTOM);
    LAYERS.iter().for_each(|kind| section(kind, &mut text));
    text
}

/// An item for every layer, which expansions name where its word stands.
fn items() -> String {
    let mut text = ITEMS.to_owned();
    let layers = LAYERS.iter().map(|kind| (kind.keyword, kind.doc, Some(kind.examples[0])));
    let custom = CUSTOM.trim_start().split_once("\n\n").expect("a title and a text").1;
    let own = (network::CUSTOM.keyword, custom.trim_end(), None);
    layers.chain([own]).for_each(|(keyword, doc, example)| item(keyword, doc, example, &mut text));
    text
}

fn item(keyword: &str, doc: &str, example: Option<&str>, text: &mut String) {
    let doc = doc.replace("](#", "](crate::layers#");
    let example = example.map(|network| format!("\n\n```text\n{network}\n```"));
    writeln!(text).expect("strings take all text");
    for line in format!("{doc}{}", example.unwrap_or_default()).lines() {
        writeln!(text, "{}", format!("/// {line}").trim_end()).expect("strings take all text");
    }
    writeln!(text, "pub mod {keyword} {{}}").expect("strings take all text");
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
    is_as_written("layers.md", &reference());
}

#[test]
fn every_layer_has_an_item_for_editors() {
    is_as_written("keywords.rs", &items());
}

fn is_as_written(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src").join(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, text).expect("the file can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, written, "`BLESS=1 cargo test reference` writes {name} anew");
}
