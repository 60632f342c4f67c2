//! What the kernel tells of a process (proc(5)).

use std::fs::read_to_string;
use std::time::Duration;

use anyhow::Context as _;

/// `utime` and `stime` count in these: `USER_HZ` is 100 on every platform that Linux runs on today.
const TICK: Duration = Duration::from_millis(10);

/// CPU time of all threads of a process since it began.
pub(crate) fn time_of(pid: u32) -> anyhow::Result<Duration> {
    let stat =
        read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    // After the command's name, which may hold anything: state is field 3, utime 14, stime 15.
    let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat")?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>().context("/proc/PID/stat")?)
}

/// Processes that ran or wanted to in the last minute, on average.
pub(crate) fn load() -> anyhow::Result<f64> {
    let text = read_to_string("/proc/loadavg")?;
    text.split(' ').next().and_then(|load| load.parse().ok()).context("/proc/loadavg")
}

/// Resident memory of a process in bytes.
pub(crate) fn memory_of(pid: u32) -> anyhow::Result<u64> {
    status_of(pid, "VmRSS:")
}

/// The most resident memory that a process ever had, in bytes.
pub(crate) fn peak_memory_of(pid: u32) -> anyhow::Result<u64> {
    status_of(pid, "VmHWM:")
}

fn status_of(pid: u32, field: &'static str) -> anyhow::Result<u64> {
    let status =
        read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).context(field)?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().context(field)?;
    Ok(kib * 1024)
}
