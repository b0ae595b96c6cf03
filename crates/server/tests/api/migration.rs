//! Projects that move to another organization.

use serde_json::{Value, json};
use telamon_authz::ProjectRole;
use telamon_server::resources::roles;
use telamon_store::{Sql, sql};
use telamon_testkit::{Actor, TestServer, telamon_test};

/// Another organization: its id, and its first API key.
struct Destination {
    id: String,
    public_key: String,
    private_key: String,
}

impl Destination {
    async fn new(t: &TestServer) -> Self {
        let body = json!({ "name": "Elsewhere", "apiKey": { "desc": "first", "roles": ["ORG_OWNER"] } });
        let made = t.owner().post("/api/atlas/v2/orgs", body).await.is(201).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let key = &made["apiKey"];
        Self {
            id: text(&made["organization"]["id"]),
            public_key: text(&key["publicKey"]),
            private_key: text(&key["privateKey"]),
        }
    }

    fn owner(&self, t: &TestServer) -> Actor {
        Actor::digest(t.base_url(), &self.public_key, &self.private_key)
    }

    fn body(&self) -> Value {
        json!({
            "destinationOrgId": self.id, "destinationOrgPublicApiKey": self.public_key,
            "destinationOrgPrivateApiKey": self.private_key,
        })
    }
}

fn path(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}", t.group_id())
}

fn migrate(t: &TestServer) -> String {
    format!("{}:migrate", path(t))
}

static FIRST_PERSON: Sql = sql!("SELECT id FROM person ORDER BY id LIMIT 1");

#[telamon_test]
async fn a_project_moves_with_its_people_and_without_credentials(t: TestServer) {
    let there = Destination::new(&t).await;
    let member = t.service_account(&["ORG_MEMBER"]).await;
    let holder = member.get("/api/atlas/v2").await.is(200).json()["apiKey"]["id"].as_str().unwrap().to_owned();
    let mut tx = t.db().begin_write().await.unwrap();
    let project = t.group_id().parse().unwrap();
    roles::add_in_project(&mut tx, &holder, project, ProjectRole::Owner, t.now()).await.unwrap();
    let person: String = tx.one(FIRST_PERSON, &[]).await.unwrap();
    roles::add_in_project(&mut tx, &person, project, ProjectRole::ReadOnly, t.now()).await.unwrap();
    telamon_api::mark_change(&mut tx, t.now(), &telamon_testkit::SeededEntropy::of("moved")).await.unwrap();
    tx.commit().await.unwrap();
    t.advance(1).await;
    member.get(&path(&t)).await.is(200);
    t.owner().patch(&format!("{}/auditLog", path(&t)), json!({ "enabled": true })).await.is(202);

    let before = t.owner().get(&path(&t)).await.is(200).json();
    let moved = t.owner().post(&migrate(&t), there.body()).await.is(200).json();
    let mut expected = before.clone();
    expected["orgId"] = json!(there.id);
    assert_eq!(moved, expected);

    for stranger in [t.owner(), t.key_owner(), member] {
        stranger.get(&path(&t)).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    }
    let owner = there.owner(&t);
    assert_eq!(owner.get(&path(&t)).await.is(200).json(), expected);
    assert_eq!(owner.get(&format!("{}/auditLog", path(&t))).await.is(200).json()["enabled"], true);
    let left = t.owner().get(&format!("/api/atlas/v2/orgs/{}/groups", t.org_id())).await.is(200).json();
    assert_eq!(left["totalCount"], 0);

    let mut tx = t.db().begin_read().await.unwrap();
    let in_org = roles::in_org(&mut tx, &person, there.id.parse().unwrap()).await.unwrap();
    assert!(!in_org.is_empty(), "a person with a role in the project is a member of its organization");
    let in_projects = roles::in_projects(&mut tx, &person).await.unwrap();
    assert!(in_projects.contains(&(project, ProjectRole::ReadOnly)));
    assert_eq!(roles::in_projects(&mut tx, &holder).await.unwrap(), []);
    tx.end();

    for (actor, org, name) in
        [(t.owner(), t.org_id(), "GROUP_MOVED_FROM_ORG"), (owner, there.id.as_str(), "GROUP_MOVED")]
    {
        let events = actor.get(&format!("/api/atlas/v2/orgs/{org}/events?eventType={name}")).await.is(200).json();
        assert_eq!(events["totalCount"], 1, "{name}");
        assert_eq!(events["results"][0]["groupId"], t.group_id());
    }
}

#[telamon_test]
async fn nothing_moves_without_the_word_of_both_owners(t: TestServer) {
    let there = Destination::new(&t).await;
    let with = |name: &str, value: Value| {
        let mut body = there.body();
        body[name] = value;
        body
    };
    let without = |name: &str| {
        let mut body = there.body();
        body.as_object_mut().unwrap().remove(name);
        body
    };
    let own = t.credentials();
    for (body, status, code) in [
        (with("destinationOrgPrivateApiKey", json!("wrong")), 401, "USER_CANNOT_ACCESS_ORG"),
        (with("destinationOrgPublicApiKey", json!("abcdefgh")), 401, "USER_CANNOT_ACCESS_ORG"),
        (with("destinationOrgId", json!("5f00000000000000000000cc")), 404, "ORG_NOT_FOUND"),
        (with("destinationOrgId", json!("here")), 404, "INVALID_ORG_ID"),
        (with("destinationOrgId", json!(t.org_id())), 400, "VALIDATION_ERROR"),
        (without("destinationOrgId"), 400, "MISSING_ATTRIBUTE"),
        (without("destinationOrgPublicApiKey"), 400, "MISSING_ATTRIBUTE"),
        (without("destinationOrgPrivateApiKey"), 400, "MISSING_ATTRIBUTE"),
        (
            json!({
                "destinationOrgId": there.id, "destinationOrgPublicApiKey": own.public_key,
                "destinationOrgPrivateApiKey": own.private_key,
            }),
            401,
            "USER_CANNOT_ACCESS_ORG",
        ),
    ] {
        t.owner().post(&migrate(&t), body).await.is_error(status, code);
    }
    let keys = format!("/api/atlas/v2/orgs/{}/apiKeys", there.id);
    let made = there.owner(&t).post(&keys, json!({ "desc": "d", "roles": ["ORG_GROUP_CREATOR"] })).await.is(200).json();
    let mut weak = with("destinationOrgPublicApiKey", made["publicKey"].clone());
    weak["destinationOrgPrivateApiKey"] = made["privateKey"].clone();
    t.owner().post(&migrate(&t), weak).await.is_error(401, "USER_UNAUTHORIZED");
    let creator = t.service_account(&["ORG_READ_ONLY"]).await;
    creator.post(&migrate(&t), there.body()).await.is_error(401, "USER_UNAUTHORIZED");
    there.owner(&t).post(&migrate(&t), there.body()).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
    let early = t.owner().post(&migrate(&t), there.body()).header("accept", "application/vnd.atlas.2023-01-01+json");
    early.await.is_error(406, "INVALID_VERSION_DATE");

    let taken = json!({ "name": "First", "orgId": there.id });
    there.owner(&t).post("/api/atlas/v2/groups", taken).await.is(201);
    let reply = t.owner().post(&migrate(&t), there.body()).await.is_error(409, "GROUP_ALREADY_EXISTS");
    assert_eq!(reply.json()["parameters"], json!(["First"]));
    assert_eq!(t.owner().get(&path(&t)).await.is(200).json()["orgId"], t.org_id());
}

#[telamon_test]
async fn versions_of_mongodb_are_those_of_the_configuration(t: TestServer) {
    let all = format!("{}/mongoDBVersions", path(&t));
    let url = format!("{}{all}", t.base_url());
    for query in ["", "?cloudProvider=AWS", "?defaultStatus=DEFAULT", "?instanceSize=M10&cloudProvider=TENANT"] {
        let page = t.owner().get(&format!("{all}{query}")).await.is(200).json();
        assert_eq!(page["results"], json!([{ "defaultStatus": "DEFAULT", "version": "8.0" }]));
        assert_eq!(page["totalCount"], 1);
        assert!(page["links"][0]["href"].as_str().unwrap().starts_with(&url));
    }
    assert_eq!(t.owner().get(&format!("{all}?pageNum=2")).await.is(200).json()["results"], json!([]));
    for wrong in ["cloudProvider=aws", "defaultStatus=NOT_DEFAULT"] {
        t.owner().get(&format!("{all}?{wrong}")).await.is_error(400, "INVALID_ENUM_VALUE");
    }
}
