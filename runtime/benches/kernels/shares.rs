//! The shares of their floors that kernels reached on every processor where they were recorded, so that a
//! slow one is noticed. Caches and memory differ more than kernels do.

use std::{cell::RefCell, collections::BTreeMap, fmt::Write as _, fs, process::ExitCode};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/kernels/shares.csv");

/// What a kernel may fall to, of what is recorded.
const LEAST: f64 = 0.5;

/// The shares of this run, by name.
#[derive(Debug, Default)]
pub(super) struct Shares(RefCell<BTreeMap<String, f64>>);

impl Shares {
    pub(super) fn add(&self, name: &str, share: f64) {
        self.0.borrow_mut().insert(name.to_owned(), share);
    }

    /// Keeps the lesser of the shares of this run and of those recorded. To start anew, remove the file.
    pub(super) fn record(&self) {
        let mut all = recorded();
        for (name, share) in self.0.borrow().iter() {
            let least = all.entry(name.clone()).or_insert(*share);
            *least = least.min(*share);
        }
        let mut text = "kernel,share\n".to_owned();
        for (name, share) in all {
            writeln!(text, "{name},{share:.2}").expect("a string takes everything");
        }
        fs::write(FILE, text).expect("the file can be written");
    }

    /// Fails if a kernel is below half of its recorded share.
    pub(super) fn check(&self) -> ExitCode {
        let recorded = recorded();
        let mut code = ExitCode::SUCCESS;
        for (name, share) in self.0.borrow().iter() {
            if let Some(before) = recorded.get(name).filter(|before| *share < LEAST * **before) {
                eprintln!(
                    "{name}: {:.0} % of the floor, {:.0} % elsewhere",
                    100.0 * share,
                    100.0 * before
                );
                code = ExitCode::FAILURE;
            }
        }
        code
    }
}

fn recorded() -> BTreeMap<String, f64> {
    let text = fs::read_to_string(FILE).unwrap_or_default();
    let line = |line: &str| {
        let (name, share) = line.rsplit_once(',')?;
        Some((name.to_owned(), share.parse().ok()?))
    };
    text.lines().skip(1).filter_map(line).collect()
}
