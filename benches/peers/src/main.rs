//! The same work in monograd and in other frameworks: contestants are processes that take turns,
//! round by round, so that what slows the machine slows all of them.

mod process;
mod report;
mod works;

use std::{error::Error, thread, time::Duration};

use process::{Process, Setup};
use report::{Measured, Row};
use works::{WORKS, Work};

const HELP: &str = "\
Measures monograd beside other frameworks and prints tables in Markdown.

usage: cargo run --release --manifest-path benches/peers/Cargo.toml -- [OPTIONS] [FILTER]

  FILTER          only works with this in `work network`, such as `step` or `latency mlp`
  --only A,B      only these contestants beside ours
  --rounds N      how often the contestants take turns                     [5]
  --seconds S     the length of a round                                    [1]
  --python FILE   a Python with requirements.txt   [benches/peers/venv/bin/python]";

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
        let (filter, only, python) = (String::new(), None, None);
        let mut options = Self { filter, only, rounds: 5, seconds: 1.0, python };
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

    fn takes(&self, contestant: &str) -> bool {
        let named = |only: &String| only.split(',').any(|name| name == contestant);
        contestant == "ours" || self.only.as_ref().is_none_or(named)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(options) = Options::parse()? else {
        println!("{HELP}");
        return Ok(());
    };
    let mut setup = Setup::new(options.python.clone())?;
    println!("{}", report::machine());
    let mut agree = true;
    for work in &WORKS {
        let chosen = |network: &&&str| format!("{} {network}", work.name).contains(&options.filter);
        let networks: Vec<&str> = work.networks.iter().filter(chosen).copied().collect();
        if !networks.is_empty() {
            println!("\n{}", report::head(work));
        }
        for network in networks {
            let measured = measure(work, network, &options, &mut setup)?;
            println!("{}", measured.lines(work).join("\n"));
            agree &= measured.agrees(work);
        }
    }
    let differ = "some contestants compute something else: see the last column";
    if agree { Ok(()) } else { Err(differ.into()) }
}

/// Starts all contestants of a work, lets them take turns, and ends them.
fn measure(
    work: &Work,
    network: &str,
    options: &Options,
    setup: &mut Setup,
) -> Result<Measured, Box<dyn Error>> {
    let (mut processes, mut rows) = (Vec::new(), Vec::new());
    for (contestant, threads) in work.contestants.iter().filter(|(name, _)| options.takes(name)) {
        eprintln!("{} {network}: {contestant}", work.name);
        let process = setup.start(contestant, work.name, network, *threads);
        let checked = process.and_then(|mut process| Ok((process.ask("check")?, process)));
        match checked {
            Ok((check, process)) => {
                rows.push(Row { about: process.about.clone(), check, rounds: Vec::new() });
                processes.push(process);
            }
            Err(error) if *contestant == "ours" => return Err(error),
            Err(error) => eprintln!("{contestant} is left out: {error}"),
        }
    }
    take_turns(&mut processes, &mut rows, options)?;
    Ok(Measured { network: network.to_owned(), rows })
}

/// Every round begins with the next contestant, so that none always follows the same.
fn take_turns(
    processes: &mut [Process],
    rows: &mut [Row],
    options: &Options,
) -> Result<(), Box<dyn Error>> {
    let question = format!("round {}", options.seconds);
    for round in 0..options.rounds {
        for turn in 0..rows.len() {
            let index = (round + turn) % rows.len();
            // Threads of the one before may still spin.
            thread::sleep(Duration::from_millis(50));
            rows[index].rounds.push(processes[index].ask(&question)?);
        }
    }
    Ok(())
}
