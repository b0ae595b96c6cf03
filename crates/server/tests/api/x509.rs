//! Certificates of managed users, over HTTP; judged by the `openssl` program.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use telamon_pki::CommonName;
use telamon_server::limits::ResourceLimits;
use telamon_testkit::{Engine, Reply, TestServer, TestSettings, run_with, telamon_test};

fn users(group: &str) -> String {
    format!("/api/atlas/v2/groups/{group}/databaseUsers")
}

fn certs(t: &TestServer, path_name: &str) -> String {
    format!("{}/{path_name}/certs", users(t.group_id()))
}

async fn create_user(t: &TestServer, group: &str, name: &str) {
    let body = json!({
        "databaseName": "$external", "groupId": group, "roles": [{ "databaseName": "admin", "roleName": "atlasAdmin" }],
        "username": name, "x509Type": "MANAGED",
    });
    t.key_owner().post(&users(group), body).await.is(201);
}

async fn issue(t: &TestServer, path_name: &str, body: Value) -> Reply {
    t.key_owner().post(&certs(t, path_name), body).await
}

async fn listed(t: &TestServer, path_name: &str) -> Vec<Value> {
    let page = t.key_owner().get(&certs(t, path_name)).await.is(200).json();
    page["results"].as_array().unwrap().clone()
}

/// Files for the program, gone with the test.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    async fn authorities(&self, t: &TestServer, group: &str) -> PathBuf {
        let served = t.anonymous().get(&format!("/pki/projects/{group}/ca.pem")).await.is(200).text();
        self.write(&format!("{group}.pem"), &served)
    }
}

fn openssl(args: &[&str]) -> Result<String, String> {
    let output = Command::new("openssl").args(args).output().expect("the openssl program");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{}\n{}", text(&output.stdout), text(&output.stderr)))
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn verify(t: &TestServer, authorities: &Path, certificate: &Path) -> Result<String, String> {
    let at = t.now().as_seconds().to_string();
    let args = ["verify", "-attime", &at, "-purpose", "sslclient", "-CAfile", text(authorities), text(certificate)];
    openssl(&args)
}

#[telamon_test]
async fn a_certificate_is_what_the_service_issues(t: TestServer) {
    let files = Files::new();
    create_user(&t, t.group_id(), "user389").await;
    let reply = issue(&t, "user389", json!({ "monthsUntilExpiration": 3 })).await.is(201);
    assert_eq!(reply.header("content-type"), Some("application/vnd.atlas.2023-01-01+json;charset=utf-8"));
    let pem = reply.text();
    let labels: Vec<_> = pem.lines().filter(|line| line.starts_with("-----")).collect();
    assert_eq!(
        labels,
        [
            "-----BEGIN CERTIFICATE-----",
            "-----END CERTIFICATE-----",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
        ]
    );
    assert!(pem.ends_with("-----END PRIVATE KEY-----\n"));

    let file = files.write("user389.pem", &pem);
    let show = |option: &[&str]| openssl(&[&["x509", "-noout", "-in", text(&file)], option].concat()).unwrap();
    let issuer = format!("issuer=O=MongoDB Inc,OU=Atlas,CN={}", t.group_id());
    assert_eq!(show(&["-issuer", "-nameopt", "RFC2253"]), issuer);
    assert_eq!(show(&["-subject", "-nameopt", "RFC2253"]), "subject=CN=user389");
    assert_eq!(
        show(&["-dates", "-dateopt", "iso_8601"]),
        "notBefore=2026-08-10 02:05:48Z\nnotAfter=2026-11-10 03:05:48Z"
    );
    let extensions = show(&[
        "-text",
        "-certopt",
        "no_header,no_version,no_serial,no_signame,no_validity,no_subject,no_issuer,no_pubkey,no_sigdump,no_aux",
    ]);
    let extensions: Vec<_> = extensions.lines().map(str::trim).collect();
    assert_eq!(
        extensions,
        [
            "X509v3 extensions:",
            "X509v3 Key Usage: critical",
            "Digital Signature",
            "X509v3 Extended Key Usage: critical",
            "TLS Web Client Authentication",
        ]
    );
    let authorities = files.authorities(&t, t.group_id()).await;
    assert_eq!(verify(&t, &authorities, &file), Ok(format!("{}: OK", text(&file))));
    let of_certificate = show(&["-pubkey"]);
    assert_eq!(
        openssl(&["pkey", "-in", text(&file), "-pubout"]).unwrap(),
        of_certificate,
        "the key is the certificate's"
    );

    let serial = i64::from_str_radix(show(&["-serial"]).strip_prefix("serial=").unwrap(), 16).unwrap();
    assert_eq!(
        listed(&t, "user389").await,
        [json!({
            "_id": serial, "createdAt": "2026-08-10T02:05:48Z", "groupId": t.group_id(), "notAfter": "2026-11-10T03:05:48Z",
            "subject": "CN=user389",
        })]
    );
    let events = t.owner().get(&format!("/api/atlas/v2/groups/{}/events", t.group_id())).await.is(200).json();
    let recorded: Vec<_> = events["results"].as_array().unwrap().iter().map(|event| &event["eventTypeName"]).collect();
    assert!(recorded.contains(&&json!("MONGODB_USER_X509_CERT_CREATED")), "{recorded:?}");
}

#[telamon_test]
async fn names_come_out_as_mongodb_looks_them_up(t: TestServer) {
    let files = Files::new();
    let authorities = files.authorities(&t, t.group_id()).await;
    let cases = [
        ("a,b", "a%2Cb", r"CN=a\,b"),
        ("c+d", "c+d", r"CN=c\+d"),
        ("say \"hi\"", "say%20%22hi%22", r#"CN=say \"hi\""#),
        ("Zürich 🦀", "Z%C3%BCrich%20%F0%9F%A6%80", "CN=Zürich 🦀"),
        (r"CN=x\;y", r"CN=x%5C%3By", r"CN=x\;y"),
        (r"back\slash", r"back%5Cslash", r"CN=back\\slash"),
        (" blank ", "%20blank%20", r"CN=\ blank\ "),
        ("#number", "%23number", r"CN=\#number"),
        ("a/b=c@d.e", "a%2Fb=c@d.e", "CN=a/b=c@d.e"),
        ("OU=o,CN=p", "OU=o,CN=p", r"CN=OU=o\,CN=p"),
    ];
    for (name, path, subject) in cases {
        create_user(&t, t.group_id(), name).await;
        let file = files.write("client.pem", &issue(&t, path, json!({})).await.is(201).text());
        let expected = telamon_pki::parse_managed_username(name).as_ref().map(CommonName::to_openssl_rfc2253).unwrap();
        let shown = openssl(&["x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", text(&file)]).unwrap();
        assert_eq!(shown, format!("subject={expected}"), "{name}");
        verify(&t, &authorities, &file).unwrap();
        let certificates = listed(&t, path).await;
        assert_eq!((certificates.len(), &certificates[0]["subject"]), (1, &json!(subject)), "{name}");
    }
    // Both forms of a name have the same certificates.
    assert_eq!(listed(&t, r"CN=a%5C,b").await, listed(&t, "a,b").await);
}

#[telamon_test]
async fn months_and_holders_are_checked(t: TestServer) {
    create_user(&t, t.group_id(), "bob").await;
    let months = |months: Value| issue(&t, "bob", json!({ "monthsUntilExpiration": months }));
    months(json!(0)).await.is_error(400, "ATTRIBUTE_NEGATIVE_OR_ZERO");
    months(json!(-3)).await.is_error(400, "ATTRIBUTE_NEGATIVE_OR_ZERO");
    months(json!(25)).await.is_error(400, "CERT_EXPIRY_CANNOT_EXCEED_TWO_YEARS");
    months(json!("3")).await.is_error(400, "INVALID_ATTRIBUTE");
    months(json!(24)).await.is(201);
    t.advance(1).await;
    issue(&t, "bob", json!({})).await.is(201);
    let ends: Vec<_> = listed(&t, "bob").await.iter().map(|certificate| certificate["notAfter"].clone()).collect();
    assert_eq!(ends, ["2028-08-10T03:05:48Z", "2026-11-10T03:05:49Z"]);

    let scram = json!({
        "databaseName": "admin", "password": "Passw0rdPassw0rd", "username": "scram", "roles": [{ "databaseName": "a", "roleName": "read" }],
    });
    t.owner().post(&users(t.group_id()), scram).await.is(201);
    let customer = json!({
        "databaseName": "$external", "username": "CN=c,OU=d", "x509Type": "CUSTOMER", "roles": [{ "databaseName": "a", "roleName": "read" }],
    });
    t.owner().post(&users(t.group_id()), customer).await.is(201);
    for (path, status, code) in [
        ("scram", 400, "USER_NOT_MANAGED_X509"),
        ("CN=c,OU=d", 400, "USER_NOT_MANAGED_X509"),
        ("nobody", 404, "USERNAME_NOT_FOUND"),
    ] {
        issue(&t, path, json!({})).await.is_error(status, code);
        t.owner().get(&certs(&t, path)).await.is_error(status, code);
    }
    // The user of `$external` wins over one of the same name on `admin`.
    create_user(&t, t.group_id(), "scram").await;
    issue(&t, "scram", json!({})).await.is(201);

    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.get(&certs(&t, "bob")).await.is(200);
    reader.post(&certs(&t, "bob"), json!({})).await.is_error(401, "USER_UNAUTHORIZED");
}

#[telamon_test]
async fn certificates_are_listed_until_they_end_whoever_holds_the_name(t: TestServer) {
    create_user(&t, t.group_id(), "bob").await;
    for months in [1, 2, 3] {
        issue(&t, "bob", json!({ "monthsUntilExpiration": months })).await.is(201);
        t.advance(1).await;
    }
    let serials = |certificates: Vec<Value>| -> Vec<Value> { certificates.iter().map(|c| c["_id"].clone()).collect() };
    let all = serials(listed(&t, "bob").await);
    assert_eq!(all.len(), 3);

    let user = format!("{}/$external/bob", users(t.group_id()));
    t.owner().delete(&user).await.is(204);
    t.owner().get(&certs(&t, "bob")).await.is_error(404, "USERNAME_NOT_FOUND");
    create_user(&t, t.group_id(), "CN=bob").await;
    assert_eq!(serials(listed(&t, "bob").await), all);

    let page = format!("{}?itemsPerPage=2&pageNum=2", certs(&t, "bob"));
    let page = t.owner().get(&page).await.is(200).json();
    assert_eq!((&page["results"][0]["_id"], &page["totalCount"]), (&all[2], &json!(3)));

    t.advance(31 * 24 * 3600).await;
    assert_eq!(serials(listed(&t, "bob").await), all[1..]);
}

#[telamon_test]
async fn a_project_with_its_own_authorities_issues_nothing(t: TestServer) {
    create_user(&t, t.group_id(), "bob").await;
    let settings = format!("/api/atlas/v2/groups/{}/userSecurity", t.group_id());
    let own = t.anonymous().get(&format!("/pki/projects/{}/ca.pem", t.group_id())).await.is(200).text();
    t.owner().patch(&settings, json!({ "customerX509": { "cas": own } })).await.is(202);
    issue(&t, "bob", json!({})).await.is_error(400, "CANNOT_GENERATE_CERT_IF_ADVANCED_X509");
    issue(&t, "nobody", json!({})).await.is_error(404, "USERNAME_NOT_FOUND");
    t.owner().delete(&format!("{settings}/customerX509")).await.is(202);
    issue(&t, "bob", json!({})).await.is(201);
}

#[telamon_test]
async fn the_next_authority_is_made_in_time(t: TestServer) {
    let files = Files::new();
    create_user(&t, t.group_id(), "bob").await;
    let early =
        files.write("early.pem", &issue(&t, "bob", json!({ "monthsUntilExpiration": 24 })).await.is(201).text());
    let first = t.anonymous().get(&format!("/pki/projects/{}/ca.pem", t.group_id())).await.is(200).text();
    verify(&t, &files.authorities(&t, t.group_id()).await, &early).unwrap();

    // Ten years less twenty-five months: one day before and one day after.
    t.advance(t.now().plus_months(95).seconds_since(t.now()) - 24 * 3600).await;
    let late = files.write("late.pem", &issue(&t, "bob", json!({ "monthsUntilExpiration": 24 })).await.is(201).text());
    assert_eq!(t.anonymous().get(&format!("/pki/projects/{}/ca.pem", t.group_id())).await.is(200).text(), first);
    t.advance(2 * 24 * 3600).await;
    let next = files.write("next.pem", &issue(&t, "bob", json!({ "monthsUntilExpiration": 24 })).await.is(201).text());
    let both = files.authorities(&t, t.group_id()).await;
    let text_of_both = std::fs::read_to_string(&both).unwrap();
    assert!(text_of_both.starts_with(&first) && text_of_both.matches("BEGIN").count() == 2, "{text_of_both}");
    verify(&t, &both, &late).unwrap();
    verify(&t, &both, &next).unwrap();
    let only_first = files.write("first.pem", &first);
    verify(&t, &only_first, &next).unwrap_err();
    issue(&t, "bob", json!({})).await.is(201);
    assert_eq!(std::fs::read_to_string(files.authorities(&t, t.group_id()).await).unwrap(), text_of_both);
}

#[test]
fn the_limit_of_certificates_is_kept() {
    let limits = ResourceLimits { certificates_per_user: Some(2), ..ResourceLimits::NONE };
    let settings = TestSettings { limits, ..TestSettings::default() };
    run_with(Engine::Sqlite, "the_limit_of_certificates_is_kept", settings, |t| {
        Box::pin(async move {
            create_user(&t, t.group_id(), "bob").await;
            issue(&t, "bob", json!({ "monthsUntilExpiration": 1 })).await.is(201);
            issue(&t, "bob", json!({ "monthsUntilExpiration": 2 })).await.is(201);
            issue(&t, "bob", json!({})).await.is_error(400, "ATLAS_GENERATED_CERTS_LIMIT_EXCEEDED");
            t.advance(31 * 24 * 3600 + 1).await;
            issue(&t, "bob", json!({})).await.is(201);
        })
    });
}

/// A server of `openssl` that asks for a client certificate; answers with what a client with that file was told.
fn shake_hands(t: &TestServer, files: &Files, authorities: &Path, client: &Path) -> Result<String, String> {
    let (certificate, key) = (files.0.path().join("server.pem"), files.0.path().join("server.key"));
    let subject =
        ["-subj", "/CN=localhost", "-days", "30", "-nodes", "-keyout", text(&key), "-out", text(&certificate)];
    openssl(&[&["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"][..], &subject[..]].concat())?;
    let at = t.now().as_seconds().to_string();
    let mut server = Command::new("openssl")
        .args([
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-naccept",
            "1",
            "-Verify",
            "1",
            "-verify_return_error",
            "-attime",
            &at,
        ])
        .args(["-CAfile", text(authorities), "-cert", text(&certificate), "-key", text(&key)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the openssl program");
    let mut output = BufReader::new(server.stdout.take().unwrap()).lines();
    let address = output.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(str::to_owned)).expect("an address");
    // TLS 1.2, where the client learns within the handshake whether its certificate was taken.
    let mut connecting = Command::new("openssl")
        .args(["s_client", "-connect", &address, "-tls1_2", "-cert", text(client), "-key", text(client)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the openssl program");
    let _ = connecting.stdin.take().unwrap().write_all(b"Q\n");
    let taken = connecting.wait().unwrap().success();
    let said: Vec<String> = output.map_while(Result::ok).collect();
    let _ = server.kill();
    server.wait().unwrap();
    let said = said.join("\n");
    if taken { Ok(said) } else { Err(said) }
}

#[telamon_test]
async fn a_tls_server_takes_the_certificate_and_refuses_that_of_another_project(t: TestServer) {
    let files = Files::new();
    let other = t.project("other").await;
    create_user(&t, t.group_id(), "bob").await;
    create_user(&t, &other, "bob").await;
    let ours = files.write("ours.pem", &issue(&t, "bob", json!({})).await.is(201).text());
    let foreign = t.owner().post(&format!("{}/bob/certs", users(&other)), json!({})).await.is(201);
    let foreign = files.write("foreign.pem", &foreign.text());
    let authorities = files.authorities(&t, t.group_id()).await;
    let taken = shake_hands(&t, &files, &authorities, &ours).unwrap();
    assert!(taken.contains("subject=CN = bob"), "{taken}");
    shake_hands(&t, &files, &authorities, &foreign).unwrap_err();
    verify(&t, &authorities, &foreign).unwrap_err();
}
