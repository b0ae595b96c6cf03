//! Who may call what: every operation, called with every role, on both engines.
//!
//! The outcome is `golden/roles.txt`, which a person reads when it changes. `TELAMON_BLESS=1` writes it anew.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use http::Method;
use serde_json::json;
use telamon_api::{Access, Operation};
use telamon_authz::{OrgRole, ProjectRole};
use telamon_server::resources::{operations, roles};
use telamon_testkit::{Actor, Call, TestServer, telamon_test};
use telamon_wire::{MediaType, Version};

use crate::made::actor;

/// An account with one role: a member of the organization where the role is one of the project.
async fn actors(t: &TestServer) -> Vec<(String, Actor)> {
    let mut actors = Vec::new();
    for role in OrgRole::ALL {
        actors.push((role.to_string(), t.service_account(&[role.as_str()]).await));
    }
    for role in ProjectRole::ALL {
        let member = t.service_account(&["ORG_MEMBER"]).await;
        let root = member.get("/api/atlas/v2").await.is(200).json();
        let holder = root["apiKey"]["id"].as_str().unwrap();
        let mut tx = t.db().begin_write().await.unwrap();
        roles::add_in_project(&mut tx, holder, t.group_id().parse().unwrap(), *role, t.now()).await.unwrap();
        telamon_api::mark_change(&mut tx, t.now(), &telamon_testkit::SeededEntropy::of(role.as_str())).await.unwrap();
        tx.commit().await.unwrap();
        actors.push((role.to_string(), member));
    }
    t.advance(1).await;
    actors
}

fn path_of(operation: &Operation, t: &TestServer) -> String {
    let values = [
        ("{orgId}", t.org_id()),
        ("{groupId}", t.group_id()),
        ("{clientId}", "mdb_sa_id_5f00000000000000000000cc"),
        ("{limitName}", "atlas.project.deployment.clusters"),
        ("{groupName}", "First"),
        ("{endpointSetId}", "group"),
        ("{userId}", "5f00000000000000000000cc"),
        ("{teamId}", "5f00000000000000000000cc"),
    ];
    let path = values.iter().fold(operation.path.to_owned(), |path, (name, value)| path.replace(name, value));
    // Whatever else a path names does not exist: a caller who is admitted is told so.
    path.split('/')
        .map(|s| if s.starts_with('{') { "5f00000000000000000000cc" } else { s })
        .collect::<Vec<_>>()
        .join("/")
}

fn call(actor: &Actor, operation: &Operation, path: &str) -> Call {
    call_on(operation.since, actor, operation, path)
}

fn call_on(date: Version, actor: &Actor, operation: &Operation, path: &str) -> Call {
    let call = actor.call(operation.method.clone(), path).header("accept", &MediaType(date).to_string());
    // A body that is none of JSON: who is admitted gets no further than its being read.
    if matches!(operation.method, Method::POST | Method::PATCH | Method::PUT) { call.json(&json!(7)) } else { call }
}

/// The operations that would take away what the next call needs.
const DESTRUCTIVE: &[&str] = &["deleteGroup"];

#[telamon_test]
async fn every_operation_admits_who_it_says(t: TestServer) {
    let actors = actors(&t).await;
    let mut lines = BTreeMap::new();
    for operation in operations() {
        let path = path_of(&operation, &t);
        let mut admitted = Vec::new();
        for (role, actor) in &actors {
            if DESTRUCTIVE.contains(&operation.id) && may(operation.access, role) {
                admitted.push(role.as_str());
                continue;
            }
            let reply = call(actor, &operation, &path).await;
            assert_ne!(reply.status(), 500, "{}", operation.id);
            if reply.status() != 401 {
                admitted.push(role.as_str());
            }
            assert_eq!(reply.status() != 401, may(operation.access, role), "{} for {role}", operation.id);
        }
        let mut admitted = if admitted.len() == actors.len() { "every role".to_owned() } else { admitted.join(" ") };
        if let Access::Org(access) = operation.access
            && let Some(parameter) = access.itself()
        {
            write!(admitted, ", and {{{parameter}}} itself").unwrap();
        }
        lines.insert(operation.id, format!("{} {}\n  {admitted}", operation.method, operation.path));
    }
    let mut text = String::from("# Every operation and the roles that may call it; a line of roles for each.\n");
    for (id, line) in lines {
        writeln!(text, "\n{id}: {line}").unwrap();
    }
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/roles.txt");
    if std::env::var_os("TELAMON_BLESS").is_some() {
        std::fs::create_dir_all(golden.parent().unwrap()).unwrap();
        std::fs::write(&golden, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&golden).unwrap_or_default();
    let changed: Vec<_> = text.lines().filter(|line| !committed.lines().any(|other| other == *line)).collect();
    assert!(text == committed, "{} is not current, TELAMON_BLESS=1 writes it; changed: {changed:#?}", golden.display());
}

/// What the declaration says of one role.
fn may(access: Access, role: &str) -> bool {
    let (org, project) = (OrgRole::parse(role), ProjectRole::parse(role));
    let in_org = org.unwrap_or(OrgRole::Member);
    match access {
        Access::Public | Access::Anyone => true,
        Access::Org(access) => access.admits([in_org].into_iter().collect()),
        Access::Project(access) => access.admits(project.into_iter().collect(), [in_org].into_iter().collect()),
    }
}

#[telamon_test]
async fn strangers_are_turned_away_everywhere(t: TestServer) {
    let stranger = {
        let body = json!({
            "name": "Elsewhere",
            "serviceAccount": { "name": "s", "description": "s", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 24 },
        });
        let made = t.owner().post("/api/atlas/v2/orgs", body).await.is(201).json();
        let account = &made["serviceAccount"];
        let secret = account["secrets"][0]["secret"].as_str().unwrap();
        Actor::bearer(t.base_url(), &t.token_of(account["clientId"].as_str().unwrap(), secret).await)
    };
    for operation in operations() {
        let path = path_of(&operation, &t);
        if operation.access == Access::Public {
            continue;
        }
        let reply = call(&t.anonymous(), &operation, &path).await.is(401);
        assert!(reply.header("www-authenticate").unwrap().starts_with("Digest "), "{}", operation.id);
        let expected = match operation.access {
            Access::Org(_) => "USER_CANNOT_ACCESS_ORG",
            Access::Project(_) => "USER_CANNOT_ACCESS_GROUP",
            _ => continue,
        };
        let reply = call(&stranger, &operation, &path).await.is_error(401, expected);
        assert_eq!(reply.header("www-authenticate"), None, "{}", operation.id);
    }
    t.advance(3600).await;
    for operation in operations().iter().filter(|operation| operation.access != Access::Public) {
        call(&t.owner(), operation, &path_of(operation, &t)).await.is(401);
    }
}

#[telamon_test]
async fn every_operation_refuses_a_date_before_its_first(t: TestServer) {
    for operation in operations().into_iter().filter(|operation| operation.versioned) {
        let path = path_of(&operation, &t);
        let early = call_on(Version::Date(2022, 12, 31), &t.owner(), &operation, &path);
        early.await.is_error(406, "INVALID_VERSION_DATE");
    }
}

/// A reader of the first project, of each kind: a person, a person through a team, a service account, an API key.
async fn readers(t: &TestServer) -> Vec<(&'static str, Actor)> {
    let (org, project) =
        (format!("/api/atlas/v2/orgs/{}", t.org_id()), format!("/api/atlas/v2/groups/{}", t.group_id()));
    let person = t.person("ada@example.com", &["ORG_MEMBER"]).await;
    let body = json!({ "roles": ["GROUP_READ_ONLY"], "username": person.username });
    t.owner().post(&format!("{project}/users"), body).await.is(201);
    let member = t.person("grace@example.com", &["ORG_MEMBER"]).await;
    let body = json!({ "name": "Readers", "usernames": [member.username] });
    let team = t.owner().post(&format!("{org}/teams"), body).await.is(201).json()["id"].clone();
    let body = json!([{ "roleNames": ["GROUP_READ_ONLY"], "teamId": team }]);
    t.owner().post(&format!("{project}/teams"), body).await.is(200);
    let body = json!({ "name": "a", "description": "d", "roles": ["GROUP_READ_ONLY"], "secretExpiresAfterHours": 24 });
    let account = t.owner().post(&format!("{project}/serviceAccounts"), body).await.is(201).json();
    let body = json!({ "desc": "d", "roles": ["GROUP_READ_ONLY"] });
    let key = t.owner().post(&format!("{project}/apiKeys"), body).await.is(200).json();
    t.advance(1).await;
    vec![
        ("a person", person.actor),
        ("a member of a team", member.actor),
        ("a service account", actor(t, &account).await),
        ("an API key", actor(t, &key).await),
    ]
}

#[telamon_test]
async fn everybody_is_refused_in_the_same_words(t: TestServer) {
    let unknown = "5f00000000000000000000cc";
    let body = json!({ "name": "Elsewhere", "serviceAccount":
        { "name": "s", "description": "s", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 24 } });
    let elsewhere = t.owner().post("/api/atlas/v2/orgs", body).await.is(201).json();
    let elsewhere = elsewhere["organization"]["id"].as_str().unwrap();
    let (other, own) = (t.project("Other").await, t.group_id());
    let refusals = [
        (format!("groups/{unknown}/databaseUsers"), 404, "GROUP_NOT_FOUND"),
        (format!("groups/{other}/databaseUsers"), 401, "USER_CANNOT_ACCESS_GROUP"),
        (format!("groups/{own}/databaseUsers"), 401, "USER_UNAUTHORIZED"),
        (format!("orgs/{unknown}/apiKeys"), 404, "ORG_NOT_FOUND"),
        (format!("orgs/{elsewhere}/apiKeys"), 401, "USER_CANNOT_ACCESS_ORG"),
        (format!("orgs/{}/apiKeys", t.org_id()), 401, "USER_UNAUTHORIZED"),
    ];
    let readers = readers(&t).await;
    for (path, status, code) in refusals {
        let mut answers = Vec::new();
        for (kind, reader) in &readers {
            let answer = reader.post(&format!("/api/atlas/v2/{path}"), json!({})).await.is_error(status, code);
            assert_eq!(answer.header("www-authenticate"), None, "{kind}: a credential that is good is not asked again");
            answers.push(answer.json());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{path}: {answers:#?}");
    }
}
