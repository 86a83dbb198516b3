//! A crate outside the workspace that denies every lint declares, trains and runs networks.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Runs cargo on `outside/`, with a folder of its own below the workspace's.
fn cargo(arguments: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments)
        .current_dir(folder.join("outside"))
        .env("CARGO_TARGET_DIR", target())
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WORKSPACE_WRAPPER");
    command
}

/// `target/outside`, two folders above `target/PROFILE/deps/TEST`.
fn target() -> PathBuf {
    let test = env::current_exe().expect("the test has a path");
    test.ancestors().nth(3).expect("tests lie in target/PROFILE/deps").join("outside")
}

fn succeeds(arguments: &[&str]) {
    let output = cargo(arguments).output().expect("cargo runs");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "cargo {arguments:?}\n{out}\n{err}");
}

#[test]
fn it_builds_trains_and_runs_without_a_warning() {
    succeeds(&["test", "--locked"]);
    let clippy = cargo(&["clippy", "--version"]).output().expect("cargo runs");
    if clippy.status.success() {
        succeeds(&["clippy", "--all-targets", "--locked"]);
    }
}
