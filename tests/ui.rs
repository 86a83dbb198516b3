//! What the compiler says of wrong networks, and that right ones compile.
//!
//! Every file of `ui/` holds one mistake and is named after it, or several where the name says so.
//! The `.stderr` files were written with one version of rustc, and the whole text is compared with that
//! one only. Our own messages are also compared, with every version, by a test of `monograd-macros`. `TRYBUILD=overwrite cargo test -p monograd-tests --test ui` writes
//! the files anew.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The compiler whose words stand in the `.stderr` files.
const COMPILER: &str = "rustc 1.95.";

/// Where the messages are the macro's own, and where they are those of traits.
const OWN: &[&str] = &["parse", "name", "arg", "shape"];
const TRAITS: &[&str] = &["loss", "network", "step"];

#[test]
fn wrong_networks_do_not_compile_and_right_ones_do() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    if compiler().starts_with(COMPILER) {
        for folder in OWN.iter().chain(TRAITS) {
            cases.compile_fail(format!("ui/{folder}/*.rs"));
        }
    }
}

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Lower case, no full stop, and always what was expected or what to write instead.
#[test]
fn messages_keep_to_the_house_style() {
    for path in files(OWN, "stderr") {
        let text = fs::read_to_string(&path).expect("it was just listed");
        assert!(!text.contains("error[E"), "{}: an error of rustc's besides", path.display());
        let mut errors = 0;
        for message in messages(&text) {
            check_wording(&path, &message);
            errors += 1;
        }
        assert!(errors > 0, "{}: no error", path.display());
    }
}

/// A loss, metric or data set that does not fit is one error, with what does.
#[test]
fn what_does_not_fit_is_one_error() {
    for path in files(TRAITS, "stderr") {
        let text = fs::read_to_string(&path).expect("it was just listed");
        let errors = text.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "{}", path.display());
        let way_out = ["= note: ", "expected `", "expected an array"];
        assert!(way_out.iter().any(|words| text.contains(words)), "{}", path.display());
    }
}

fn check_wording(path: &Path, message: &[&str]) {
    let place = || format!("{}\n{}", path.display(), message.join("\n"));
    assert!(!message[0].starts_with(char::is_uppercase), "not in lower case: {}", place());
    let full_stop = |line: &&str| line.ends_with('.') && !line.ends_with("..");
    assert!(!message.iter().any(full_stop), "a full stop: {}", place());
    let helps = |line: &&str| line.starts_with("expected: ") || line.starts_with("help: ");
    assert!(message.iter().any(helps), "no way out: {}", place());
}

/// The lines of every error message, up to the table of shapes or the place in the source.
fn messages(stderr: &str) -> Vec<Vec<&str>> {
    let starts = stderr.split("error: ").skip(1);
    let lines = starts.map(|text| {
        let lines = text.lines().map(str::trim);
        lines.take_while(|line| !line.is_empty() && !line.starts_with("-->")).collect()
    });
    lines.collect()
}

#[test]
fn every_case_says_what_is_expected_of_it() {
    let stems = |extension| -> BTreeSet<PathBuf> {
        [OWN, TRAITS]
            .into_iter()
            .flat_map(|folders| files(folders, extension))
            .map(|path| path.with_extension(""))
            .collect()
    };
    assert_eq!(stems("rs"), stems("stderr"));
    assert!(stems("rs").len() >= 40);
}

fn files(folders: &[&str], extension: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let entries = folders.iter().flat_map(|folder| {
        fs::read_dir(root.join(folder))
            .expect("the folder is there")
            .map(|entry| entry.expect("it can be listed").path())
    });
    entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}
