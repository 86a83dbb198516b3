//! Contestants as processes: how they are built and started, and what they are asked.

use std::{
    collections::HashSet,
    env,
    error::Error,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

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
    built: HashSet<String>,
}

impl Setup {
    /// Writes the models that all contestants load.
    pub(crate) fn new(python: Option<String>) -> Result<Self, AnyError> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let python = python.map_or_else(|| folder.join("venv/bin/python"), PathBuf::from);
        let mut setup = Self { folder, python, built: HashSet::new() };
        let models = setup.models();
        fs::create_dir_all(&models)?;
        run(setup.program("ours")?.args(["export", "all", "1"]).arg(&models))?;
        run(setup.program("models")?.arg(&models)).unwrap_or_else(|error| {
            eprintln!("ONNX Runtime, LiteRT and tract lack models: {error}")
        });
        Ok(setup)
    }

    /// A contestant that has loaded and warmed up.
    pub(crate) fn start(
        &mut self,
        contestant: &str,
        work: &str,
        network: &str,
        threads: usize,
    ) -> Result<Process, AnyError> {
        let mut command = self.program(contestant)?;
        let threads = threads.to_string();
        command.args([work, network, &threads]).arg(self.models()).envs(MALLOC);
        command.env_remove("OPENBLAS_CORETYPE").env_remove("OPENBLAS_L2_SIZE");
        command.env("OMP_NUM_THREADS", &threads).env("RAYON_NUM_THREADS", &threads);
        command.stderr(File::create(self.folder.join(format!("target/{contestant}.log")))?);
        let process = Process::start(&mut command)?;
        if threads == "1" {
            process.pin();
        }
        Ok(process)
    }

    /// The command that runs a script, or a binary that is built first.
    fn program(&mut self, name: &str) -> Result<Command, AnyError> {
        let script = self.folder.join("python").join(name).with_extension("py");
        if script.exists() {
            let mut command = Command::new(&self.python);
            command.arg("-Wignore").arg(script);
            return Ok(command);
        }
        if self.built.insert(name.to_owned()) {
            self.build(name)?;
        }
        Ok(Command::new(self.binary(name)))
    }

    /// Builds our contestant as anyone builds it, or another, as they recommend, for this machine. One that
    /// cannot be built is missing then.
    fn build(&self, name: &str) -> Result<(), AnyError> {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        cargo.args([
            "build",
            "--release",
            "--locked",
            "-p",
            &format!("peers-{name}"),
            "--target-dir",
        ]);
        cargo.arg(self.target(name)).current_dir(&self.folder);
        // What an earlier run built is not taken for it.
        if self.binary(name).exists() {
            fs::remove_file(self.binary(name))?;
        }
        if name == "ours" {
            return run(&mut cargo);
        }
        run(cargo.env("RUSTFLAGS", "-C target-cpu=native")).or_else(|error| {
            eprintln!("{error}");
            Ok(())
        })
    }

    fn target(&self, name: &str) -> PathBuf {
        self.folder.join(if name == "ours" { "target" } else { "target/peers" })
    }

    fn binary(&self, name: &str) -> PathBuf {
        self.target(name).join("release").join(format!("peers-{name}"))
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

/// A running contestant; it ends when it is dropped.
pub(crate) struct Process {
    /// Its name, version and settings.
    pub(crate) about: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(command: &mut Command) -> Result<Self, AnyError> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take().expect("piped"));
        let output = BufReader::new(output);
        let mut process = Self { about: String::new(), child, input, output };
        process.about = process.line()?.strip_prefix("ready ").ok_or("it is not ready")?.to_owned();
        Ok(process)
    }

    /// Keeps it on one core, where there is a command for that.
    fn pin(&self) {
        let core = std::thread::available_parallelism().map_or(0, |cores| cores.get() - 1);
        let mut taskset = Command::new("taskset");
        taskset.args(["-acp", &core.to_string(), &self.child.id().to_string()]);
        if let Err(error) = taskset.stdout(Stdio::null()).status() {
            eprintln!("it may change cores, as taskset cannot run: {error}");
        }
    }

    /// The numbers that answer a question.
    pub(crate) fn ask(&mut self, question: &str) -> Result<Vec<f64>, AnyError> {
        writeln!(self.input.as_ref().expect("open until dropped"), "{question}")?;
        let numbers: Result<_, _> = self.line()?.split_whitespace().map(str::parse).collect();
        Ok(numbers?)
    }

    fn line(&mut self) -> Result<String, AnyError> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err("it ended; its .log in benches/peers/target may say why".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Process {
    /// The end of its input ends it.
    fn drop(&mut self) {
        self.input = None;
        if let Err(error) = self.child.wait() {
            eprintln!("{error}");
        }
    }
}
