//! What every registered layer keeps to.

use std::{fs, path::Path};

use super::{LAYERS, testing};
use crate::{
    model::Node,
    plan::{Buf, Space, optimize::optimize, verify::verify},
};

/// Files beside the layers.
const SHARED: &[&str] = &[
    "adaptive",
    "borders",
    "combine",
    "convolution",
    "divisors",
    "gated",
    "image",
    "laws",
    "lookup",
    "network",
    "normalization",
    "param",
    "pointwise",
    "pooling",
    "recurrent",
    "sequence",
    "spread",
    "strided",
    "testing",
    "transposed",
    "window",
];

#[test]
fn keywords_are_sorted_and_unique() {
    assert!(LAYERS.is_sorted_by(|a, b| a.keyword < b.keyword));
}

#[test]
fn every_file_is_a_registered_layer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/layer");
    let files = fs::read_dir(folder).expect("the layers are here");
    let mut stems: Vec<String> = files
        .map(|file| file.expect("it can be listed").path())
        .map(|path| path.file_stem().expect("files have names").to_string_lossy().into_owned())
        .filter(|stem| !SHARED.contains(&stem.as_str()))
        .collect();
    stems.sort();
    stems.dedup();
    let keywords: Vec<&str> = LAYERS.iter().map(|kind| kind.keyword).collect();
    assert_eq!(stems, keywords);
}

#[test]
fn keywords_and_arguments_are_words() {
    for kind in LAYERS {
        for word in kind.args.iter().chain([&kind.keyword]) {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(word.chars().all(plain), "{word}");
        }
        assert!(!kind.keyword.ends_with('_'), "{}", kind.keyword);
    }
}

#[test]
fn documentation_covers_every_argument_and_parameter() {
    for kind in LAYERS {
        let (keyword, doc) = (kind.keyword, kind.doc);
        assert!(doc.ends_with('.'), "{keyword}: the text ends in a full stop");
        assert!(doc.lines().all(|line| line.chars().count() <= 105), "{keyword}: lines are short");
        let listed: Vec<&str> = doc.lines().filter_map(|line| line.strip_prefix("- `")).collect();
        let listed = listed.iter().map(|line| line.split([' ', '`']).next().unwrap_or_default());
        assert_eq!(listed.collect::<Vec<_>>(), kind.args, "{keyword}: the list of arguments");
        for param in params(kind.examples[0], keyword) {
            assert!(doc.contains(&format!("`{param} [")), "{keyword}: `{param}`");
        }
    }
}

fn params(example: &str, keyword: &str) -> Vec<&'static str> {
    let nodes = testing::model(example).nodes;
    let own = nodes.iter().filter(|node| node.kind.keyword == keyword);
    own.flat_map(|node| node.params.iter().map(|param| param.name)).collect()
}

#[test]
fn examples_are_small_networks_with_the_layer() {
    for kind in LAYERS {
        assert!(!kind.examples.is_empty(), "{}", kind.keyword);
        for example in kind.examples {
            let model = testing::model(example);
            let used = model.nodes.iter().any(|node| node.kind.keyword == kind.keyword);
            assert!(used, "{}: {example}", kind.keyword);
            let parameters = model.nodes.iter().map(|node| node.parameters().literal());
            let parameters: usize = parameters.map(|count| count.expect("a literal")).sum();
            assert!(parameters <= 100, "{example}: {parameters} parameters");
        }
    }
}

/// A layer in canonical words, with its name where one is given.
fn written(node: &Node) -> String {
    let Node { name, kind, .. } = node;
    let ordinal = name.strip_prefix(kind.keyword).map(|rest| rest.trim_start_matches('_'));
    let automatic = ordinal.is_some_and(|rest| rest.parse::<usize>().is_ok());
    let name = if automatic { String::new() } else { format!("{name}: ") };
    let freeze = if node.frozen { "#[freeze] " } else { "" };
    format!("{freeze}{name}{}({})", kind.keyword, node.layer.canonical()).replace("()", "")
}

#[test]
fn canonical_words_say_the_same_again() {
    let blocks = ["residual", "parallel", "repeat"];
    for kind in LAYERS.iter().filter(|kind| !blocks.contains(&kind.keyword)) {
        for example in kind.examples {
            let model = testing::model(example);
            if model.ports.len() + model.ends.len() > 1 {
                continue;
            }
            let layers = model.nodes.iter().map(written).collect::<Vec<_>>().join(", ");
            let again = format!("{} -> {} {{ {layers} }}", model.input, model.output);
            assert_eq!(testing::model(&again).architecture(), model.architecture(), "{again}");
        }
    }
}

#[test]
fn examples_lower_with_a_gradient_for_every_trained_parameter() {
    for kind in LAYERS {
        for example in kind.examples {
            let plan = testing::plan(example);
            let program = &plan.training.program;
            let written: Vec<_> =
                program.steps.iter().flat_map(|step| step.verb.writes()).collect();
            for (index, buffer) in program.buffers.iter().enumerate() {
                let is_gradient = matches!(buffer.space, Space::Gradient(_));
                let is_written = written.contains(&Buf(index));
                assert!(!is_gradient || is_written, "{example}: {}", buffer.name);
            }
        }
    }
}

#[test]
fn examples_make_well_formed_plans() {
    for example in LAYERS.iter().flat_map(|kind| kind.examples) {
        let plan = testing::plan(example);
        verify(&plan).unwrap_or_else(|fault| panic!("{example}: {fault}\n{plan}"));
        let plan = optimize(plan);
        verify(&plan).unwrap_or_else(|fault| panic!("{example}: {fault}\n{plan}"));
    }
}
