//! The auditing configuration of a project.

use serde_json::json;
use telamon_testkit::{TestServer, telamon_test};

fn path(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/auditLog", t.group_id())
}

#[telamon_test]
async fn a_project_begins_without_auditing_and_changes_are_merged(t: TestServer) {
    let reply = t.owner().get(&path(&t)).await.is(200);
    assert_eq!(reply.text(), r#"{"auditAuthorizationSuccess":false,"configurationType":"NONE","enabled":false}"#);

    let filter = "{ 'atype': 'authenticate',\n  'param': { 'user': 'a', \"db\" : 'admin' }}\n";
    let changed = t.owner().patch(&path(&t), json!({ "enabled": true, "auditFilter": filter })).await.is(202);
    let with_filter = json!({
        "auditAuthorizationSuccess": false, "auditFilter": filter, "configurationType": "FILTER_JSON", "enabled": true,
    });
    assert_eq!(changed.json(), with_filter);
    assert_eq!(t.owner().get(&path(&t)).await.is(200).json(), with_filter);

    let mut off = with_filter.clone();
    off["enabled"] = false.into();
    assert_eq!(t.owner().patch(&path(&t), json!({ "enabled": false })).await.is(202).json(), off);
    let sent_back = t.owner().patch(&path(&t), off.clone()).await.is(202).json();
    assert_eq!(sent_back, off, "what was read may be sent back");
    let plain = t.owner().patch(&path(&t), json!({ "auditFilter": "", "auditAuthorizationSuccess": null })).await;
    assert_eq!(plain.is(202).json()["configurationType"], "NONE");

    let events = format!("/api/atlas/v2/groups/{}/events?eventType=AUDIT_LOG_CONFIGURATION_UPDATED", t.group_id());
    assert_eq!(t.owner().get(&events).await.is(200).json()["totalCount"], 3, "a change of nothing is none");
}

#[telamon_test]
async fn a_filter_that_is_no_object_is_refused(t: TestServer) {
    for wrong in ["x", "[]", "{", "{} {}"] {
        let reply = t.owner().patch(&path(&t), json!({ "auditFilter": wrong })).await;
        let reply = reply.is_error(400, "INVALID_ATTRIBUTE");
        assert_eq!(
            reply.detail(),
            "Invalid attribute auditFilter specified. It must be a JSON object, written as a text."
        );
    }
    t.owner().patch(&path(&t), json!({ "auditFilter": {} })).await.is_error(400, "INVALID_ATTRIBUTE");
    t.owner().patch(&path(&t), json!({ "enabled": "yes" })).await.is_error(400, "INVALID_ATTRIBUTE");
    t.owner().patch(&path(&t), json!({ "audit": true })).await.is_error(400, "INVALID_JSON_ATTRIBUTE");
}

#[telamon_test]
async fn a_deleted_project_leaves_no_configuration(t: TestServer) {
    let project = t.project("Short").await;
    let one = format!("/api/atlas/v2/groups/{project}");
    t.owner().patch(&format!("{one}/auditLog"), json!({ "enabled": true })).await.is(202);
    t.owner().patch(&format!("{one}/maintenanceWindow"), json!({ "dayOfWeek": 1 })).await.is(200);
    t.owner().delete(&one).await.is(202);
    t.owner().get(&format!("{one}/auditLog")).await.is_error(404, "RESOURCE_NOT_FOUND");
}
