//! Which processor runs what: the first one the side that is measured, the second one the load.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::process::Command;

use anyhow::Context;

/// The division of the machine; without two processors or `taskset`, none.
#[derive(Clone, Copy, Debug)]
pub struct Processors {
    measured: Option<usize>,
}

/// Moves this process, which makes the load, to the second processor. Call it before any thread starts.
pub fn divide() -> anyhow::Result<Processors> {
    let measured = match allowed()?.as_slice() {
        [measured, load, ..] => pin_this_process(*load).then_some(*measured),
        _ => None,
    };
    if measured.is_none() {
        writeln!(
            io::stderr(),
            "note: the server and the load are not pinned to processors of their own, which needs two of them and \
             `taskset` (util-linux); they disturb each other, and no figure is one of a single core"
        )?;
    }
    Ok(Processors { measured })
}

impl Processors {
    /// Whether the sides have a processor of their own.
    pub fn are_divided(self) -> bool {
        self.measured.is_some()
    }

    /// A command on the processor of the side that is measured.
    pub fn measured(self, program: impl AsRef<OsStr>) -> Command {
        let Some(processor) = self.measured else { return Command::new(program) };
        let mut command = Command::new("taskset");
        command.args(["-c", &processor.to_string()]).arg(program);
        command
    }
}

fn pin_this_process(processor: usize) -> bool {
    let pid = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-a", "-c", "-p", &processor.to_string(), &pid]).output();
    pinned.is_ok_and(|output| output.status.success())
}

/// The processors that this process may use.
fn allowed() -> anyhow::Result<Vec<usize>> {
    let status = std::fs::read_to_string("/proc/self/status").context("the benchmark needs Linux: no /proc")?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
    Ok(numbers(list))
}

/// Reads `0-2,5`.
fn numbers(list: &str) -> Vec<usize> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.trim().parse().ok()?..=to.trim().parse().ok()?)
    };
    list.split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_kernels_lists() {
        assert_eq!(numbers("\t0-1\n"), [0, 1]);
        assert_eq!(numbers("0-2,5,7-8"), [0, 1, 2, 5, 7, 8]);
        assert_eq!(numbers("3"), [3]);
        assert_eq!(numbers(""), Vec::<usize>::new());
    }
}
