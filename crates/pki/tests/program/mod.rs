//! The `openssl` program.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Runs `openssl` in `folder`, for a minute at most. None, and a loud word, where the program is not installed.
pub fn openssl(folder: &Path, arguments: &[&str]) -> Option<Output> {
    let child = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: the openssl program is not installed, nothing was checked against it");
            return None;
        }
        Err(error) => panic!("openssl does not start: {error}"),
    };
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    Some(result.recv_timeout(Duration::from_mins(1)).expect("openssl ends in time").expect("openssl runs"))
}

/// What `openssl` printed; it must have succeeded.
pub fn printed(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "openssl: {text} {}", String::from_utf8_lossy(&output.stderr));
    text
}
