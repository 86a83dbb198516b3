//! Medians, ranges and ratios as Markdown, and what they were measured on.

use std::{fs, process::Command, thread};

use crate::works::{Second, Unit, Work};

/// The rounds of all contestants of a work over one network.
pub(crate) struct Measured {
    pub(crate) network: String,
    /// Ours first.
    pub(crate) rows: Vec<Row>,
}

/// The rounds of one contestant.
pub(crate) struct Row {
    about: String,
    /// The values in which all must agree.
    check: Vec<f64>,
    /// Figures, seconds of a call first.
    pub(crate) rounds: Vec<Vec<f64>>,
}

/// The largest difference of values that count as the same, relative to the largest of them.
const TOLERANCE: f64 = 1e-4;

impl Row {
    pub(crate) fn new(about: String, check: Vec<f64>) -> Self {
        Self { about, check, rounds: Vec::new() }
    }

    /// A figure of every round, where there is such a figure.
    fn figures(&self, index: usize) -> Option<Vec<f64>> {
        self.rounds.iter().map(|figures| figures.get(index).copied()).collect()
    }

    fn seconds(&self) -> Vec<f64> {
        self.figures(0).expect("every round has seconds")
    }

    /// How far its values are from `ours`; `None` where nothing is compared.
    fn difference(&self, ours: &Self) -> Option<f64> {
        if self.check.len() != ours.check.len() {
            return Some(f64::INFINITY);
        }
        let largest =
            ours.check.iter().fold(f64::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let far = |(a, b): (&f64, &f64)| (a - b).abs() / largest;
        self.check.iter().zip(&ours.check).map(far).reduce(f64::max)
    }
}

impl Measured {
    /// Whether all computed the same.
    pub(crate) fn agrees(&self) -> bool {
        let close = |row: &Row| row.difference(&self.rows[0]).is_none_or(|by| by <= TOLERANCE);
        self.rows.iter().all(close)
    }

    /// Lines of the table, one for each contestant, and one for the bound that ours measures.
    pub(crate) fn lines(&self, work: &Work) -> Vec<String> {
        let ours = &self.rows[0];
        let mut lines = vec![self.line(work, ours, "", "")];
        if let Some(read) = ours.figures(2) {
            let ratio = spread(&ratios(&read, &ours.seconds()), 2);
            let time = show(&read, work.unit);
            lines
                .push(format!("| {} | reading the weights | {time} | | {ratio} | |", self.network));
        }
        for row in &self.rows[1..] {
            let ratio = spread(&ratios(&row.seconds(), &ours.seconds()), 2);
            let differs = match row.difference(ours) {
                None => String::new(),
                Some(by) if by <= TOLERANCE => format!("{by:.0e}"),
                Some(by) => format!("**{by:.0e}**"),
            };
            lines.push(self.line(work, row, &ratio, &differs));
        }
        lines
    }

    fn line(&self, work: &Work, row: &Row, ratio: &str, differs: &str) -> String {
        let second = match (work.second, row.figures(1)) {
            (Second::Accuracy, Some(values)) => format!("{:.2} %", 100.0 * median(&values)),
            (Second::Percentile, Some(values)) => {
                format!("{:.2}", median(&ratios(&values, &row.seconds())))
            }
            _ => String::new(),
        };
        let time = show(&row.seconds(), work.unit);
        format!("| {} | {} | {time} | {second} | {ratio} | {differs} |", self.network, row.about)
    }
}

/// The title and the head of a table.
pub(crate) fn head(work: &Work) -> String {
    let second = match work.second {
        Second::Nothing => "",
        Second::Accuracy => "test accuracy",
        Second::Percentile => "p99 / median",
    };
    let columns =
        format!("| network | with | median (range) | {second} | time / ours | differs by |");
    format!("{}:\n\n{columns}\n|{}", work.title, "---|".repeat(6))
}

fn show(seconds: &[f64], unit: Unit) -> String {
    let all = |f: &dyn Fn(f64) -> f64| seconds.iter().map(|s| f(*s)).collect::<Vec<_>>();
    match unit {
        Unit::Time(name, factor) => format!("{} {name}", spread(&all(&|s| s * factor), 3)),
        Unit::SamplesPerSecond(batch) => spread(&all(&|s| batch / s), 0),
    }
}

fn spread(values: &[f64], digits: usize) -> String {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    format!("**{:.digits$}** ({low:.digits$} to {high:.digits$})", median(values))
}

/// Round by round.
fn ratios(values: &[f64], of: &[f64]) -> Vec<f64> {
    values.iter().zip(of).map(|(value, of)| value / of).collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
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
    output.map_or_else(
        |error| format!("{program}: {error}"),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
