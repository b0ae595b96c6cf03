//! HTTP/1.1 with as little work as possible: the load must not be what is measured.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept alive.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024], filled: 0 })
    }

    /// Sends a whole request and reads the whole answer to it.
    pub async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let mut parts = None;
        loop {
            let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
            ensure!(read > 0, "the connection was closed before the answer was whole");
            self.filled += read;
            if parts.is_none() {
                parts = Parts::of(&self.buffer[..self.filled])?;
            }
            if let Some(Parts { status, head, length }) = parts {
                let whole = head + length;
                if self.filled >= whole {
                    return Ok(Answer { status, head: &self.buffer[..head], body: &self.buffer[head..whole] });
                }
                if self.buffer.len() < whole {
                    self.buffer.resize(whole, 0);
                }
            }
        }
    }
}

/// An answer.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The status line and the headers, with the empty line after them.
    pub head: &'a [u8],
    /// The body.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// An error with the whole answer, unless it has this status.
    pub fn demand(&self, status: u16) -> anyhow::Result<()> {
        if self.status != status {
            let (head, body) = (String::from_utf8_lossy(self.head), String::from_utf8_lossy(self.body));
            bail!("expected status {status}, but the answer is:\n{head}{body}");
        }
        Ok(())
    }
}

/// Where the parts of an answer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    status: u16,
    /// How long status line and headers are.
    head: usize,
    /// How long the body is.
    length: usize,
}

impl Parts {
    /// Nothing while the headers are not whole.
    fn of(bytes: &[u8]) -> anyhow::Result<Option<Self>> {
        let (mut status, mut length, mut at) = (None, None, 0);
        while let Some(end) = bytes[at..].iter().position(|byte| *byte == b'\n') {
            let line = bytes[at..at + end].trim_ascii_end();
            at += end + 1;
            if status.is_none() {
                status = Some(number(line.get(9..12).unwrap_or_default()).context("not an HTTP/1.1 answer")?);
            } else if line.is_empty() {
                let status = u16::try_from(status.unwrap_or_default())?;
                let length = if status == 204 { Some(0) } else { length };
                let length = length.context("the answer has no Content-Length, and nothing else is read here")?;
                return Ok(Some(Self { status, head: at, length }));
            } else if line.len() > 15 && line[..15].eq_ignore_ascii_case(b"content-length:") {
                length = number(line[15..].trim_ascii());
            }
        }
        Ok(None)
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_parts_once_the_headers_are_whole() {
        let text = b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-LENGTH: 5\r\n\r\nhello";
        for cut in 0..69 {
            assert_eq!(Parts::of(&text[..cut]).unwrap(), None, "{cut}");
        }
        assert_eq!(Parts::of(text).unwrap(), Some(Parts { status: 201, head: 69, length: 5 }));
        assert_eq!(text[69..], *b"hello");
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(Parts::of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(Parts::of(b"nonsense\r\n\r\n").is_err());
        let empty = Parts { status: 204, head: 27, length: 0 };
        assert_eq!(Parts::of(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap(), Some(empty));
    }
}
