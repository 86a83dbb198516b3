//! Medians, ranges and ratios, as Markdown.

use crate::works::{Entry, Second, Unit, Work};

/// The rounds of all contestants of a work over one network.
pub(crate) struct Measured {
    network: String,
    pub(crate) rows: Vec<Row>,
    unit: Unit,
    second: Second,
}

/// The rounds of one contestant.
pub(crate) struct Row {
    name: String,
    group: usize,
    pub(crate) check: Vec<f64>,
    /// Seconds of a call first.
    pub(crate) rounds: Vec<Vec<f64>>,
}

/// The largest difference of values that count as the same, relative to the largest of them.
const TOLERANCE: f64 = 1e-4;

impl Measured {
    pub(crate) fn new<'a>(
        work: &Work,
        network: &str,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> Self {
        let several = |entry: &Entry| work.entries.iter().any(|e| e.threads != entry.threads);
        let row = |entry: &Entry| {
            let what = if entry.work == "peak" { "multiply-adds" } else { entry.contestant };
            let threads =
                if several(entry) { format!(", {} threads", entry.threads) } else { String::new() };
            Row {
                name: format!("{what}{threads}"),
                group: entry.group,
                check: vec![],
                rounds: vec![],
            }
        };
        let rows = entries.map(row).collect();
        Self { network: network.to_owned(), rows, unit: work.unit, second: work.second }
    }

    /// Whether all computed the same.
    pub(crate) fn agrees(&self) -> bool {
        self.rows.iter().all(|row| self.difference(row).is_none_or(|by| by <= TOLERANCE))
    }

    /// How far a row's values are from ours, where it has any.
    fn difference(&self, row: &Row) -> Option<f64> {
        let ours = &self.first(row).check;
        let largest =
            ours.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        let far = |(a, b): (&f64, &f64)| (a - b).abs() / largest;
        if ours.len() != row.check.len() {
            return Some(f64::INFINITY);
        }
        ours.iter().zip(&row.check).map(far).reduce(f64::max)
    }

    /// The row that this one is compared with.
    fn first(&self, row: &Row) -> &Row {
        self.rows.iter().find(|first| first.group == row.group).unwrap_or(&self.rows[0])
    }

    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.rows.iter().map(|row| self.line(row)).collect();
        if let Some(read) = self.rows[0].column(2) {
            let ratio = ratios(&read, &self.rows[0].seconds());
            let cells =
                ["reading the weights".into(), self.show(&read), "".into(), spread(&ratio, 2)];
            lines.insert(1, self.join(cells, String::new()));
        }
        lines
    }

    fn line(&self, row: &Row) -> String {
        let (seconds, first) = (row.seconds(), self.first(row));
        let ratio = match std::ptr::eq(first, row) {
            true => String::new(),
            false => spread(&ratios(&seconds, &first.seconds()), 2),
        };
        let second = match (self.second, row.column(1)) {
            (Second::Accuracy, Some(values)) => format!("{:.2} %", 100.0 * median(&values)),
            (Second::Percentile, Some(values)) => {
                format!("{:.2}", median(&ratios(&values, &seconds)))
            }
            _ => String::new(),
        };
        let by = self.difference(row).filter(|_| !std::ptr::eq(first, row));
        let agrees = match by {
            None => String::new(),
            Some(by) if by <= TOLERANCE => format!("{by:.0e}"),
            Some(by) => format!("**no: {by:.0e}**"),
        };
        self.join([row.name.clone(), self.show(&seconds), second, ratio], agrees)
    }

    fn join(&self, cells: [String; 4], agrees: String) -> String {
        format!("| {} | {} | {agrees} |", self.network, cells.join(" | "))
    }

    fn show(&self, seconds: &[f64]) -> String {
        let scaled = |factor: f64| seconds.iter().map(|s| s * factor).collect::<Vec<_>>();
        match self.unit {
            Unit::Seconds => format!("{} s", spread(&scaled(1.0), 2)),
            Unit::Milliseconds => format!("{} ms", spread(&scaled(1e3), 3)),
            Unit::Microseconds => format!("{} µs", spread(&scaled(1e6), 2)),
            Unit::SamplesPerSecond(batch) => {
                spread(&seconds.iter().map(|s| batch / s).collect::<Vec<_>>(), 0)
            }
        }
    }
}

impl Row {
    fn seconds(&self) -> Vec<f64> {
        self.column(0).expect("every round has seconds")
    }

    /// A figure of every round, where it has one.
    fn column(&self, index: usize) -> Option<Vec<f64>> {
        self.rounds.iter().map(|figures| figures.get(index).copied()).collect()
    }
}

/// The table of a work.
pub(crate) fn table(work: &Work, measured: &[Measured]) -> String {
    let second = match work.second {
        Second::Nothing => "",
        Second::Accuracy => "test accuracy",
        Second::Percentile => "p99 / median",
    };
    let head = format!(
        "{}\n\n| network | contestant | median (range) | {second} | time / ours | differs by |\n|{}",
        work.title,
        "---|".repeat(6)
    );
    [head]
        .into_iter()
        .chain(measured.iter().flat_map(Measured::lines))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What the contestants say of themselves.
pub(crate) fn list(about: &[String]) -> String {
    about.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")
}

/// Round by round.
fn ratios(values: &[f64], of: &[f64]) -> Vec<f64> {
    values.iter().zip(of).map(|(value, of)| value / of).collect()
}

fn spread(values: &[f64], digits: usize) -> String {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    format!("**{:.digits$}** ({low:.digits$} to {high:.digits$})", median(values))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
