//! Mail, from the outbox to a mail server or a directory.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    sync::{Arc, Mutex},
    time::UNIX_EPOCH,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde_json::json;
use telamon_pki::LocalTls;
use telamon_server::mail::{Mailer, SmtpEncryption, SmtpServer};
use telamon_store::{Sql, args, sql};
use telamon_testkit::{Engine, SeededEntropy, TestServer, TestSettings, run_with};
use telamon_wire::Timestamp;

static WAITING: Sql = sql!("SELECT body FROM outbox WHERE sent_at IS NULL");
static PUT: Sql = sql!(
    "INSERT INTO outbox (id, recipient, subject, body, created_at, attempts, due_at)
     VALUES ('6a79400c5555555555555555', 'bob@example.com', 'Old', $2, $1, 0, $1)"
);

/// What a mail server was told.
#[derive(Default)]
struct Told {
    /// How many mails it refuses for now.
    refusals: usize,
    /// The lines of the dialogues, without the mails.
    commands: Vec<String>,
    /// The mails that it took.
    mails: Vec<String>,
}

/// A mail server that understands what it has to, on a port of its own; with TLS, it demands that.
fn mail_server(refusals: usize, tls: Option<(SmtpEncryption, Arc<ServerConfig>)>) -> (u16, Arc<Mutex<Told>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = Arc::new(Mutex::new(Told { refusals, ..Told::default() }));
    let shared = Arc::clone(&told);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, told, tls) = (stream.unwrap(), Arc::clone(&shared), tls.clone());
            // A client that hangs up ends the dialogue, and nothing else.
            std::thread::spawn(move || drop(serve(stream, tls, &told)));
        }
    });
    (port, told)
}

fn serve(
    mut stream: TcpStream,
    tls: Option<(SmtpEncryption, Arc<ServerConfig>)>,
    told: &Mutex<Told>,
) -> std::io::Result<()> {
    let Some((encryption, config)) = tls else {
        stream.write_all(GREETING)?;
        return dialogue(stream, told);
    };
    let connection = ServerConnection::new(config).unwrap();
    if encryption == SmtpEncryption::StartTls {
        stream.write_all(GREETING)?;
        let mut commands = Vec::new();
        for (command, answer) in [("EHLO", "250-mail.test\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 go on\r\n")] {
            let line = unencrypted_line(&mut stream)?;
            assert!(line.starts_with(command), "{line} instead of {command}");
            commands.push(line);
            stream.write_all(answer.as_bytes())?;
        }
        told.lock().unwrap().commands.extend(commands);
        return dialogue(StreamOwned::new(connection, stream), told);
    }
    let mut stream = StreamOwned::new(connection, stream);
    stream.write_all(GREETING)?;
    dialogue(stream, told)
}

const GREETING: &[u8] = b"220 mail.test\r\n";

/// A line, and not a byte more: what follows is TLS.
fn unencrypted_line(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        line.extend(byte);
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn dialogue(stream: impl Read + Write, told: &Mutex<Told>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let next = |stream: &mut BufReader<_>| {
        let mut line = String::new();
        stream.read_line(&mut line).map(|read| (read > 0).then(|| line.trim_end().to_owned()))
    };
    while let Some(line) = next(&mut stream)? {
        let text: &[u8] = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => b"250-mail.test\r\n250 AUTH PLAIN\r\n",
            "AUTH" => b"235 welcome\r\n",
            "DATA" => {
                stream.get_mut().write_all(b"354 go on\r\n")?;
                let mut mail = Vec::new();
                while let Some(line) = next(&mut stream)?.filter(|line| line != ".") {
                    mail.push(line);
                }
                let mut told = told.lock().unwrap();
                if told.refusals > 0 {
                    told.refusals -= 1;
                    b"451 not now\r\n"
                } else {
                    told.mails.push(mail.join("\n"));
                    b"250 taken\r\n"
                }
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 fine\r\n",
        };
        told.lock().unwrap().commands.push(line);
        stream.get_mut().write_all(text)?;
    }
    Ok(())
}

fn smtp(port: u16, encryption: SmtpEncryption, authorities: Option<String>) -> Mailer {
    let credentials = Some(("telamon".to_owned(), "secret".to_owned()));
    let server = SmtpServer { host: "127.0.0.1".into(), port, encryption, authorities, credentials };
    Mailer::smtp("Telamon <telamon@mail.test>".parse().unwrap(), server).unwrap()
}

fn with_mailer(mailer: Mailer) -> TestSettings {
    TestSettings { mail: Some(Arc::new(mailer)), ..TestSettings::default() }
}

async fn invite(t: &TestServer) {
    invite_as(t, "ada@example.com").await;
}

async fn invite_as(t: &TestServer, username: &str) {
    let path = format!("/api/atlas/v2/orgs/{}/invites", t.org_id());
    t.key_owner().post(&path, json!({ "roles": ["ORG_MEMBER"], "username": username })).await.is(200);
}

async fn send(t: &TestServer) {
    t.app().jobs().run("mail").await.unwrap();
}

async fn waiting(t: &TestServer) -> Vec<Vec<u8>> {
    let mut tx = t.db().begin_read().await.unwrap();
    tx.all(WAITING, &[]).await.unwrap()
}

#[test]
fn a_mail_server_that_is_busy_gets_the_mail_later_and_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (port, told) = mail_server(1, None);
        run_with(engine, "busy mail server", with_mailer(smtp(port, SmtpEncryption::None, None)), |t| {
            Box::pin(async move {
                invite(&t).await;
                send(&t).await;
                let kept = waiting(&t).await;
                assert_eq!((kept.len(), told.lock().unwrap().mails.len()), (1, 0));
                let shows = |text: &str| kept[0].windows(text.len()).any(|part| part == text.as_bytes());
                assert!(!shows("/invitations/") && !shows("Hello"), "the mail lies open");
                t.advance(29).await;
                send(&t).await;
                assert_eq!(told.lock().unwrap().mails.len(), 0);
                t.advance(1).await;
                send(&t).await;
                send(&t).await;
                assert!(waiting(&t).await.is_empty());
                let told = told.lock().unwrap();
                assert_eq!(told.mails.len(), 1);
                let link = format!("\n{}/invitations/", t.base_url());
                for part in [
                    "From: Telamon <telamon@mail.test>\n",
                    "To: ada@example.com\n",
                    "Subject: Invitation to Acme\n",
                    &link,
                ] {
                    assert!(told.mails[0].contains(part), "{part} is not in\n{}", told.mails[0]);
                }
                // The user and the password, as RFC 4616 puts them together.
                assert!(
                    told.commands.iter().any(|line| line == "AUTH PLAIN AHRlbGFtb24Ac2VjcmV0"),
                    "{:?}",
                    told.commands
                );
                assert!(told.commands.iter().any(|line| line == "RCPT TO:<ada@example.com>"), "{:?}", told.commands);
            })
        });
    }
}

#[test]
fn a_mail_server_must_prove_who_it_is() {
    // Whoever checks a certificate looks at the clock of the machine.
    let now = i64::try_from(UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let local = LocalTls::generate(Timestamp::from_seconds(now), &SeededEntropy::of("mail server")).unwrap();
    let certificate = CertificateDer::from_pem_slice(local.certificate_pem.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(local.private_key_pem.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    for encryption in [SmtpEncryption::StartTls, SmtpEncryption::Tls] {
        for authorities in [None, Some(local.authority_pem.clone())] {
            let (port, told) = mail_server(0, Some((encryption, Arc::clone(&config))));
            let trusted = authorities.is_some();
            run_with(Engine::Sqlite, "mail by TLS", with_mailer(smtp(port, encryption, authorities)), |t| {
                Box::pin(async move {
                    invite(&t).await;
                    send(&t).await;
                    let told = told.lock().unwrap();
                    let named = told.commands.iter().any(|line| line.starts_with("AUTH"));
                    let sent = (told.mails.len(), named);
                    assert_eq!(sent, if trusted { (1, true) } else { (0, false) }, "{encryption:?} {trusted}");
                })
            });
        }
    }
}

#[test]
fn a_mail_server_without_starttls_gets_nothing() {
    let (port, told) = mail_server(0, None);
    run_with(Engine::Sqlite, "no STARTTLS", with_mailer(smtp(port, SmtpEncryption::StartTls, None)), |t| {
        Box::pin(async move {
            invite(&t).await;
            send(&t).await;
            assert!(told.lock().unwrap().mails.is_empty());
            assert_eq!(waiting(&t).await.len(), 1);
        })
    });
}

#[test]
fn a_mail_that_cannot_be_sent_for_a_day_is_given_up() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (port, told) = mail_server(usize::MAX, None);
        run_with(engine, "lost mail", with_mailer(smtp(port, SmtpEncryption::None, None)), |t| {
            Box::pin(async move {
                invite(&t).await;
                send(&t).await;
                t.advance(86_399).await;
                send(&t).await;
                assert_eq!(waiting(&t).await.len(), 1);
                t.advance(3600).await;
                send(&t).await;
                assert!(waiting(&t).await.is_empty());
                assert!(told.lock().unwrap().mails.is_empty());
            })
        });
    }
}

#[test]
fn mails_are_written_to_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let mailer = Mailer::file("telamon@mail.test".parse().unwrap(), directory.path().to_owned());
    run_with(Engine::Sqlite, "mail in files", with_mailer(mailer), |t| {
        Box::pin(async move {
            invite(&t).await;
            send(&t).await;
            assert!(waiting(&t).await.is_empty());
            let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path()).collect();
            assert_eq!(files.len(), 1);
            assert_eq!(files[0].extension().unwrap(), "eml");
            assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
            let text = std::fs::read_to_string(&files[0]).unwrap();
            assert!(text.contains(&format!("\n{}/invitations/", t.base_url())), "{text}");
        })
    });
}

#[test]
fn without_mail_people_are_invited_all_the_same() {
    run_with(Engine::Sqlite, "no mail", with_mailer(Mailer::off()), |t| {
        Box::pin(async move {
            invite(&t).await;
            assert!(waiting(&t).await.is_empty());
            let list = t.owner().get(&format!("/api/atlas/v2/orgs/{}/invites", t.org_id())).await.is(200).json();
            assert_eq!(list.as_array().unwrap().len(), 1);
        })
    });
}

#[test]
fn a_mail_that_cannot_be_opened_holds_up_no_other() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (port, told) = mail_server(0, None);
        run_with(engine, "spoiled mail", with_mailer(smtp(port, SmtpEncryption::None, None)), |t| {
            Box::pin(async move {
                let mut tx = t.db().begin_write().await.unwrap();
                tx.run(PUT, &args![t.now(), b"not sealed".to_vec()]).await.unwrap();
                tx.commit().await.unwrap();
                t.advance(1).await;
                invite(&t).await;
                send(&t).await;
                assert!(waiting(&t).await.is_empty());
                assert_eq!(told.lock().unwrap().mails.len(), 1);
            })
        });
    }
}

#[test]
fn a_server_that_stops_begins_with_no_other_mail() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    run_with(Engine::Sqlite, "stopping", with_mailer(smtp(port, SmtpEncryption::None, None)), |t| {
        Box::pin(async move {
            t.app().jobs().start();
            for number in 0..3 {
                invite_as(&t, &format!("ada{number}@example.com")).await;
            }
            // The job connects, and hears nothing until the server is about to stop.
            let (listener, connection) = tokio::task::spawn_blocking(move || {
                let connection = listener.accept().unwrap();
                (listener, connection)
            })
            .await
            .unwrap();
            tokio::join!(t.app().stop(), async { drop(connection) });
            listener.set_nonblocking(true).unwrap();
            assert!(listener.accept().is_err(), "another mail was begun");
        })
    });
}
