//! Database users, over HTTP.

use serde_json::{Value, json};
use telamon_testkit::{Actor, Reply, TestServer, telamon_test};

const DAY: i64 = 24 * 3600;

fn users(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/databaseUsers", t.group_id())
}

/// The body that `atlas dbusers create` sends, with other members.
fn body(t: &TestServer, more: Value) -> Value {
    let mut body = json!({
        "awsIAMType": "NONE", "databaseName": "admin", "groupId": t.group_id(), "ldapAuthType": "NONE", "oidcAuthType": "NONE",
        "password": "Passw0rdPassw0rd", "roles": [{ "databaseName": "admin", "roleName": "atlasAdmin" }], "scopes": [],
        "username": "scram1", "x509Type": "NONE",
    });
    merge(&mut body, more);
    body
}

fn external(t: &TestServer, more: Value) -> Value {
    let mut body = body(t, json!({ "databaseName": "$external" }));
    merge(&mut body, more);
    body.as_object_mut().unwrap().remove("password");
    body
}

fn merge(body: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("an object is wanted") };
    for (key, value) in more {
        body[key] = value;
    }
}

async fn create(t: &TestServer, body: Value) -> Reply {
    t.owner().post(&users(t), body).await
}

/// The whole answer for a user made with [`body`], with other members.
fn printed(t: &TestServer, link: &str, more: Value) -> Value {
    let mut printed = json!({
        "awsIAMType": "NONE", "databaseName": "admin", "groupId": t.group_id(), "labels": [], "ldapAuthType": "NONE",
        "links": [{ "href": format!("{}{}/{link}", t.base_url(), users(t)), "rel": "self" }], "oidcAuthType": "NONE",
        "roles": [{ "databaseName": "admin", "roleName": "atlasAdmin" }], "scopes": [], "username": "scram1", "x509Type": "NONE",
    });
    merge(&mut printed, more);
    printed
}

async fn events(t: &TestServer) -> Vec<(String, String)> {
    let path = format!("/api/atlas/v2/groups/{}/events", t.group_id());
    let listed = t.key_owner().get(&path).await.is(200).json();
    let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let events = listed["results"].as_array().unwrap().iter();
    events.map(|event| (text(event, "eventTypeName"), text(event, "dbUserUsername"))).collect()
}

fn at(t: &TestServer, seconds: i64) -> String {
    t.now().plus_seconds(seconds).to_string()
}

#[telamon_test]
async fn a_user_is_printed_whole(t: TestServer) {
    let role = json!({ "roleName": "customRole1", "inheritedRoles": [{ "db": "db1", "role": "read" }] });
    t.owner().post(&format!("/api/atlas/v2/groups/{}/customDBRoles/roles", t.group_id()), role).await.is(202);
    let sent = body(
        &t,
        json!({
            "description": "a description", "deleteAfterDate": "2026-08-12T12:00:00.123+02:00",
            "labels": [{ "key": "a", "value": "1" }, { "key": "b", "value": "2" }],
            "roles": [
                { "collectionName": "coll1", "databaseName": "db1", "roleName": "read" },
                { "databaseName": "db2", "roleName": "readWrite" },
                { "databaseName": "admin", "roleName": "customRole1" },
                { "databaseName": "db3", "roleName": "dbAdmin", "collectionName": "" },
            ],
            "scopes": [{ "name": "cluster0", "type": "CLUSTER" }, { "name": "myStore", "type": "DATA_LAKE" }],
        }),
    );
    let expected = printed(
        &t,
        "admin/scram1",
        json!({
            "description": "a description", "deleteAfterDate": "2026-08-12T10:00:00Z", "labels": sent["labels"],
            "roles": [
                { "collectionName": "coll1", "databaseName": "db1", "roleName": "read" },
                { "databaseName": "db2", "roleName": "readWrite" },
                { "databaseName": "admin", "roleName": "customRole1" },
                { "databaseName": "db3", "roleName": "dbAdmin" },
            ],
            "scopes": sent["scopes"],
        }),
    );
    assert_eq!(create(&t, sent).await.is(201).json(), expected);
    assert_eq!(t.owner().get(&format!("{}/admin/scram1", users(&t))).await.is(200).json(), expected);
    assert_eq!(events(&t).await[0], ("MONGODB_USER_ADDED".to_owned(), "scram1".to_owned()));
}

#[telamon_test]
async fn every_way_of_authentication(t: TestServer) {
    let dn = "CN=ellen@example.com,OU=users,DC=example,DC=com";
    let cases = [
        (external(&t, json!({ "x509Type": "MANAGED", "username": "certuser" })), "$external/certuser"),
        (
            external(&t, json!({ "x509Type": "CUSTOMER", "username": dn })),
            "$external/CN=ellen@example.com,OU=users,DC=example,DC=com",
        ),
        (external(&t, json!({ "ldapAuthType": "USER", "username": "CN=l,DC=x" })), "$external/CN=l,DC=x"),
        (
            external(&t, json!({ "ldapAuthType": "GROUP", "username": "CN=g,DC=x", "databaseName": "admin" })),
            "admin/CN=g,DC=x",
        ),
        (
            external(
                &t,
                json!({ "oidcAuthType": "IDP_GROUP", "username": "5f00000000000000000000aa/group", "databaseName": "admin" }),
            ),
            "admin/5f00000000000000000000aa%2Fgroup",
        ),
        (
            external(
                &t,
                json!({ "oidcAuthType": "USER", "username": "5f00000000000000000000aa/w", "databaseName": "admin" }),
            ),
            "admin/5f00000000000000000000aa%2Fw",
        ),
        (
            external(&t, json!({ "oidcAuthType": "USER", "username": "5f00000000000000000000aa/w" })),
            "$external/5f00000000000000000000aa%2Fw",
        ),
        (
            external(&t, json!({ "awsIAMType": "USER", "username": "arn:aws:iam::772401394250:user/my-test-user" })),
            "$external/arn:aws:iam::772401394250:user%2Fmy-test-user",
        ),
        (
            external(&t, json!({ "awsIAMType": "ROLE", "username": "arn:aws:iam::772401394250:role/my-role" })),
            "$external/arn:aws:iam::772401394250:role%2Fmy-role",
        ),
    ];
    for (sent, link) in &cases {
        let mut expected = printed(&t, link, sent.clone());
        expected["groupId"] = t.group_id().into();
        assert_eq!(create(&t, sent.clone()).await.is(201).json(), expected);
        assert_eq!(t.owner().get(&format!("{}/{link}", users(&t))).await.is(200).json(), expected);
        let encoded = link.replace('$', "%24").replace(',', "%2C").replace('=', "%3D");
        assert_eq!(t.owner().get(&format!("{}/{encoded}", users(&t))).await.is(200).json(), expected);
        t.advance(1).await;
    }
    let listed = t.owner().get(&users(&t)).await.is(200).json();
    let names: Vec<_> = listed["results"].as_array().unwrap().iter().map(|user| user["username"].clone()).collect();
    let made: Vec<_> = cases.iter().map(|(sent, _)| sent["username"].clone()).collect();
    assert_eq!((names, &listed["totalCount"]), (made, &json!(9)));
    for (_, link) in &cases {
        t.owner().delete(&format!("{}/{link}", users(&t))).await.is(204);
        t.owner().get(&format!("{}/{link}", users(&t))).await.is_error(404, "USERNAME_NOT_FOUND");
    }
}

#[telamon_test]
async fn what_is_refused(t: TestServer) {
    let week = 7 * DAY;
    let custom: Vec<_> =
        (0..21).map(|n| json!({ "databaseName": "admin", "roleName": format!("custom{n}") })).collect();
    let roles = |roles: Value| body(&t, json!({ "roles": roles }));
    for (sent, code) in [
        (body(&t, json!({ "databaseName": "$external" })), "DATABASE_NAME_INVALID_ADMIN"),
        (external(&t, json!({ "x509Type": "MANAGED", "databaseName": "admin" })), "DATABASE_NAME_INVALID_EXTERNAL"),
        (external(&t, json!({ "ldapAuthType": "GROUP", "username": "CN=g" })), "DATABASE_NAME_INVALID_ADMIN"),
        (external(&t, json!({ "awsIAMType": "USER", "oidcAuthType": "USER" })), "ATLAS_INVALID_AUTH_SETTINGS"),
        (body(&t, json!({ "databaseName": "$external", "x509Type": "MANAGED" })), "ATLAS_X509_USER_CANNOT_USE_SCRAM"),
        (external(&t, json!({ "x509Type": "CUSTOMER", "ldapAuthType": "USER" })), "ATLAS_X509_USER_CANNOT_USE_LDAP"),
        (
            external(&t, json!({ "x509Type": "MANAGED", "deleteAfterDate": at(&t, DAY) })),
            "ATLAS_X509_USER_CANNOT_BE_TEMPORARY",
        ),
        (external(&t, json!({ "x509Type": "MANAGED", "username": "CN=a,OU=b" })), "ATLAS_MANAGED_X509_NAME_INVALID"),
        (external(&t, json!({ "x509Type": "CUSTOMER", "username": "OU=b" })), "ATLAS_INVALID_LDAP_NAME"),
        (external(&t, json!({ "ldapAuthType": "USER", "username": "CN=a,b" })), "ATLAS_INVALID_DN_METACHARACTERS"),
        (external(&t, json!({ "awsIAMType": "ROLE", "username": "my-role" })), "ATLAS_INVALID_USERNAME"),
        (external(&t, json!({ "oidcAuthType": "USER", "username": "workload" })), "ATLAS_INVALID_USERNAME"),
        (body(&t, json!({ "username": "a\tb" })), "INVALID_USERNAME"),
        (body(&t, json!({ "username": "a\u{0}b" })), "INVALID_ATTRIBUTE"),
        (body(&t, json!({ "username": "x".repeat(1025) })), "INVALID_USERNAME"),
        (body(&t, json!({ "password": "short" })), "WEAK_PASSWORD"),
        (body(&t, json!({ "password": "Password1" })), "COMMON_PASSWORD"),
        (body(&t, json!({ "password": null })), "MISSING_ATTRIBUTE"),
        (body(&t, json!({ "deleteAfterDate": at(&t, 0) })), "EXPIRATION_DATE_IN_PAST"),
        (body(&t, json!({ "deleteAfterDate": at(&t, week + 1) })), "EXPIRATION_DATE_EXCEEDS_MAX"),
        (body(&t, json!({ "deleteAfterDate": "tomorrow" })), "INVALID_ATTRIBUTE"),
        (body(&t, json!({ "groupId": "5f0000000000000000000001" })), "GROUP_MISMATCH"),
        (body(&t, json!({ "databaseName": "test" })), "INVALID_ENUM_VALUE"),
        (body(&t, json!({ "description": "x".repeat(101) })), "VALIDATION_ERROR"),
        (body(&t, json!({ "scopes": [{ "name": "a_b", "type": "CLUSTER" }] })), "VALIDATION_ERROR"),
        (body(&t, json!({ "labels": [{ "key": "", "value": "v" }] })), "VALIDATION_ERROR"),
        (body(&t, json!({ "wings": 2 })), "INVALID_JSON_ATTRIBUTE"),
        (roles(json!([])), "MISSING_ATTRIBUTE"),
        (roles(json!([{ "databaseName": "db1", "roleName": "atlasAdmin" }])), "ATLAS_INVALID_ROLE_DATABASE"),
        (roles(json!([{ "databaseName": "a b", "roleName": "read" }])), "ATLAS_INVALID_ROLE"),
        (roles(json!([{ "databaseName": "admin", "roleName": "root" }])), "ATLAS_RESTRICTED_ROLE"),
        (
            roles(json!([{ "databaseName": "d", "roleName": "dbAdmin", "collectionName": "c" }])),
            "ATLAS_RESTRICTED_COLLECTION",
        ),
        (
            roles(json!([{ "databaseName": "d", "roleName": "read" }, { "databaseName": "d", "roleName": "read" }])),
            "DUPLICATE_DATABASE_ROLES",
        ),
        (roles(json!(custom)), "ATLAS_INVALID_CUSTOM_ROLE_ASSIGNMENT"),
    ] {
        create(&t, sent).await.is_error(400, code);
    }
    let missing = create(&t, json!({ "username": "u", "roles": [] })).await.is_error(400, "MISSING_ATTRIBUTE");
    assert_eq!(missing.detail(), "The required attribute databaseName was not specified.");
    let listed = t.owner().get(&users(&t)).await.is(200).json();
    assert_eq!((&listed["results"], &listed["totalCount"]), (&json!([]), &json!(0)));
}

#[telamon_test]
async fn a_name_is_taken_once_and_a_managed_one_in_both_forms(t: TestServer) {
    let managed = |name: &str| external(&t, json!({ "x509Type": "MANAGED", "username": name }));
    create(&t, body(&t, json!({}))).await.is(201);
    let refused = create(&t, body(&t, json!({}))).await.is_error(409, "USER_ALREADY_EXISTS");
    assert_eq!(refused.detail(), "A user with username scram1 already exists.");
    create(&t, managed("a,b")).await.is(201);
    create(&t, managed(r"CN=a\,b")).await.is_error(409, "USER_ALREADY_EXISTS");
    create(&t, managed("CN=Zürich")).await.is(201);
    create(&t, managed("Zürich")).await.is_error(409, "USER_ALREADY_EXISTS");
    create(&t, managed("scram1")).await.is(201);

    for (path, stored) in
        [("a%2Cb", "a,b"), (r"cn=a%5C%2Cb", "a,b"), ("Z%C3%BCrich", "CN=Zürich"), ("CN=Z%C3%BCrich", "CN=Zürich")]
    {
        let found = t.owner().get(&format!("{}/$external/{path}", users(&t))).await.is(200).json();
        assert_eq!(found["username"], stored, "{path}");
    }
    t.owner().get(&format!("{}/admin/a,b", users(&t))).await.is_error(404, "USERNAME_NOT_FOUND");
    t.advance(1).await;
    t.owner().delete(&format!("{}/$external/CN=scram1", users(&t))).await.is(204);
    t.owner().get(&format!("{}/admin/scram1", users(&t))).await.is(200);
    let made = events(&t).await;
    assert_eq!(made[0], ("MONGODB_USER_DELETED".to_owned(), "CN=scram1".to_owned()));
    assert!(made.contains(&("MONGODB_USER_ADDED".to_owned(), r"CN=a\,b".to_owned())), "{made:?}");
    assert!(made.contains(&("MONGODB_USER_ADDED".to_owned(), "CN=Zürich".to_owned())), "{made:?}");
}

#[telamon_test]
async fn a_change_touches_what_it_names(t: TestServer) {
    let scopes = json!([{ "name": "cluster0", "type": "CLUSTER" }, { "name": "lake", "type": "DATA_LAKE" }]);
    let labels = json!([{ "key": "a", "value": "1" }]);
    let mut user =
        create(&t, body(&t, json!({ "scopes": scopes, "labels": labels, "description": "d" }))).await.is(201).json();
    let path = format!("{}/admin/scram1", users(&t));
    let scram = || async {
        let mut tx = t.db().begin_read().await.unwrap();
        let all: Vec<Option<Vec<u8>>> =
            tx.all(telamon_store::sql!("SELECT scram FROM database_user"), &[]).await.unwrap();
        all[0].clone()
    };
    let before = scram().await;
    assert!(before.is_some());

    t.advance(1).await;
    // `atlas dbusers update scram1 --password …`
    let sent = json!({
        "databaseName": "admin", "groupId": t.group_id(), "password": "NewPassw0rdNewPassw0rd", "roles": [], "scopes": [],
        "username": "scram1", "x509Type": "NONE",
    });
    assert_eq!(t.owner().patch(&path, sent).await.is(200).json(), user);
    let after = scram().await;
    assert_ne!(after, before);

    let steps = [
        (
            json!({ "roles": [{ "databaseName": "db1", "roleName": "readWrite" }] }),
            json!({ "roles": [{ "databaseName": "db1", "roleName": "readWrite" }] }),
        ),
        (
            json!({ "roles": [], "scopes": [{ "name": "c1", "type": "STREAM" }] }),
            json!({ "scopes": [{ "name": "c1", "type": "STREAM" }] }),
        ),
        (json!({ "labels": [] }), json!({ "labels": [] })),
        (json!({ "description": "other" }), json!({ "description": "other" })),
        (json!({ "scopes": [] }), json!({ "scopes": [] })),
        (json!({ "links": [], "groupId": t.group_id() }), json!({})),
    ];
    for (sent, changed) in steps {
        merge(&mut user, changed);
        assert_eq!(t.owner().patch(&path, sent.clone()).await.is(200).json(), user, "{sent}");
    }
    user.as_object_mut().unwrap().remove("description");
    assert_eq!(t.owner().patch(&path, json!({ "description": "" })).await.is(200).json(), user);
    assert_eq!(t.owner().get(&path).await.is(200).json(), user);
    assert_eq!(scram().await, after, "only a password changes the verifier");
    assert_eq!(events(&t).await[0], ("MONGODB_USER_UPDATED".to_owned(), "scram1".to_owned()));
}

#[telamon_test]
async fn a_change_cannot_make_another_user(t: TestServer) {
    create(&t, body(&t, json!({}))).await.is(201);
    create(&t, external(&t, json!({ "x509Type": "MANAGED", "username": "bob" }))).await.is(201);
    let (scram, managed) = (format!("{}/admin/scram1", users(&t)), format!("{}/$external/bob", users(&t)));
    for (path, sent, status, code) in [
        (&scram, json!({ "username": "x" }), 409, "DATABASE_USERNAME_CANNOT_BE_CHANGED"),
        (&scram, json!({ "databaseName": "$external" }), 409, "DATABASE_NAME_CANNOT_BE_CHANGED"),
        (&scram, json!({ "ldapAuthType": "GROUP" }), 409, "AUTH_TYPE_CANNOT_BE_CHANGED"),
        (&scram, json!({ "groupId": "5f0000000000000000000001" }), 400, "GROUP_MISMATCH"),
        (&scram, json!({ "deleteAfterDate": at(&t, DAY) }), 400, "PERMANENT_ENTITY_CANNOT_BE_MADE_TEMPORARY"),
        (&scram, json!({ "password": "short" }), 400, "WEAK_PASSWORD"),
        (&scram, json!({ "roles": [{ "databaseName": "admin", "roleName": "root" }] }), 400, "ATLAS_RESTRICTED_ROLE"),
        (&managed, json!({ "password": "Passw0rdPassw0rd" }), 400, "ATLAS_X509_USER_CANNOT_USE_SCRAM"),
        (&managed, json!({ "deleteAfterDate": at(&t, DAY) }), 400, "ATLAS_X509_USER_CANNOT_BE_TEMPORARY"),
        (&managed, json!({ "x509Type": "CUSTOMER" }), 409, "AUTH_TYPE_CANNOT_BE_CHANGED"),
    ] {
        t.owner().patch(path, sent).await.is_error(status, code);
    }
    let kept = t.owner().patch(&managed, json!({ "username": "CN=bob", "x509Type": "NONE" })).await.is(200).json();
    assert_eq!((&kept["username"], &kept["x509Type"]), (&json!("bob"), &json!("MANAGED")));
    let nobody = format!("{}/admin/nobody", users(&t));
    let missing = t.owner().patch(&nobody, json!({})).await.is_error(404, "USER_NOT_FOUND");
    assert_eq!(missing.detail(), "No database user nobody exists on database admin.");
    t.owner().delete(&nobody).await.is_error(404, "USER_NOT_FOUND");
    t.owner().get(&nobody).await.is_error(404, "USERNAME_NOT_FOUND");
    t.owner().get(&format!("{}/test/scram1", users(&t))).await.is_error(404, "USERNAME_NOT_FOUND");
}

#[telamon_test]
async fn a_temporary_user_goes_when_its_time_is_over(t: TestServer) {
    let user = body(&t, json!({ "deleteAfterDate": at(&t, 600) }));
    create(&t, user.clone()).await.is(201);
    create(&t, body(&t, json!({ "username": "stays" }))).await.is(201);
    let path = format!("{}/admin/scram1", users(&t));
    let longer = t.owner().patch(&path, json!({ "deleteAfterDate": at(&t, 1200) })).await.is(200).json();
    assert_eq!(longer["deleteAfterDate"], at(&t, 1200));

    // No job runs meanwhile.
    t.clock().advance(1200);
    t.owner().get(&path).await.is_error(404, "USERNAME_NOT_FOUND");
    t.owner().patch(&path, json!({ "description": "d" })).await.is_error(404, "USER_NOT_FOUND");
    t.owner().delete(&path).await.is_error(404, "USER_NOT_FOUND");
    let listed = t.owner().get(&users(&t)).await.is(200).json();
    assert_eq!((listed["results"].as_array().unwrap().len(), &listed["totalCount"]), (1, &json!(1)));

    // The name is free at once, and the going of the first one is recorded once.
    create(&t, body(&t, json!({ "deleteAfterDate": at(&t, 600) }))).await.is(201);
    t.advance(601).await;
    let gone = events(&t).await.into_iter().filter(|(name, _)| name == "MONGODB_USER_DELETED").count();
    assert_eq!(gone, 2);
    t.key_owner().get(&format!("{}/admin/stays", users(&t))).await.is(200);
}

#[telamon_test]
async fn pages_are_in_the_order_of_creation(t: TestServer) {
    for name in ["c", "a", "b"] {
        create(&t, body(&t, json!({ "username": name }))).await.is(201);
        t.advance(1).await;
    }
    let names = |listed: &Value| -> Vec<String> {
        listed["results"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
    };
    let (owner, path) = (t.owner(), users(&t));
    let page = async |query: &str| owner.get(&format!("{path}?{query}")).await.is(200).json();
    let first = page("includeCount=true&itemsPerPage=2&pageNum=1").await;
    assert_eq!((names(&first), &first["totalCount"]), (vec!["c".to_owned(), "a".to_owned()], &json!(3)));
    let second = page("includeCount=false&itemsPerPage=2&pageNum=2").await;
    assert_eq!((names(&second), &second["totalCount"]), (vec!["b".to_owned()], &json!(0)));
    let rels =
        |page: &Value| -> Vec<Value> { page["links"].as_array().unwrap().iter().map(|l| l["rel"].clone()).collect() };
    assert_eq!(
        (rels(&first), rels(&second)),
        (vec![json!("self"), json!("next")], vec![json!("self"), json!("previous")])
    );
}

#[telamon_test]
async fn the_limit_of_a_project_is_kept(t: TestServer) {
    let limit = format!("/api/atlas/v2/groups/{}/limits/atlas.project.security.databaseAccess.users", t.group_id());
    t.owner().patch(&limit, json!({ "value": 2 })).await.is(200);
    create(&t, body(&t, json!({ "username": "u1", "deleteAfterDate": at(&t, 60) }))).await.is(201);
    create(&t, body(&t, json!({ "username": "u2" }))).await.is(201);
    let refused = create(&t, body(&t, json!({ "username": "u3" }))).await.is_error(403, "GROUP_USERS_LIMIT_EXCEEDED");
    assert_eq!(refused.detail(), "The group already has 2 database users, the most that it may have.");
    t.advance(61).await;
    create(&t, body(&t, json!({ "username": "u3" }))).await.is(201);
}

#[telamon_test]
async fn roles_are_demanded(t: TestServer) {
    create(&t, body(&t, json!({}))).await.is(201);
    let path = format!("{}/admin/scram1", users(&t));
    let reader = t.service_account(&["ORG_READ_ONLY"]).await;
    reader.get(&users(&t)).await.is(200);
    reader.get(&path).await.is(200);
    let refused = |actor: &Actor| {
        let (actor, list, path, sent) = (actor.clone(), users(&t), path.clone(), body(&t, json!({ "username": "v" })));
        async move {
            actor.post(&list, sent).await.is_error(401, "USER_UNAUTHORIZED");
            actor.patch(&path, json!({})).await.is_error(401, "USER_UNAUTHORIZED");
            actor.delete(&path).await.is_error(401, "USER_UNAUTHORIZED");
        }
    };
    refused(&reader).await;
    let member = t.service_account(&["ORG_MEMBER"]).await;
    member.get(&path).await.is_error(401, "USER_CANNOT_ACCESS_GROUP");
}
