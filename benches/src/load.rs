//! The load: connections that ask again as soon as they are answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::side::{Side, Turn};

/// Writes the next request of a connection into the empty buffer.
pub type Requests = Box<dyn FnMut(&mut Vec<u8>) + Send>;

/// Some connections to one process, and what each of them asks for.
pub struct Load {
    runtime: Runtime,
    askers: Vec<Asker>,
    expected: u16,
    pid: u32,
}

struct Asker {
    connection: Connection,
    requests: Requests,
    request: Vec<u8>,
}

impl Load {
    /// Connects; `requests` makes what each connection, counted from 0, asks for. Every answer must have the status
    /// `expected`.
    pub fn new(
        (address, pid): (SocketAddr, u32),
        connections: usize,
        expected: u16,
        mut requests: impl FnMut(usize) -> anyhow::Result<Requests>,
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().event_interval(1).build()?;
        let mut askers = Vec::new();
        for number in 0..connections {
            let connection = runtime.block_on(Connection::open(address))?;
            askers.push(Asker { connection, requests: requests(number)?, request: Vec::new() });
        }
        Ok(Self { runtime, askers, expected, pid })
    }

    /// One request of each connection.
    pub fn once(&mut self) -> anyhow::Result<()> {
        self.turn(Duration::from_nanos(1)).map(drop)
    }

    /// The same request again and again.
    pub fn same(target: (SocketAddr, u32), connections: usize, expected: u16, request: &[u8]) -> anyhow::Result<Self> {
        Self::new(target, connections, expected, |_| {
            let request = request.to_owned();
            Ok(Box::new(move |buffer| buffer.extend_from_slice(&request)))
        })
    }
}

impl Asker {
    async fn ask_until(&mut self, deadline: Instant, expected: u16) -> anyhow::Result<u64> {
        let mut count = 0;
        loop {
            self.request.clear();
            (self.requests)(&mut self.request);
            self.connection.exchange(&self.request).await?.demand(expected)?;
            count += 1;
            if Instant::now() >= deadline {
                return Ok(count);
            }
        }
    }
}

impl Side for Load {
    fn turn(&mut self, length: Duration) -> anyhow::Result<Turn> {
        let (askers, expected) = (std::mem::take(&mut self.askers), self.expected);
        let (began, before) = (Instant::now(), processor_time(self.pid)?);
        let deadline = began + length;
        let (askers, count) = self.runtime.block_on(async move {
            let awake = tokio::spawn(stay_awake());
            let mut running = JoinSet::new();
            for mut asker in askers {
                running.spawn(async move { asker.ask_until(deadline, expected).await.map(|count| (asker, count)) });
            }
            let (mut askers, mut total) = (Vec::new(), 0);
            while let Some(ended) = running.join_next().await {
                let (asker, count) = ended??;
                askers.push(asker);
                total += count;
            }
            awake.abort();
            anyhow::Ok((askers, total))
        })?;
        self.askers = askers;
        let elapsed = began.elapsed();
        let processor = processor_time(self.pid)?.saturating_sub(before);
        Ok(Turn { count, elapsed, processor })
    }
}

/// Keeps the load from sleeping: to wake it costs the side that answers more than many an answer does.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

/// How long the threads of a process have run on processors.
pub fn processor_time(pid: u32) -> anyhow::Result<Duration> {
    let mut nanos = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end meanwhile.
        let Ok(text) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanos += text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or_default();
    }
    Ok(Duration::from_nanos(nanos))
}
