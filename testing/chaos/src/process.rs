//! A process of the binary that is killed and started again.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use tokio::process::{Child, Command};

/// How to start it, and the process if it runs. Whoever lets it go kills it.
pub struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    /// What it says is added to this file.
    log: PathBuf,
    child: Option<Child>,
    /// It shall run: if it doesn't, it has ended by itself.
    is_wanted: bool,
}

impl Process {
    /// One that doesn't run yet.
    pub fn new(program: &Path, arguments: Vec<String>, log: PathBuf) -> Self {
        Self { program: program.into(), arguments, log, child: None, is_wanted: false }
    }

    /// Starts it.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(&mut self) -> io::Result<()> {
        let log: File = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.program);
        // With standard input it ends too, however this program ends.
        command.args(&self.arguments).arg("--until-input-ends").stdin(Stdio::piped());
        command.stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        // An interrupt is meant for this program, which ends them in order.
        command.process_group(0).env_remove("DATABASE_URL").env_remove("KAFKA_BROKERS");
        self.child = Some(command.spawn()?);
        self.is_wanted = true;
        Ok(())
    }

    /// kill -9; false if it doesn't run.
    ///
    /// # Errors
    /// It can't be killed.
    pub async fn kill(&mut self) -> io::Result<bool> {
        self.is_wanted = false;
        let Some(mut child) = self.child.take() else { return Ok(false) };
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        child.kill().await?;
        Ok(true)
    }

    /// Asks it to end (SIGTERM), and waits until it has.
    ///
    /// # Errors
    /// It can't be asked.
    pub async fn end(&mut self) -> io::Result<Option<ExitStatus>> {
        self.is_wanted = false;
        self.signal(Signal::TERM)?;
        let Some(mut child) = self.child.take() else { return Ok(None) };
        let _input = child.stdin.take(); // its end would ask for the second time
        child.wait().await.map(Some)
    }

    /// Sends it a signal, if it runs.
    ///
    /// # Errors
    /// It can't be sent.
    pub fn signal(&self, signal: Signal) -> io::Result<bool> {
        // A child that was waited for has no number any more, which may be somebody else's by now.
        let number = self.child.as_ref().and_then(Child::id).and_then(|id| i32::try_from(id).ok());
        let Some(process) = number.and_then(Pid::from_raw) else { return Ok(false) };
        kill_process(process, signal)?;
        Ok(true)
    }

    /// Whether it runs, or has ended without anybody having noticed.
    pub const fn runs(&self) -> bool {
        self.child.is_some()
    }

    /// How it has ended, if it has and shouldn't.
    ///
    /// # Errors
    /// The system doesn't say.
    pub fn ended_by_itself(&mut self) -> io::Result<Option<ExitStatus>> {
        match &mut self.child {
            Some(child) if self.is_wanted => child.try_wait(),
            _ => Ok(None),
        }
    }
}
