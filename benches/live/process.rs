use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tokio::time::{Instant, sleep};

/// How long anything may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process on a core of its own choice, stopped when it is dropped and when the benchmark is killed.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts a program on a core; its output goes into `folder`.
    pub(crate) fn start(
        name: &str,
        core: usize,
        command: &Command,
        folder: &Path,
    ) -> anyhow::Result<Process> {
        let log = File::options().create(true).append(true).open(folder.join(format!("{name}.log")))?;
        // taskset and setpriv become the program: the process id is the program's own.
        let mut pinned = Command::new("setpriv");
        pinned
            .args(["--pdeathsig", "KILL", "taskset", "--cpu-list", &core.to_string()])
            .arg(command.get_program())
            .args(command.get_args())
            .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(command.get_current_dir().unwrap_or(folder))
            // Ctrl-C is for the benchmark alone, which stops the others.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child = pinned.spawn().with_context(|| format!("{name} does not start"))?;
        Ok(Process { name: name.to_owned(), child })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it is ready; an error when it ends before.
    pub(crate) async fn until(&mut self, mut ready: impl AsyncFnMut() -> bool) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        while !ready().await {
            if let Some(status) = self.ended()? {
                bail!("{} ended: {status}", self.name);
            }
            ensure!(Instant::now() < until, "{} is not ready after {PATIENCE:?}", self.name);
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.pid().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status()?;
        ensure!(asked.success(), "{} cannot be stopped", self.name);
        let until = Instant::now() + PATIENCE;
        while self.ended()?.is_none() {
            ensure!(Instant::now() < until, "{} does not end", self.name);
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Neither fails but for one that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Moves this process to a core, and lets it and what it starts open as many files as it may.
pub(crate) fn settle(core: usize) -> anyhow::Result<()> {
    let pid = std::process::id().to_string();
    quietly(Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", &core.to_string(), &pid]))?;
    let most = most_files()?;
    quietly(Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={most}:{most}")]))
}

/// Files that a process may open if it asks for all of them.
pub(crate) fn most_files() -> anyhow::Result<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("limits")?;
    let hard = files.split_whitespace().nth(1).context("limits")?;
    hard.parse().context("limits")
}

fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let done = command.output().with_context(|| format!("{:?} is missing", command.get_program()))?;
    ensure!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}
