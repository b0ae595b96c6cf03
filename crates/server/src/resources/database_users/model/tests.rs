use serde_json::{Value, json};
use telamon_wire::parse_body;

use super::*;

const DAY: i64 = 24 * 3600;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn made(body: &Value) -> Result<StoredUser, ApiError> {
    let id = "5f0000000000000000000001".parse().unwrap();
    StoredUser::from_new(id, parse_body(body.to_string().as_bytes())?, now())
}

fn scram(more: Value) -> Value {
    let mut body = json!({
        "databaseName": "admin", "username": "u", "password": "Passw0rdPassw0rd",
        "roles": [{ "databaseName": "db1", "roleName": "read" }],
    });
    merge(&mut body, more);
    body
}

fn merge(body: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("an object is wanted") };
    for (key, value) in more {
        body[key] = value;
    }
}

fn refusal(more: Value) -> String {
    made(&scram(more)).map_or_else(|error| error.code.to_string(), |_| String::new())
}

fn changed(user: &StoredUser, body: &Value) -> Result<StoredUser, String> {
    let mut user = user.clone();
    let change = parse_body(body.to_string().as_bytes()).map_err(|error| error.code.to_string())?;
    user.apply(&change, now()).map(|()| user).map_err(|error| error.code.to_string())
}

#[test]
fn a_user_has_what_its_body_says() {
    let user = made(&scram(json!({
        "description": "d", "deleteAfterDate": "2027-01-15T10:00:00.5+02:00",
        "labels": [{ "key": "k", "value": "v" }], "scopes": [{ "name": "c0", "type": "DATA_LAKE" }],
    })))
    .unwrap();
    assert_eq!((user.database, user.authentication), (Database::Admin, Authentication::Password));
    assert_eq!((user.description.as_deref(), user.labels.len(), user.scopes.len()), (Some("d"), 1, 1));
    assert_eq!(user.delete_after, Timestamp::parse("2027-01-15T08:00:00.5Z"));
}

#[test]
fn what_a_user_needs_and_what_it_may_not_have() {
    let external = |more: Value| {
        let mut body = json!({ "databaseName": "$external", "password": null });
        merge(&mut body, more);
        refusal(body)
    };
    let long = "x".repeat(101);
    for (found, expected) in [
        (refusal(json!({ "password": null })), "MISSING_ATTRIBUTE"),
        (refusal(json!({ "password": "" })), "MISSING_ATTRIBUTE"),
        (refusal(json!({ "roles": [] })), "MISSING_ATTRIBUTE"),
        (refusal(json!({ "roles": null })), "MISSING_ATTRIBUTE"),
        (refusal(json!({ "description": long })), "VALIDATION_ERROR"),
        (refusal(json!({ "description": "" })), ""),
        (refusal(json!({ "labels": [{ "key": "", "value": "v" }] })), "VALIDATION_ERROR"),
        (refusal(json!({ "labels": [{ "key": "k" }] })), "VALIDATION_ERROR"),
        (refusal(json!({ "databaseName": "test" })), "INVALID_ENUM_VALUE"),
        (external(json!({ "x509Type": "MANAGED" })), ""),
        (
            external(json!({ "x509Type": "MANAGED", "password": "Passw0rdPassw0rd" })),
            "ATLAS_X509_USER_CANNOT_USE_SCRAM",
        ),
        (
            external(json!({
                "awsIAMType": "USER", "username": "arn:aws:iam::1:user/u", "password": "Passw0rdPassw0rd",
            })),
            "ATLAS_INVALID_AUTH_SETTINGS",
        ),
        (external(json!({ "x509Type": "MANAGED", "ldapAuthType": "USER" })), "ATLAS_X509_USER_CANNOT_USE_LDAP"),
        (external(json!({ "awsIAMType": "USER", "oidcAuthType": "USER" })), "ATLAS_INVALID_AUTH_SETTINGS"),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_temporary_user_goes_within_a_week() {
    let at = |seconds: i64| refusal(json!({ "deleteAfterDate": now().plus_seconds(seconds).to_string() }));
    assert_eq!(at(0), "EXPIRATION_DATE_IN_PAST");
    assert_eq!(at(1), "");
    assert_eq!(at(7 * DAY), "");
    assert_eq!(at(7 * DAY + 1), "EXPIRATION_DATE_EXCEEDS_MAX");
    let x509 = json!({
        "databaseName": "$external", "password": null, "x509Type": "MANAGED", "deleteAfterDate": now().plus_seconds(1).to_string(),
    });
    assert_eq!(refusal(x509), "ATLAS_X509_USER_CANNOT_BE_TEMPORARY");
}

#[test]
fn a_change_touches_what_it_names() {
    let user = made(&scram(json!({
        "description": "d", "labels": [{ "key": "k", "value": "v" }], "scopes": [{ "name": "c0", "type": "CLUSTER" }],
    })))
    .unwrap();
    let roles = json!([{ "databaseName": "db2", "roleName": "readWrite" }]);

    // `atlas dbusers update u --password …`
    let body = json!({
        "databaseName": "admin", "username": "u", "roles": [], "scopes": [], "x509Type": "NONE", "password": "NewPassw0rd",
    });
    assert_eq!(changed(&user, &body).unwrap(), user);
    assert_eq!(changed(&user, &json!({})).unwrap(), user);

    let after = changed(&user, &json!({ "roles": roles, "scopes": [] })).unwrap();
    assert_eq!((after.roles[0].role_name.as_str(), after.scopes.len(), after.labels.len()), ("readWrite", 0, 1));
    let after = changed(&user, &json!({ "scopes": [], "labels": [] })).unwrap();
    assert_eq!((after.roles.len(), after.scopes.len(), after.labels.len()), (1, 0, 0));
    let after = changed(&user, &json!({ "roles": [], "scopes": [{ "name": "c1", "type": "STREAM" }] })).unwrap();
    assert_eq!((after.roles.len(), after.scopes[0].name.as_str()), (1, "c1"));
    let after = changed(&user, &json!({ "description": "" })).unwrap();
    assert_eq!(after.description, None);
}

#[test]
fn a_change_cannot_make_another_user() {
    let user = made(&scram(json!({}))).unwrap();
    let soon = now().plus_seconds(DAY).to_string();
    for (body, expected) in [
        (json!({ "username": "v" }), "DATABASE_USERNAME_CANNOT_BE_CHANGED"),
        (json!({ "databaseName": "$external" }), "DATABASE_NAME_CANNOT_BE_CHANGED"),
        (json!({ "x509Type": "MANAGED" }), "AUTH_TYPE_CANNOT_BE_CHANGED"),
        (json!({ "awsIAMType": "ROLE" }), "AUTH_TYPE_CANNOT_BE_CHANGED"),
        (json!({ "deleteAfterDate": soon }), "PERMANENT_ENTITY_CANNOT_BE_MADE_TEMPORARY"),
    ] {
        assert_eq!(changed(&user, &body), Err(expected.to_owned()), "{body}");
    }
    let managed = json!({
        "databaseName": "$external", "username": "bob", "password": null, "x509Type": "MANAGED",
    });
    let managed = made(&scram(managed)).unwrap();
    assert_eq!(changed(&managed, &json!({ "username": "CN=bob", "x509Type": "NONE" })).unwrap(), managed);
    let refused = [
        (json!({ "x509Type": "CUSTOMER" }), "AUTH_TYPE_CANNOT_BE_CHANGED"),
        (json!({ "password": "Passw0rdPassw0rd" }), "ATLAS_X509_USER_CANNOT_USE_SCRAM"),
        (json!({ "deleteAfterDate": soon }), "ATLAS_X509_USER_CANNOT_BE_TEMPORARY"),
    ];
    for (body, expected) in refused {
        assert_eq!(changed(&managed, &body), Err(expected.to_owned()), "{body}");
    }
    assert_eq!(managed.event_name(), "CN=bob");
}

#[test]
fn a_temporary_user_stays_temporary_and_may_stay_longer() {
    let user = made(&scram(json!({ "deleteAfterDate": now().plus_seconds(DAY).to_string() }))).unwrap();
    let later = now().plus_seconds(3 * DAY);
    let after = changed(&user, &json!({ "deleteAfterDate": later.to_string() })).unwrap();
    assert_eq!(after.delete_after, Some(later));
    assert_eq!(changed(&after, &json!({ "deleteAfterDate": null })).unwrap(), after);
}

#[test]
fn the_project_of_the_body_is_that_of_the_path() {
    let path = "5f0000000000000000000001".parse().unwrap();
    assert_eq!(demand_same_project(None, path), Ok(()));
    assert_eq!(demand_same_project(Some("5f0000000000000000000001"), path), Ok(()));
    let refused = demand_same_project(Some("5f0000000000000000000002"), path).unwrap_err();
    assert_eq!(
        refused.detail(),
        "The group ID 5f0000000000000000000002 of the body is not the group ID 5f0000000000000000000001 of the path."
    );
}
