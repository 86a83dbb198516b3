//! Contestants as processes: how they are built and started, and what they are asked.

use std::{
    collections::HashMap,
    env,
    error::Error,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use crate::works::Entry;

type AnyError = Box<dyn Error>;

/// Freed memory is kept: a framework that allocates every activation is up to twice as fast.
const MALLOC: [(&str, &str); 3] = [
    ("MALLOC_MMAP_THRESHOLD_", "1000000000"),
    ("MALLOC_TRIM_THRESHOLD_", "4000000000"),
    ("MALLOC_TOP_PAD_", "67108864"),
];

/// Where things are, and which contestants were built.
pub(crate) struct Setup {
    folder: PathBuf,
    python: PathBuf,
    built: HashMap<&'static str, Result<(), String>>,
}

impl Setup {
    /// Builds our contestant, and writes the models that all load.
    pub(crate) fn new(python: Option<String>) -> Result<Self, AnyError> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let python = python.map_or_else(|| folder.join("venv/bin/python"), PathBuf::from);
        let setup = Self { folder, python, built: HashMap::new() };
        setup.build("ours")?;
        fs::create_dir_all(setup.models())?;
        run(Command::new(setup.binary("ours")).args(["export", "all", "1"]).arg(setup.models()))?;
        let mut models = Command::new(&setup.python);
        run(models.arg(setup.folder.join("python/models.py")).arg(setup.models())).unwrap_or_else(
            |error| eprintln!("no models for ONNX Runtime, LiteRT, tract: {error}"),
        );
        Ok(setup)
    }

    /// A contestant that has loaded and warmed up.
    pub(crate) fn start(&mut self, entry: &Entry, network: &str) -> Result<Process, AnyError> {
        let script = self.folder.join("python").join(entry.contestant).with_extension("py");
        let mut program = vec![self.binary(entry.contestant).into_os_string()];
        if script.exists() {
            program = [self.python.as_ref(), "-Wignore".as_ref(), script.as_os_str()]
                .map(Into::into)
                .to_vec();
        } else if !self.built.contains_key(entry.contestant) {
            let built = self.build(entry.contestant).map_err(|error| error.to_string());
            self.built.insert(entry.contestant, built);
        }
        self.built.get(entry.contestant).cloned().unwrap_or(Ok(()))?;
        if entry.work == "latency" && which("taskset") {
            program.splice(0..0, ["taskset", "--cpu-list", "0"].map(Into::into));
        }
        let mut command = Command::new(&program[0]);
        command.args(&program[1..]).args([entry.work, network, &entry.threads.to_string()]);
        command.arg(self.models());
        Process::start(&mut command, entry.threads, &self.folder.join("target/contestants.log"))
    }

    /// Peers are built for this very machine, as they recommend; ours is built as anyone builds it.
    fn build(&self, contestant: &str) -> Result<(), AnyError> {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args(["build", "--release", "--locked", "--manifest-path"]);
        cargo.arg(self.folder.join("Cargo.toml")).args(["-p", &format!("peers-{contestant}")]);
        cargo.arg("--target-dir").arg(self.target(contestant));
        if contestant != "ours" {
            cargo.env("RUSTFLAGS", "-C target-cpu=native");
        }
        run(&mut cargo)
    }

    fn target(&self, contestant: &str) -> PathBuf {
        self.folder.join(if contestant == "ours" { "target" } else { "target/peers" })
    }

    fn binary(&self, contestant: &str) -> PathBuf {
        self.target(contestant).join("release").join(format!("peers-{contestant}"))
    }

    fn models(&self) -> PathBuf {
        self.folder.join("target/models")
    }
}

fn run(command: &mut Command) -> Result<(), AnyError> {
    let name = command.get_program().display().to_string();
    let status = command.status().map_err(|error| format!("cannot run {name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} ended with {status}").into()) }
}

fn which(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// A running contestant; it ends when it is dropped.
pub(crate) struct Process {
    /// Its name, version and settings.
    pub(crate) about: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(command: &mut Command, threads: usize, log: &Path) -> Result<Self, AnyError> {
        for variable in ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"] {
            command.env_remove(variable);
        }
        for variable in ["OMP_NUM_THREADS", "RAYON_NUM_THREADS"] {
            command.env(variable, threads.to_string());
        }
        let log = File::options().create(true).append(true).open(log)?;
        command.envs(MALLOC).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take().expect("piped"));
        let mut process =
            Self { about: String::new(), child, input, output: BufReader::new(output) };
        process.about = process.line()?.strip_prefix("ready ").ok_or("it is not ready")?.to_owned();
        Ok(process)
    }

    /// The values in which all contestants must agree.
    pub(crate) fn check(&mut self) -> Result<Vec<f64>, AnyError> {
        self.ask("check")
    }

    /// The figures of one round.
    pub(crate) fn round(&mut self, seconds: f64) -> Result<Vec<f64>, AnyError> {
        self.ask(&format!("round {seconds}"))
    }

    fn ask(&mut self, question: &str) -> Result<Vec<f64>, AnyError> {
        writeln!(self.input.as_ref().expect("open until dropped"), "{question}")?;
        let numbers: Result<Vec<f64>, _> =
            self.line()?.split_whitespace().map(str::parse).collect();
        Ok(numbers?)
    }

    fn line(&mut self) -> Result<String, AnyError> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err("it ended; target/contestants.log may say why".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.input = None;
        self.child.wait().map(drop).unwrap_or_else(|error| eprintln!("{error}"));
    }
}
