//! What every file of the repository keeps to.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder with an extension.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let found =
        paths.flat_map(|path| if path.is_dir() { files(&path, extension) } else { vec![path] });
    found.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// The keywords of the layer reference, which is written from the registry.
fn keywords() -> Vec<String> {
    let reference = text(&root().join("src/layers.md"));
    let headings = reference.lines().filter_map(|line| line.strip_prefix("# "));
    let is_keyword = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let keywords = headings.filter(|heading| heading.chars().all(is_keyword));
    keywords.map(str::to_owned).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect()
}

#[test]
fn every_layer_has_a_wrong_use() {
    let ui = root().join("tests/ui");
    let folders = ["parse", "name", "arg", "shape", "loss"].map(|folder| ui.join(folder));
    let cases: Vec<String> =
        folders.iter().flat_map(|folder| files(folder, "rs")).map(|path| text(&path)).collect();
    let keywords = keywords();
    assert!(keywords.len() > 20, "{keywords:?}");
    for keyword in keywords {
        let named = cases.iter().any(|case| words(case).contains(keyword.as_str()));
        assert!(named, "no case of tests/ui uses `{keyword}` wrongly");
    }
}

/// `plan/lower.rs` is declared in `plan.rs`, and `plan.rs` in `lib.rs`.
#[test]
fn every_file_is_a_module() {
    for krate in ["macros/src", "runtime/src", "src", "tests/src"] {
        let folder = root().join(krate);
        for path in files(&folder, "rs").into_iter().filter(|path| !path.ends_with("lib.rs")) {
            let parent = path.parent().expect("it is below a folder");
            let parent =
                if parent == folder { folder.join("lib.rs") } else { parent.with_extension("rs") };
            let module = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
            let declared =
                text(&parent).lines().any(|line| line.trim().ends_with(&format!("mod {module};")));
            assert!(declared, "{} is no module of {}", path.display(), parent.display());
        }
    }
}

/// Tests and examples are found by cargo or declared to it.
#[test]
fn every_test_is_run() {
    let manifest = text(&root().join("tests/Cargo.toml"));
    for entry in fs::read_dir(root().join("tests")).expect("it is here") {
        let name = entry.expect("it can be listed").file_name().to_string_lossy().into_owned();
        let is_test = name.ends_with(".rs");
        assert!(!is_test || manifest.contains(&format!("path = \"{name}\"")), "{name} is not run");
    }
}
