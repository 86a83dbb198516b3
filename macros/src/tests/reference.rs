//! The layer reference `src/layers.md` of the facade, written from the registry.
//!
//! With `BLESS=1` in the environment it is written anew.

use std::{env, fmt::Write as _, fs, path::Path};

use crate::layer::{Kind, LAYERS};

const HEAD: &str = "\
The layers of the language, by keyword. Written from the registry of the compiler.

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
