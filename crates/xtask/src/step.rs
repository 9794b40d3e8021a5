//! One step: a command with a name, its seconds, and a failure that can be pasted into a shell.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A command that has not been started yet.
pub(crate) struct Step {
    name: String,
    program: OsString,
    arguments: Vec<String>,
    environment: Vec<(&'static str, &'static str)>,
}

impl Step {
    /// A step called `name` that runs `cargo` with `arguments`, which are separated by spaces.
    pub(crate) fn cargo(name: impl Into<String>, arguments: &str) -> Step {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Step::program(name, cargo, arguments)
    }

    /// A step called `name` that runs what the step before it built: `path` below the directory this program lies in.
    /// A second `cargo run` would build the workspace once more, because it unifies features differently.
    pub(crate) fn built(name: impl Into<String>, path: &str, arguments: &str) -> Result<Step, String> {
        let itself = std::env::current_exe().map_err(|error| format!("expected the path of xtask, but: {error}"))?;
        let directory = itself.parent().unwrap_or_else(|| Path::new("."));
        Ok(Step::program(name, directory.join(path).with_extension(std::env::consts::EXE_EXTENSION), arguments))
    }

    fn program(name: impl Into<String>, program: impl Into<OsString>, arguments: &str) -> Step {
        let arguments = arguments.split_whitespace().map(str::to_owned).collect();
        Step { name: name.into(), program: program.into(), arguments, environment: Vec::new() }
    }

    /// Adds an environment variable.
    pub(crate) fn env(mut self, key: &'static str, value: &'static str) -> Step {
        self.environment.push((key, value));
        self
    }

    /// Runs the step with its output shown, then prints the seconds it took.
    pub(crate) fn run(&self) -> Result<(), String> {
        println!("\n== {}: {}", self.name, self.as_typed());
        let started = Instant::now();
        let status = self.command().status().map_err(|error| self.not_started(&error))?;
        let seconds = started.elapsed().as_secs_f64();
        if !status.success() {
            return Err(format!("step `{}` failed after {seconds:.1} s: {}", self.name, self.as_typed()));
        }
        println!("== {}: ok in {seconds:.1} s", self.name);
        Ok(())
    }

    /// Runs the step and returns what it wrote to standard output; standard error is shown.
    pub(crate) fn output(&self) -> Result<String, String> {
        eprintln!("== {}: {}", self.name, self.as_typed());
        let output = self.command().stderr(Stdio::inherit()).output().map_err(|error| self.not_started(&error))?;
        if !output.status.success() {
            return Err(format!("step `{}` failed: {}", self.name, self.as_typed()));
        }
        String::from_utf8(output.stdout)
            .map_err(|_| format!("expected UTF-8 from `{}`, but got bytes", self.as_typed()))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(crate::root()).envs(self.environment.iter().copied());
        command
    }

    fn as_typed(&self) -> String {
        let mut words: Vec<String> = self.environment.iter().map(|(key, value)| format!("{key}='{value}'")).collect();
        let program = Path::new(&self.program);
        let is_cargo = program.file_stem().is_some_and(|it| it == "cargo");
        let shown = if is_cargo { Path::new("cargo") } else { program.strip_prefix(crate::root()).unwrap_or(program) };
        words.push(shown.display().to_string());
        words.extend(self.arguments.iter().cloned());
        words.join(" ")
    }

    fn not_started(&self, error: &std::io::Error) -> String {
        format!("step `{}` could not be started ({error}): {}", self.name, self.as_typed())
    }
}
