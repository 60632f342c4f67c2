use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

/// Writes and syncs that are timed.
const TIMES: usize = 100;

/// What a small write to this folder's disk costs, synced, in words.
pub(super) fn cost(folder: &Path) -> anyhow::Result<String> {
    let mut file = File::create(folder.join("sync"))?;
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    Ok(format!("{:.2} ms (median of {TIMES}, p99 {:.2} ms)", took[TIMES / 2], took[TIMES - 2]))
}
