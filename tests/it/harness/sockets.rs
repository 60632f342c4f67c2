//! The sockets that a process holds, as the kernel tells.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// How many sockets of a process have this port at their other end, whatever state they are in.
pub(crate) fn sockets_to(process: u32, port: u16) -> usize {
    let table = fs::read_to_string(format!("/proc/{process}/net/tcp")).expect("a table of sockets");
    let ends = format!(":{port:04X}");
    let inodes: BTreeSet<&str> = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields[2].ends_with(&ends))
        .map(|fields| fields[9])
        .collect();
    let ours = descriptors(process).into_iter().filter(|target| {
        let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        inode.is_some_and(|inode| inodes.contains(inode))
    });
    ours.count()
}

/// What the descriptors of a process stand for.
pub(crate) fn descriptors(process: u32) -> Vec<String> {
    let folder = format!("/proc/{process}/fd");
    let entries = fs::read_dir(Path::new(&folder)).expect("a process of ours");
    // One may be closed while they are read.
    let targets = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    targets.map(|target| target.to_string_lossy().into_owned()).collect()
}
