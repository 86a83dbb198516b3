//! The shares of their floors that kernels reached once, so that a slow one is noticed.

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

    /// Writes the file anew; what this run left out stays.
    pub(super) fn record(&self) {
        let mut all = recorded();
        all.extend(self.0.borrow().clone());
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
                    "{name}: {:.0} % of the floor, {:.0} % once",
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
