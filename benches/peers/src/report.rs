//! Medians, ranges and ratios as Markdown, and what they were measured on.

use std::{fs, process::Command, thread};

use crate::works::Work;

/// The rounds of all contestants of a work over one network.
pub(crate) struct Measured {
    pub(crate) network: String,
    /// Ours first.
    pub(crate) rows: Vec<Row>,
}

/// The rounds of one contestant.
pub(crate) struct Row {
    /// Its name, version and settings.
    pub(crate) about: String,
    /// The values in which all must agree.
    pub(crate) check: Vec<f64>,
    /// Figures, seconds of a call first.
    pub(crate) rounds: Vec<Vec<f64>>,
}

impl Row {
    /// A figure of every round, where there is such a figure.
    fn figures(&self, index: usize) -> Option<Vec<f64>> {
        self.rounds.iter().map(|figures| figures.get(index).copied()).collect()
    }

    fn seconds(&self) -> Vec<f64> {
        self.figures(0).expect("every round has seconds")
    }

    /// How far its values are from those of `ours`; `None` where nothing is compared.
    fn difference(&self, ours: &Self) -> Option<f64> {
        if self.check.len() != ours.check.len() {
            return Some(f64::INFINITY);
        }
        let largest =
            ours.check.iter().fold(f64::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let far = |(a, b): (&f64, &f64)| (a - b).abs() / largest;
        self.check.iter().zip(&ours.check).map(far).max_by(f64::total_cmp)
    }
}

impl Measured {
    /// Whether all computed the same; a value that is not a number differs.
    pub(crate) fn agrees(&self, work: &Work) -> bool {
        let close = |row: &Row| row.difference(&self.rows[0]).is_none_or(|by| by <= work.tolerance);
        self.rows.iter().all(close)
    }

    /// Lines of the table: one for each contestant, and one for the bound that ours measures.
    pub(crate) fn lines(&self, work: &Work) -> Vec<String> {
        let ours = &self.rows[0];
        let mut lines = vec![self.line(work, ours, None, None)];
        if ours.figures(2).is_some() {
            let rounds = ours.rounds.iter().map(|figures| figures[2..].to_vec()).collect();
            let bound = Row { about: "reading the weights".to_owned(), check: Vec::new(), rounds };
            lines.push(self.line(work, &bound, Some(ours), None));
        }
        let line = |row: &Row| self.line(work, row, Some(ours), row.difference(ours));
        lines.extend(self.rows[1..].iter().map(line));
        lines
    }

    fn line(&self, work: &Work, row: &Row, first: Option<&Row>, differs: Option<f64>) -> String {
        let ratio = first.map(|ours| spread(&ratios(&row.seconds(), &ours.seconds())));
        let cells = [
            self.network.clone(),
            row.about.clone(),
            spread(&row.seconds().into_iter().map(work.figure).collect::<Vec<_>>()),
            row.figures(1).map(|second| spread(&second)).unwrap_or_default(),
            ratio.unwrap_or_default(),
            differs.map(|by| difference(by, work.tolerance)).unwrap_or_default(),
        ];
        format!("| {} |", cells.join(" | "))
    }
}

/// The title and the head of a table.
pub(crate) fn head(work: &Work) -> String {
    let columns = ["network", "", work.unit, work.second, "time / ours", "differs by"].join(" | ");
    format!("{}: medians and ranges.\n\n| {columns} |\n|{}", work.title, "---|".repeat(6))
}

fn difference(by: f64, tolerance: f64) -> String {
    if by <= tolerance { format!("{by:.0e}") } else { format!("**{by:.0e}**") }
}

/// The median and the range, with three digits or more.
fn spread(values: &[f64]) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let [low, median, high] = [0, sorted.len() / 2, sorted.len() - 1].map(|index| sorted[index]);
    let digits = (2.0 - median.abs().max(1e-9).log10().floor()).max(0.0) as usize;
    format!("**{median:.digits$}** ({low:.digits$} to {high:.digits$})")
}

/// Round by round.
fn ratios(values: &[f64], of: &[f64]) -> Vec<f64> {
    values.iter().zip(of).map(|(value, of)| value / of).collect()
}

/// Processor, compiler, commit and date.
pub(crate) fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{}, {cores} cores, {}; {}; commit {}; {}",
        model.map_or(std::env::consts::ARCH, |(_, name)| name),
        std::env::consts::OS,
        output("rustc", &["--version"]),
        output("git", &["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty"]),
        output("date", &["-u", "+%-d %B %Y, %H:%M UTC"]),
    )
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|error| format!("{program}: {error}"))
}
