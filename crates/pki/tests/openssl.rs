//! The same certificates in the eyes of OpenSSL, which is what `mongod` looks with.

#[cfg(test)]
mod program;
#[cfg(test)]
mod support;

use std::fs::write;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use program::{openssl, printed};
use support::{at, authority, issue};
use telamon_pki::{CommonName, KeyKind};
use telamon_wire::Timestamp;

/// Inside the authority's and the certificate's validity, whatever the day.
const NOW: &str = "2026-03-31T01:02:03Z";
const ATTIME: &str = "1774918923";

const NASTY_NAMES: &[&str] = &[
    "user389",
    "a,b",
    "a+b",
    "a\"b\"",
    "\"",
    "back\\slash",
    "\\",
    "trailing\\",
    "#hash",
    "in#side",
    "#",
    " leading",
    "trailing ",
    "  both  ",
    " ",
    "  ",
    " #",
    "a=b",
    "=",
    "a;b",
    "<tag>",
    "CN=x,OU=y",
    "Zürich",
    "é",
    "Łukasz Ω 漢字",
    "crab 🦀 ",
    "\u{80}\u{9f}\u{a0}\u{feff}",
    "tab\tnewline\nbell\u{7}delete\u{7f}",
    "*?:/()'.,-",
    "arn:aws:iam::123456789012:user/alice@example.com",
];

#[test]
fn verifies_each_kind_of_key() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(at(NOW));
    write(folder.path().join("ca.pem"), authority.certificate_pem()).unwrap();
    let strict = ["verify", "-x509_strict", "-check_ss_sig", "-attime", ATTIME, "-CAfile", "ca.pem", "ca.pem"];
    let Some(output) = openssl(folder.path(), &strict) else { return };
    assert_eq!(printed(&output), "ca.pem: OK\n");
    for kind in [KeyKind::P256, KeyKind::Rsa2048, KeyKind::Rsa4096] {
        let issued = issue(&authority, "alice", kind, at(NOW));
        write(folder.path().join("leaf.pem"), issued.pem().as_bytes()).unwrap();
        let verify = ["verify", "-purpose", "sslclient", "-attime", ATTIME, "-CAfile", "ca.pem", "leaf.pem"];
        let Some(output) = openssl(folder.path(), &verify) else { return };
        assert_eq!(printed(&output), "leaf.pem: OK\n", "{kind:?}");
        let check = openssl(folder.path(), &["pkey", "-in", "leaf.pem", "-check", "-noout"]).unwrap();
        assert!(printed(&check).contains("Key is valid"), "{kind:?}");
        let of_certificate = openssl(folder.path(), &["x509", "-in", "leaf.pem", "-noout", "-pubkey"]).unwrap();
        let of_key = openssl(folder.path(), &["pkey", "-in", "leaf.pem", "-pubout"]).unwrap();
        assert_eq!(printed(&of_certificate), printed(&of_key), "{kind:?}");
    }
}

#[test]
fn another_authority_does_not_verify() {
    let folder = tempfile::tempdir().unwrap();
    let issued = issue(&authority(at(NOW)), "alice", KeyKind::P256, at(NOW));
    write(folder.path().join("ca.pem"), authority(at(NOW)).certificate_pem()).unwrap();
    write(folder.path().join("leaf.pem"), &issued.certificate_pem).unwrap();
    let Some(output) = openssl(folder.path(), &["verify", "-attime", ATTIME, "-CAfile", "ca.pem", "leaf.pem"]) else {
        return;
    };
    assert!(!output.status.success());
}

#[test]
fn prints_names_as_we_say_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(at(NOW));
    for name in NASTY_NAMES {
        let issued = issue(&authority, name, KeyKind::P256, at(NOW));
        write(folder.path().join("leaf.pem"), &issued.certificate_pem).unwrap();
        let show = ["x509", "-in", "leaf.pem", "-noout", "-subject", "-nameopt", "RFC2253", "-serial"];
        let Some(output) = openssl(folder.path(), &show) else { return };
        let expected = format!("subject={}\nserial={:016X}\n", issued.subject_openssl, issued.serial);
        assert_eq!(printed(&output), expected, "{name:?}");
        assert_eq!(telamon_pki::parse_managed_username(&issued.subject), CommonName::new(name));
    }
}

/// `openssl s_server`, which is killed when this is dropped.
struct Server {
    child: Child,
    port: String,
    lines: mpsc::Receiver<String>,
}

impl Server {
    /// Demands a client certificate that `ca.pem` signed.
    fn start(folder: &Path) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key"])
            .args(["-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error", "-tls1_2"])
            .current_dir(folder)
            // Its end would end the connections.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut server = Self { child, port: String::new(), lines };
        let ready = server.line_with("ACCEPT");
        ready.rsplit(':').next().expect("a port").clone_into(&mut server.port);
        server
    }

    fn line_with(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30)).expect("the server says more");
            if line.contains(text) {
                return line;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_accepts_the_certificate_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let new =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
    let new = [new.as_slice(), &["-keyout", "server.key", "-out", "server.pem", "-days", "2"]].concat();
    let Some(output) = openssl(folder.path(), &new) else { return };
    printed(&output);
    // The server takes the time from the machine.
    let now = Timestamp::from_seconds(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap());
    let authority_of_project = authority(now);
    write(folder.path().join("ca.pem"), authority_of_project.certificate_pem()).unwrap();
    let good = issue(&authority_of_project, "alice", KeyKind::P256, now);
    write(folder.path().join("good.pem"), good.pem().as_bytes()).unwrap();
    let bad = issue(&authority(now), "alice", KeyKind::P256, now);
    write(folder.path().join("bad.pem"), bad.pem().as_bytes()).unwrap();

    let server = Server::start(folder.path());
    let address = format!("127.0.0.1:{}", server.port);
    let connect = |file: &str| {
        let arguments = ["s_client", "-connect", &address, "-CAfile", "server.pem", "-verify_return_error"];
        let with = ["-cert", file, "-key", file];
        openssl(folder.path(), &[arguments.as_slice(), &with].concat()).unwrap()
    };
    let refused = connect("bad.pem");
    assert!(!refused.status.success(), "{}", String::from_utf8_lossy(&refused.stdout));
    let accepted = printed(&connect("good.pem"));
    assert!(accepted.contains("Verify return code: 0 (ok)"), "{accepted}");
    // Newer versions print no blanks.
    assert_eq!(server.line_with("subject=").replace(' ', ""), "subject=CN=alice");
}
