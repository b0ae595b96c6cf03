//! Custom database roles, over HTTP.

use serde_json::{Value, json};
use telamon_testkit::{Actor, Reply, TestServer, telamon_test};

fn roles(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/customDBRoles/roles", t.group_id())
}

fn users(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/databaseUsers", t.group_id())
}

/// A role that permits nothing and inherits these, written `read@db1`.
fn inheriting(name: &str, parents: &[&str]) -> Value {
    json!({ "roleName": name, "actions": [], "inheritedRoles": inherited(parents) })
}

fn inherited(parents: &[&str]) -> Value {
    let parent = |text: &&str| {
        let (role, db) = text.split_once('@').unwrap();
        json!({ "db": db, "role": role })
    };
    parents.iter().map(parent).collect()
}

async fn create(t: &TestServer, body: Value) -> Reply {
    t.owner().post(&roles(t), body).await
}

async fn add_user(t: &TestServer, name: &str, held: &[&str]) -> Reply {
    let held: Value = held.iter().map(|role| json!({ "databaseName": "admin", "roleName": role })).collect();
    let user = json!({ "databaseName": "admin", "password": "Passw0rdPassw0rd", "roles": held, "username": name });
    t.owner().post(&users(t), user).await
}

async fn held(t: &TestServer, user: &str) -> Vec<String> {
    let user = t.owner().get(&format!("{}/admin/{user}", users(t))).await.is(200).json();
    user["roles"].as_array().unwrap().iter().map(|role| role["roleName"].as_str().unwrap().to_owned()).collect()
}

async fn events(t: &TestServer) -> Vec<String> {
    let listed = t.owner().get(&format!("/api/atlas/v2/groups/{}/events", t.group_id())).await.is(200).json();
    let mut names: Vec<_> = listed["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["eventTypeName"].as_str().unwrap().to_owned())
        .filter(|name| name.starts_with("MONGODB_"))
        .collect();
    names.reverse();
    names
}

#[telamon_test]
async fn a_role_is_made_read_changed_and_removed(t: TestServer) {
    // As the Atlas CLI and Terraform send it: with every member of every resource.
    let sent = json!({
        "roleName": "role1",
        "actions": [
            { "action": "UPDATE", "resources": [
                { "cluster": false, "collection": "coll1", "db": "db1" }, { "cluster": false, "collection": "", "db": "db2" },
            ] },
            { "action": "SERVER_STATUS", "resources": [{ "cluster": true, "collection": "", "db": "" }] },
            { "action": "FIND", "resources": [{ "db": "db1" }] },
        ],
        "inheritedRoles": inherited(&["read@db9", "enableSharding@admin"]),
    });
    let whole = json!({
        "actions": [
            { "action": "UPDATE", "resources": [{ "collection": "coll1", "db": "db1" }, { "db": "db2" }] },
            { "action": "SERVER_STATUS", "resources": [{ "cluster": true }] },
            { "action": "FIND", "resources": [{ "db": "db1" }] },
        ],
        "inheritedRoles": [{ "db": "db9", "role": "read" }, { "db": "admin", "role": "enableSharding" }],
        "roleName": "role1",
    });
    assert_eq!(create(&t, sent.clone()).await.is(202).json(), whole);
    let one = format!("{}/role1", roles(&t));
    assert_eq!(t.owner().get(&one).await.is(200).json(), whole);
    let refused = create(&t, sent).await.is_error(409, "ATLAS_CUSTOM_ROLE_NAME_ALREADY_EXISTS");
    assert_eq!(refused.json()["parameters"], json!(["role1"]));

    let mut changed = whole.clone();
    changed["inheritedRoles"] = inherited(&["role0@admin"]);
    let parents = json!({ "inheritedRoles": inherited(&["role0@admin"]) });
    t.owner().patch(&one, parents.clone()).await.is_error(400, "ATLAS_INVALID_CUSTOM_ROLE_INHERITANCE");
    t.advance(1).await;
    create(&t, inheriting("role0", &["read@db1"])).await.is(202);
    assert_eq!(t.owner().patch(&one, parents).await.is(200).json(), changed);
    assert_eq!(t.owner().patch(&one, json!({})).await.is(200).json(), changed);
    changed["actions"] = json!([{ "action": "REMOVE", "resources": [{ "db": "db3" }] }]);
    let actions = json!({ "actions": changed["actions"] });
    assert_eq!(t.owner().patch(&one, actions).await.is(200).json(), changed);
    changed["inheritedRoles"] = json!([]);
    assert_eq!(t.owner().patch(&one, json!({ "inheritedRoles": [] })).await.is(200).json(), changed);
    t.owner().patch(&one, json!({ "actions": [] })).await.is_error(400, "ATLAS_CUSTOM_ROLE_HAS_NO_PERMISSIONS");
    let listed = json!([changed, inheriting("role0", &["read@db1"])]);
    assert_eq!(t.owner().get(&roles(&t)).await.is(200).json(), listed);

    assert_eq!(t.owner().delete(&one).await.is(204).text(), "");
    for reply in [t.owner().get(&one).await, t.owner().delete(&one).await, t.owner().patch(&one, json!({})).await] {
        let error = reply.is_error(404, "ATLAS_CUSTOM_ROLE_NOT_FOUND").json();
        assert_eq!(error["parameters"], json!(["role1"]));
    }
    let mut expected = vec!["MONGODB_ROLE_ADDED"; 2];
    expected.extend(["MONGODB_ROLE_UPDATED"; 4]);
    expected.push("MONGODB_ROLE_DELETED");
    let mut recorded = events(&t).await;
    recorded.sort_by_key(|name| expected.iter().position(|known| known == name));
    assert_eq!(recorded, expected);
}

#[telamon_test]
async fn what_is_refused(t: TestServer) {
    create(&t, inheriting("base", &["read@a"])).await.is(202);
    create(&t, inheriting("child", &["base@admin"])).await.is(202);
    let permitting = |action: &str, resources: Value| json!({ "roleName": "r", "actions": [{ "action": action, "resources": resources }] });
    let anything = json!([{ "cluster": false, "collection": "", "db": "" }]);
    for (sent, code) in [
        (json!({ "roleName": "r" }), "ATLAS_CUSTOM_ROLE_HAS_NO_PERMISSIONS"),
        (json!({ "actions": [] }), "MISSING_ATTRIBUTE"),
        (permitting("DANCE", anything.clone()), "INVALID_ENUM_VALUE"),
        (permitting("FIND", json!([])), "ATLAS_INVALID_RESOURCE"),
        (permitting("FIND", json!([{ "cluster": true }])), "ATLAS_INVALID_RESOURCE"),
        (permitting("LIST_SESSIONS", anything.clone()), "ATLAS_INVALID_RESOURCE"),
        (permitting("FIND", json!([{ "db": "a" }, { "db": "a" }])), "ATLAS_DUPLICATE_CUSTOM_ROLE_RESOURCE"),
        (permitting("FIND", json!([{ "db": 7 }])), "INVALID_ATTRIBUTE"),
        (permitting("FIND", json!([{ "database": "a" }])), "INVALID_JSON_ATTRIBUTE"),
        (
            json!({ "roleName": "r", "actions": [
                { "action": "FIND", "resources": anything }, { "action": "FIND", "resources": anything },
            ] }),
            "ATLAS_DUPLICATE_CUSTOM_ROLE_ACTION",
        ),
        (inheriting("xgen-r", &["read@a"]), "ATLAS_RESERVED_CUSTOM_ROLE_RESTRICTED"),
        (inheriting("r.1", &["read@a"]), "ATLAS_CUSTOM_ROLE_INVALID_NAME"),
        (inheriting(&"r".repeat(256), &["read@a"]), "ATLAS_CUSTOM_ROLE_INVALID_NAME"),
        (inheriting("readWrite", &["read@a"]), "ATLAS_INVALID_CUSTOM_ROLE_RESTRICTED"),
        (inheriting("r", &["nobody@admin"]), "ATLAS_INVALID_CUSTOM_ROLE_INHERITANCE"),
        (inheriting("r", &["r@admin"]), "ATLAS_INVALID_CUSTOM_ROLE_SELF_REFERENTIAL"),
        (inheriting("r", &["base@a"]), "ATLAS_INVALID_CUSTOM_ROLE_INHERITED_SCOPE"),
        (inheriting("r", &["backup@a"]), "ATLAS_INVALID_CUSTOM_ROLE_INHERITED_SCOPE"),
        (inheriting("r", &["read@a", "read@a"]), "DUPLICATE_DATABASE_ROLES"),
    ] {
        create(&t, sent).await.is_error(400, code);
    }
    let base = format!("{}/base", roles(&t));
    for (parents, code) in [
        (&["child@admin"][..], "ATLAS_INVALID_CUSTOM_ROLE_CIRCULAR_DEPENDENCY"),
        (&["base@admin"], "ATLAS_INVALID_CUSTOM_ROLE_SELF_REFERENTIAL"),
    ] {
        t.owner().patch(&base, json!({ "inheritedRoles": inherited(parents) })).await.is_error(400, code);
    }
    let unknown = t.owner().patch(&base, json!({ "roleName": "other" })).await;
    unknown.is_error(400, "INVALID_JSON_ATTRIBUTE");
    assert_eq!(t.owner().get(&roles(&t)).await.is(200).json().as_array().unwrap().len(), 2);
}

#[telamon_test]
async fn users_get_the_roles_that_there_are(t: TestServer) {
    let refused = add_user(&t, "ada", &["base"]).await.is_error(400, "ATLAS_INVALID_ROLE");
    assert_eq!(refused.json()["parameters"], json!(["base", "admin"]));
    let elsewhere = format!("/api/atlas/v2/groups/{}/customDBRoles/roles", t.project("elsewhere").await);
    t.owner().post(&elsewhere, inheriting("base", &["read@a"])).await.is(202);
    add_user(&t, "ada", &["base"]).await.is_error(400, "ATLAS_INVALID_ROLE");

    create(&t, inheriting("base", &["read@a"])).await.is(202);
    add_user(&t, "ada", &["base"]).await.is(201);
    let ada = format!("{}/admin/ada", users(&t));
    let roles = json!([{ "databaseName": "admin", "roleName": "none" }, { "databaseName": "a", "roleName": "read" }]);
    t.owner().patch(&ada, json!({ "roles": roles })).await.is_error(400, "ATLAS_INVALID_ROLE");
    t.owner().patch(&ada, json!({ "roles": [] })).await.is(200);
    assert_eq!(held(&t, "ada").await, ["base"]);
}

#[telamon_test]
async fn a_role_in_use_stays_unless_there_are_others(t: TestServer) {
    create(&t, inheriting("base", &["read@a"])).await.is(202);
    create(&t, inheriting("base_", &["read@a"])).await.is(202);
    add_user(&t, "ada", &["base"]).await.is(201);
    add_user(&t, "bob", &["base", "readAnyDatabase"]).await.is(201);
    add_user(&t, "eve", &["base_"]).await.is(201);
    let base = format!("{}/base", roles(&t));
    let refused = t.owner().delete(&base).await.is_error(409, "ATLAS_CUSTOM_ROLE_IN_USE_BY_USERS");
    assert_eq!(refused.json()["parameters"], json!(["base"]));
    assert_eq!(held(&t, "bob").await, ["base", "readAnyDatabase"]);
    t.owner().delete(&format!("{}/admin/ada", users(&t))).await.is(204);

    create(&t, inheriting("child", &["base@admin"])).await.is(202);
    create(&t, inheriting("heir", &["base@admin", "read@b"])).await.is(202);
    t.owner().delete(&base).await.is_error(409, "ATLAS_CUSTOM_ROLE_IN_USE_BY_ROLES");
    assert_eq!(held(&t, "bob").await, ["base", "readAnyDatabase"]);
    t.owner().delete(&format!("{}/child", roles(&t))).await.is(204);
    t.owner().delete(&base).await.is(204);
    assert_eq!((held(&t, "bob").await, held(&t, "eve").await), (vec!["readAnyDatabase".into()], vec!["base_".into()]));
    let heir = t.owner().get(&format!("{}/heir", roles(&t))).await.is(200).json();
    assert_eq!(heir, inheriting("heir", &["read@b"]));
    let recorded = events(&t).await;
    let count = |name: &str| recorded.iter().filter(|event| *event == name).count();
    assert_eq!(
        (count("MONGODB_USER_UPDATED"), count("MONGODB_ROLE_UPDATED"), count("MONGODB_ROLE_DELETED")),
        (1, 1, 2)
    );
}

#[telamon_test]
async fn a_role_is_not_given_while_it_is_taken_away(t: TestServer) {
    for round in 0..5 {
        let name = format!("role{round}");
        create(&t, inheriting(&name, &["read@a"])).await.is(202);
        let (user, one) = (format!("user{round}"), format!("{}/{name}", roles(&t)));
        let (owner, given) = (t.owner(), [name.as_str()]);
        let (added, deleted) = tokio::join!(add_user(&t, &user, &given), owner.delete(&one));
        match (added.status(), deleted.status()) {
            (201, 409) => assert_eq!(held(&t, &user).await, [name]),
            (400 | 409, 204) => {
                t.owner().get(&one).await.is_error(404, "ATLAS_CUSTOM_ROLE_NOT_FOUND");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[telamon_test]
async fn roles_are_demanded(t: TestServer) {
    create(&t, inheriting("base", &["read@a"])).await.is(202);
    let one = format!("{}/base", roles(&t));
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.get(&roles(&t)).await.is(200);
    reader.get(&one).await.is(200);
    let refused = async |actor: &Actor, code: &str| {
        actor.post(&roles(&t), inheriting("other", &["read@a"])).await.is_error(401, code);
        actor.patch(&one, json!({})).await.is_error(401, code);
        actor.delete(&one).await.is_error(401, code);
    };
    refused(&reader, "USER_UNAUTHORIZED").await;
    refused(&t.service_account(&["ORG_MEMBER"]).await, "USER_CANNOT_ACCESS_GROUP").await;
}
