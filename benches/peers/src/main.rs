//! The same work in monograd and in other frameworks: contestants are processes that take turns,
//! round by round, so that what slows the machine slows all of them.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml -- --help` lists the options.

mod machine;
mod process;
mod report;
mod works;

use std::{error::Error, thread, time::Duration};

use process::{Process, Setup};
use report::Measured;
use works::{Entry, WORKS, Work};

const HELP: &str = "\
Measures monograd beside other frameworks and prints tables in Markdown.

usage: cargo run --release --manifest-path benches/peers/Cargo.toml -- [OPTIONS] [FILTER]

  FILTER          only works with this in `work network`, such as `step` or `latency mlp`
  --only A,B      only these contestants beside ours
  --rounds N      how often the contestants take turns       [5]
  --seconds S     the length of a round                      [1]
  --python FILE   the Python with requirements.txt installed [benches/peers/venv/bin/python]";

/// The command line.
struct Options {
    filter: String,
    only: Option<String>,
    rounds: usize,
    seconds: f64,
    python: Option<String>,
}

impl Options {
    /// The options given; `None` where help is asked for.
    fn parse() -> Result<Option<Self>, Box<dyn Error>> {
        let mut options =
            Self { filter: String::new(), only: None, rounds: 5, seconds: 1.0, python: None };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} takes a value; try --help"));
            match &arg[..] {
                "--help" | "-h" => return Ok(None),
                "--only" => options.only = Some(value()?),
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--seconds" => options.seconds = value()?.parse()?,
                "--python" => options.python = Some(value()?),
                flag if flag.starts_with('-') => return Err(format!("no option {flag}").into()),
                filter => options.filter = filter.to_owned(),
            }
        }
        Ok(Some(options))
    }

    fn takes(&self, entry: &Entry) -> bool {
        let named = |only: &String| only.split(',').any(|name| name == entry.contestant);
        entry.contestant == "ours" || self.only.as_ref().is_none_or(named)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(options) = Options::parse()? else {
        println!("{HELP}");
        return Ok(());
    };
    let mut setup = Setup::new(options.python.clone())?;
    println!("{}", machine::describe());
    let mut about = Vec::new();
    let mut agree = true;
    for work in WORKS {
        let chosen = |network: &&&str| format!("{} {network}", work.name).contains(&options.filter);
        let mut measured = Vec::new();
        for network in work.networks.iter().filter(chosen) {
            measured.push(measure(work, network, &options, &mut setup, &mut about)?);
        }
        if !measured.is_empty() {
            println!("\n{}", report::table(work, &measured));
        }
        agree &= measured.iter().all(Measured::agrees);
    }
    println!("\n{}", report::list(&about));
    match agree {
        true => Ok(()),
        false => Err("some contestants compute something else: see the tables".into()),
    }
}

/// Starts all contestants of a work, lets them take turns, and ends them.
fn measure(
    work: &Work,
    network: &str,
    options: &Options,
    setup: &mut Setup,
    about: &mut Vec<String>,
) -> Result<Measured, Box<dyn Error>> {
    let mut contestants = Vec::new();
    for entry in work.entries.iter().filter(|entry| options.takes(entry)) {
        eprint!("{} {network}: {}: ", work.name, entry.contestant);
        match setup.start(entry, network) {
            Ok(process) => {
                eprintln!("{}", process.about);
                about.push(format!("{} {network}: {}", work.name, process.about));
                contestants.push((entry, process));
            }
            Err(error) if entry.contestant == "ours" => return Err(error),
            Err(error) => eprintln!("left out: {error}"),
        }
    }
    let mut measured = Measured::new(work, network, contestants.iter().map(|(entry, _)| *entry));
    for (row, (_, process)) in measured.rows.iter_mut().zip(&mut contestants) {
        row.check = process.check()?;
    }
    take_turns(&mut measured, &mut contestants, options)?;
    Ok(measured)
}

/// Every round begins with the next contestant, so that none always follows the same.
fn take_turns(
    measured: &mut Measured,
    contestants: &mut [(&Entry, Process)],
    options: &Options,
) -> Result<(), Box<dyn Error>> {
    let count = contestants.len();
    for round in 0..options.rounds {
        for turn in 0..count {
            let index = (round + turn) % count;
            // Threads of the one before may still spin.
            thread::sleep(Duration::from_millis(50));
            let figures = contestants[index].1.round(options.seconds)?;
            measured.rows[index].rounds.push(figures);
        }
    }
    Ok(())
}
