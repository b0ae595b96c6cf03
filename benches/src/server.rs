//! The server that is measured: a real process of the release build.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use crate::api;
use crate::bearing::Bearing;

/// How long a start or a stop may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program to measure: the one named, or the one beside this one, which cargo builds first if it runs this.
pub fn program(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        return path.canonicalize().with_context(|| format!("there is no {}", path.display()));
    }
    if let Some(cargo) = std::env::var_os("CARGO") {
        let build = Command::new(cargo).args(["build", "--release", "-p", "telamon", "--bin", "telamon"]).status()?;
        ensure!(build.success(), "the server does not build");
    }
    let own = std::env::current_exe()?;
    // Beside a debug build of this program stands a debug build of the server, which says nothing.
    let release = own.parent().and_then(Path::parent).map(|target| target.join("release").join("telamon"));
    release.filter(|path| path.exists()).context("there is no release build of the server; name one with --server")
}

/// What `telamon dev` tells of itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// `http://127.0.0.1:PORT`.
    pub base_url: String,
    /// The project.
    pub group_id: String,
    /// The service account.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The API key's public half.
    pub public_key: String,
    /// The API key's private half.
    pub private_key: String,
}

/// A running server; it is stopped when this is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// What gets in.
    pub credentials: Credentials,
}

impl Server {
    /// Starts a server on its own processor, with the data in this directory, and waits until it answers.
    pub fn start(bearing: &Bearing, data: &Path) -> anyhow::Result<Self> {
        let file = data.with_extension("credentials.json");
        let _ = std::fs::remove_file(&file);
        let mut child = dev(bearing, data, "127.0.0.1:0").arg("--credentials").arg(&file).spawn()?;
        let began = Instant::now();
        // The file appears whole once the server accepts connections.
        while !file.exists() {
            if let Some(status) = child.try_wait()? {
                bail!("the server ended with {status} before it answered");
            }
            if began.elapsed() > PATIENCE {
                child.kill()?;
                bail!("the server did not answer within {PATIENCE:?}");
            }
            sleep(Duration::from_millis(5));
        }
        let credentials: Credentials = serde_json::from_slice(&std::fs::read(&file)?)?;
        let address = credentials.base_url.trim_start_matches("http://").parse()?;
        Ok(Self { child, address, credentials })
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens and which process it is: what a load needs.
    pub fn target(&self) -> (SocketAddr, u32) {
        (self.address, self.pid())
    }

    /// Stops it as a service manager would, and waits until it has written everything.
    pub fn stop(mut self) -> anyhow::Result<()> {
        terminate(&mut self.child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After an error nothing better can be done.
        let _ = terminate(&mut self.child);
    }
}

/// How long a start on existing data takes until `/healthz` answers 200, and how much memory the server then holds.
pub struct Start {
    /// From the start of the process to the answer.
    pub ready: Duration,
    /// The resident memory of the idle server, in bytes.
    pub resident: u64,
}

/// Starts a server, measures, and stops it.
pub fn start_once(bearing: &Bearing, data: &Path, idle: Duration) -> anyhow::Result<Start> {
    // The port is free again when the listener is dropped.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = dev(bearing, data, &address.to_string());
    let began = Instant::now();
    let mut child = command.spawn()?;
    while !matches!(api::call(address, "GET", "/healthz", "", ""), Ok(answer) if answer.status == 200) {
        if began.elapsed() > PATIENCE || child.try_wait()?.is_some() {
            let _ = child.kill();
            bail!("the server did not answer /healthz");
        }
        sleep(Duration::from_micros(500));
    }
    let ready = began.elapsed();
    sleep(idle);
    let resident = resident_memory(child.id())?;
    terminate(&mut child)?;
    Ok(Start { ready, resident })
}

fn dev(bearing: &Bearing, data: &Path, listen: &str) -> Command {
    let mut command = bearing.processors.measured(&bearing.program);
    command.args(["dev", "--listen", listen, "--data-dir"]).arg(data).stdout(Stdio::null());
    command
}

fn terminate(child: &mut Child) -> anyhow::Result<()> {
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
    let began = Instant::now();
    while child.try_wait()?.is_none() {
        if began.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            bail!("the server did not stop within {PATIENCE:?}");
        }
        sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn resident_memory(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the kernel tells no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}
