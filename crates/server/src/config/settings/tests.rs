use std::path::Path;

use telamon_store::Target;

use super::*;
use crate::config::{DEFAULT, Flag, Layers, load};

fn with_file(text: &str) -> Layers {
    Layers { file: Some(("t.toml".into(), text.to_owned())), ..Layers::default() }
}

fn with_variable(name: &str, value: &str) -> Layers {
    Layers { environment: vec![(name.to_owned(), value.to_owned())], ..Layers::default() }
}

fn wrong(layers: &Layers) -> String {
    load(layers).unwrap_err().to_string()
}

#[test]
fn nothing_given_is_the_default_file() {
    let bare = load(&Layers::default()).unwrap();
    assert_eq!(format!("{bare:?}"), format!("{:?}", load(&with_file(DEFAULT)).unwrap()));
    assert_eq!(bare.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(bare.data_dir, Path::new("./telamon-data"));
    assert_eq!(bare.database.target, Target::Sqlite("./telamon-data".into()));
    assert!(matches!(&bare.sealing, KeySource::File(file) if file == Path::new("./telamon-data/telamon.key")));
    assert_eq!(bare.limits, ResourceLimits::default());
    assert_eq!(bare.tokens, Tokens { live: 100, requests_per_minute: 10 });
    assert_eq!(bare.rates, Rates { enforced: true, overrides: Overrides::new() });
    assert_eq!(bare.certificates, Certificates { key: KeyKind::P256, keys_ahead: 16 });
    assert_eq!((bare.tls, bare.public_url.as_deref(), bare.metrics_listen), (None, None, None));
    assert_eq!(bare.log, Log { format: LogFormat::Text, filter: "info".into() });
}

#[test]
fn the_addresses_of_the_server_are_told_by_provider_and_region() {
    let settings = load(&with_file(
        "[control_plane]
         inbound = { aws = { us-east-1 = ['203.0.113.7'] } }
         gateways = { west = { outbound = { gcp = { here = ['192.0.2.0/24'] } } } }",
    ))
    .unwrap();
    let ControlPlane { gateways, inbound, outbound } = settings.control_plane;
    assert_eq!(inbound.aws["us-east-1"], ["203.0.113.7/32"]);
    assert_eq!(outbound, Addresses::default());
    assert_eq!(
        (gateways[0].name.as_str(), &*gateways[0].ips.outbound.gcp["here"]),
        ("west", &["192.0.2.0/24".into()][..])
    );
    let refused = wrong(&with_file("[control_plane]\noutbound = { moon = {} }\ngateways = { west = 1 }"));
    assert!(refused.contains("control_plane.outbound in t.toml: must be written { aws = "), "{refused}");
    assert!(refused.contains("control_plane.gateways in t.toml: west must have inbound and outbound"), "{refused}");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let mut layers =
        with_file("[server]\nlisten = '127.0.0.1:1'\npublic_url = 'https://file.example/'\n[log]\nformat = 'json'");
    layers.environment = vec![
        ("TELAMON_SERVER__LISTEN".into(), "127.0.0.1:2".into()),
        ("TELAMON_SERVER__PUBLIC_URL".into(), "https://environment.example".into()),
        ("TELAMON_SERVER__TRUSTED_PROXIES".into(), "10.0.0.0/8, ::1".into()),
        ("TELAMON_LIMITS__PROJECTS_PER_ORG".into(), "7".into()),
        ("TELAMON_RATES__ENFORCED".into(), "false".into()),
        ("TELAMON_RATES__SETS".into(), "{ databaseUsers = { capacity = 2, refill = 1 } }".into()),
        ("TELAMON_PORT".into(), "tcp://10.0.0.1:80".into()),
        ("PATH".into(), "/bin".into()),
    ];
    layers.flags = vec![Flag { name: "--listen", key: "server.listen", value: "127.0.0.1:3".into() }];
    let settings = load(&layers).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:3");
    assert_eq!(settings.public_url.as_deref(), Some("https://environment.example"));
    assert_eq!(settings.trusted_proxies, ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]);
    assert_eq!(settings.limits.projects_per_org, Some(7));
    let overrides = Overrides::from([("databaseUsers".into(), (2, 1))]);
    assert_eq!(settings.rates, Rates { enforced: false, overrides });
    assert_eq!(settings.log.format, LogFormat::Json);
}

#[test]
fn unknown_keys_are_refused_by_name_with_the_one_that_was_meant() {
    assert_eq!(
        wrong(&with_file("[server]\nlisten_on = '127.0.0.1:1'\n[storage]\ndata_dirr = 'x'")),
        "there is no key server.listen_on, which stands in t.toml: did you mean server.listen?\n\
         there is no key storage.data_dirr, which stands in t.toml: did you mean storage.data_dir?"
    );
    assert_eq!(
        wrong(&with_file("listen = '127.0.0.1:1'")),
        "there is no key listen, which stands in t.toml: did you mean server.listen?"
    );
    assert_eq!(
        wrong(&with_file("[kubernetes]\npod = 1")),
        "there is no key kubernetes, which stands in t.toml; `telamon config` prints all that there are"
    );
    assert_eq!(
        wrong(&with_variable("TELAMON_SERVER__LISTN", "x")),
        "there is no key server.listn, which the environment gives as TELAMON_SERVER__LISTN: did you mean \
         TELAMON_SERVER__LISTEN?"
    );
    assert_eq!(
        wrong(&with_variable("TELAMON_LOG_FORMAT", "json")),
        "TELAMON_LOG_FORMAT is not read: did you mean TELAMON_LOG__FORMAT, with two underscores?"
    );
}

#[test]
fn values_that_do_not_fit_name_key_and_place() {
    let cases = [
        ("[server]\nlisten = 8080", "server.listen in t.toml: must be a text in quotes, not a whole number"),
        (
            "[server]\nlisten = 'everywhere'",
            "server.listen in t.toml: must be an address and port such as 127.0.0.1:8080, not \"everywhere\"",
        ),
        (
            "[server]\ntrusted_proxies = ['ten']",
            "server.trusted_proxies in t.toml: must list addresses or blocks such as 10.0.0.0/8, not \"ten\"",
        ),
        (
            "[server]\npublic_url = 'atlas.example.com'",
            "server.public_url in t.toml: must be a URL such as https://atlas.example.com, without a path, not \
             \"atlas.example.com\"",
        ),
        ("[tls]\nkey_file = 'k.pem'", "tls.key_file in t.toml: needs tls.certificate_file beside it"),
        ("[limits]\nprojects_per_org = -1", "limits.projects_per_org in t.toml: must be a whole number from 0, not -1"),
        ("[certificates]\nkey = 'dsa'", "certificates.key in t.toml: must be p256, rsa2048 or rsa4096, not \"dsa\""),
        (
            "[rates.sets]\ndatabaseUser = { capacity = 1, refill = 1 }",
            "rates.sets in t.toml: there is no endpoint set databaseUser: did you mean databaseUsers?",
        ),
        (
            "[rates.sets]\ndatabaseUsers = { capacity = 1 }",
            "rates.sets in t.toml: databaseUsers must be written { capacity = 100, refill = 50 }, both from 1",
        ),
        ("server = 1", "server in t.toml: is a section, written as [server]"),
    ];
    for (text, message) in cases {
        assert_eq!(wrong(&with_file(text)), message, "{text}");
    }
    assert_eq!(
        wrong(&with_variable("TELAMON_LIMITS__PROJECTS_PER_ORG", "many")),
        "limits.projects_per_org in the environment as TELAMON_LIMITS__PROJECTS_PER_ORG: must be a whole number"
    );
    assert!(wrong(&with_file("[server")).starts_with("t.toml is not valid TOML: "));
}

#[test]
fn secrets_come_from_the_environment_and_are_never_shown() {
    let settings = load(&with_variable("TELAMON_KEY", "c2VjcmV0")).unwrap();
    assert!(matches!(&settings.sealing, KeySource::Environment(name, text)
        if name == "TELAMON_KEY" && text.expose() == "c2VjcmV0"));
    assert!(!format!("{settings:?}").contains("c2VjcmV0"));
    let refused = wrong(&with_file("[sealing]\nkey = 'c2VjcmV0'"));
    assert_eq!(
        refused,
        "sealing.key in t.toml: a key does not belong in this file. Give it in the environment as TELAMON_KEY, or name a \
         file with sealing.key_file"
    );
    let refused = wrong(&with_file("[storage]\ndatabase_url = 'mysql://me:hunter2@db/x'"));
    assert_eq!(
        refused,
        "storage.database_url in t.toml: must be a URL such as postgres://user:password@host:5432/database"
    );
    let settings = load(&with_file("[storage]\ndatabase_url = 'postgres://me:hunter2@db/x'")).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn a_listener_beyond_loopback_needs_protection_and_a_url() {
    let check = |text: &str| load(&with_file(text)).unwrap().check_exposure().map_err(|problems| problems.0.len());
    let remote = "[server]\nlisten = '0.0.0.0:80'\n";
    let url = "public_url = 'http://a.example'\n";
    assert_eq!(check(""), Ok(()));
    assert_eq!(check("[server]\nlisten = '[::1]:80'"), Ok(()));
    assert_eq!(check(remote), Err(2));
    assert_eq!(check(&format!("{remote}{url}")), Err(1));
    assert_eq!(check(&format!("{remote}allow_remote = true")), Err(1));
    assert_eq!(check(&format!("{remote}{url}allow_remote = true")), Ok(()));
    assert_eq!(check(&format!("{remote}{url}trusted_proxies = ['10.0.0.1']")), Ok(()));
    assert_eq!(check(&format!("{remote}{url}[tls]\ncertificate_file = 'c'\nkey_file = 'k'")), Ok(()));
}

#[test]
fn figures_are_on_the_main_listener_only_where_strangers_cannot_reach_it() {
    let on_main = |text: &str| load(&with_file(text)).unwrap().metrics_on_main();
    assert!(on_main(""));
    assert!(!on_main("[server]\nlisten = '0.0.0.0:80'"));
    assert!(!on_main("[server]\ntrusted_proxies = ['127.0.0.1']"));
    assert!(!on_main("[metrics]\nlisten = '127.0.0.1:9090'"));
}

#[test]
fn mail_is_off_or_wholly_said() {
    let settings = |text: &str| load(&with_file(text)).unwrap().mail;
    assert!(matches!(settings(""), MailSettings::None));
    let directory = tempfile::tempdir().unwrap();
    let password = directory.path().join("password");
    std::fs::write(&password, "secret\n").unwrap();
    let smtp = settings(&format!(
        "[mail]\ntransport = 'smtp'\nfrom = 'Telamon <t@example.com>'\nhost = 'mail.example.com'\nusername = 'u'\n\
         password_file = '{}'",
        password.display()
    ));
    assert!(!format!("{smtp:?}").contains("secret"));
    let MailSettings::Smtp { from, host, port, encryption, authorities: None, credentials } = smtp else {
        panic!("another transport")
    };
    assert_eq!((from.email.to_string().as_str(), host.as_str(), port), ("t@example.com", "mail.example.com", 587));
    assert_eq!(encryption, crate::mail::SmtpEncryption::StartTls);
    let (user, password) = credentials.unwrap();
    assert_eq!((user.as_str(), password.expose()), ("u", "secret"));

    let authority = directory.path().join("ca.pem");
    std::fs::write(&authority, "-----BEGIN").unwrap();
    let smtp = "[mail]\ntransport = 'smtp'\nfrom = 't@example.com'\nhost = 'mail.example.com'";
    let MailSettings::Smtp { authorities, .. } = settings(&format!("{smtp}\nca_file = '{}'", authority.display()))
    else {
        panic!("another transport")
    };
    assert_eq!(authorities.as_deref(), Some("-----BEGIN"));
    assert_eq!(
        wrong(&with_file(&format!("{smtp}\nca_file = '/nowhere/at/all'"))),
        "mail.ca_file in t.toml: cannot read /nowhere/at/all: No such file or directory (os error 2)"
    );

    assert_eq!(
        wrong(&with_file("[mail]\ntransport = 'pigeon'")),
        "mail.transport in t.toml: must be none, smtp or file, not \"pigeon\""
    );
    assert_eq!(
        wrong(&with_file("[mail]\ntransport = 'smtp'\nfrom = 'nobody'\ntls = 'ssl'\nusername = 'u'")),
        "mail.from in t.toml: must be an address such as telamon@example.com or Telamon \
         <telamon@example.com>, not \"nobody\"\n\
         mail.host by default: must name the mail server, because mail.transport is smtp\n\
         mail.tls in t.toml: must be starttls, tls or none, not \"ssl\"\n\
         mail.username in t.toml: needs mail.password_file beside it"
    );
    assert_eq!(
        wrong(&with_file("[mail]\ntransport = 'file'\ndirectory = '/nowhere/at/all'")),
        "mail.directory in t.toml: is no directory: make it first\n\
         mail.from by default: must name the sender, such as telamon@example.com"
    );
}
