//! Maintenance windows of projects, and the settings of organizations that go with them.

use http::Method;
use serde_json::{Value, json};
use telamon_testkit::{Call, TestServer, telamon_test};

const PREVIEW: &str = "application/vnd.atlas.preview+json";

fn path(t: &TestServer) -> String {
    format!("/api/atlas/v2/groups/{}/maintenanceWindow", t.group_id())
}

async fn window(t: &TestServer) -> Value {
    t.owner().get(&path(t)).await.is(200).json()
}

fn post(t: &TestServer, verb: &str) -> Call {
    t.owner().call(Method::POST, &format!("{}/{verb}", path(t)))
}

/// The types of the project's events of maintenance, the newest first.
async fn events(t: &TestServer) -> Vec<String> {
    let found = t.owner().get(&format!("/api/atlas/v2/groups/{}/events", t.group_id())).await.is(200).json();
    let types = found["results"].as_array().unwrap().iter().map(|event| event["eventTypeName"].as_str().unwrap());
    types.filter(|name| name.contains("MAINTENANCE")).map(str::to_owned).collect()
}

#[telamon_test]
async fn a_window_is_set_changed_and_removed(t: TestServer) {
    let unset = t.owner().get(&path(&t)).await.is(200).text();
    assert_eq!(
        unset,
        r#"{"autoDeferOnceEnabled":false,"dayOfWeek":1,"hourOfDay":1,"numberOfDeferrals":0,"startASAP":false,"timeZoneId":"UTC"}"#
    );
    let reply = t.owner().patch(&path(&t), json!({ "dayOfWeek": 3, "hourOfDay": 4, "startASAP": false })).await.is(200);
    assert_eq!((reply.text().as_str(), reply.header("content-type")), ("", None));
    assert_eq!(reply.header("x-content-type"), Some("application/vnd.atlas.2023-01-01+json"));
    let mut set = json!({
        "autoDeferOnceEnabled": false, "dayOfWeek": 3, "hourOfDay": 4, "numberOfDeferrals": 0, "startASAP": false,
        "timeZoneId": "UTC",
    });
    assert_eq!(window(&t).await, set);

    let hours = json!({ "startHourOfDay": 8, "endHourOfDay": 18 });
    let change = json!({ "dayOfWeek": 7, "autoDeferOnceEnabled": true, "protectedHours": hours });
    t.advance(1).await;
    t.owner().patch(&path(&t), change).await.is(200);
    for (name, value) in [("dayOfWeek", json!(7)), ("autoDeferOnceEnabled", json!(true)), ("protectedHours", hours)] {
        set[name] = value;
    }
    assert_eq!(window(&t).await, set, "what is left out stays");
    t.owner().patch(&path(&t), set.clone()).await.is(200);
    assert_eq!(window(&t).await, set, "what was read may be sent back");

    t.advance(1).await;
    let wrapped = t.owner().patch(&format!("{}?envelope=true", path(&t)), json!({ "startASAP": true })).await.is(200);
    assert_eq!(wrapped.json(), json!({ "content": {}, "status": 200 }));
    t.advance(1).await;
    let reply = t.owner().delete(&path(&t)).await.is(204);
    assert_eq!((reply.text().as_str(), reply.header("content-type")), ("", None));
    assert_eq!(reply.header("x-content-type"), Some("application/vnd.atlas.2023-01-01+json"));
    assert_eq!(t.owner().get(&path(&t)).await.is(200).text(), unset);
    t.owner().delete(&path(&t)).await.is(204);
    let mut seen = events(&t).await;
    seen.reverse();
    assert_eq!(
        seen,
        [
            "ATLAS_MAINTENANCE_WINDOW_ADDED",
            "ATLAS_MAINTENANCE_WINDOW_MODIFIED",
            "ATLAS_MAINTENANCE_AUTO_DEFER_ENABLED",
            "ATLAS_MAINTENANCE_PROTECTED_HOURS_CREATED",
            "ATLAS_MAINTENANCE_START_ASAP",
            "ATLAS_MAINTENANCE_WINDOW_REMOVED",
        ]
    );
    let older = t.owner().patch(&path(&t).replace("v2", "v1.0"), json!({ "dayOfWeek": 2 })).await.is(200);
    assert_eq!(older.header("x-content-type"), Some("application/json"));
}

#[telamon_test]
async fn what_is_no_window_is_refused(t: TestServer) {
    for (body, code) in [
        (json!({ "hourOfDay": 4 }), "MISSING_ATTRIBUTE"),
        (json!({ "dayOfWeek": 0 }), "ATLAS_INVALID_MAINTENANCE_WINDOW_DAY_OF_WEEK"),
        (json!({ "dayOfWeek": 8 }), "ATLAS_INVALID_MAINTENANCE_WINDOW_DAY_OF_WEEK"),
        (json!({ "dayOfWeek": 1, "hourOfDay": 24 }), "ATLAS_INVALID_MAINTENANCE_WINDOW_HOUR_OF_DAY"),
        (json!({ "dayOfWeek": 1, "protectedHours": { "startHourOfDay": 3 } }), "MISSING_ATTRIBUTE"),
        (json!({ "dayOfWeek": 1, "protectedHours": { "startHourOfDay": 3, "endHourOfDay": 24 } }), "VALIDATION_ERROR"),
        (json!({ "dayOfWeek": 1, "waveAssignment": 1 }), "INVALID_JSON_ATTRIBUTE"),
        (json!({ "dayOfWeek": "1" }), "INVALID_ATTRIBUTE"),
    ] {
        t.owner().patch(&path(&t), body.clone()).await.is_error(400, code);
    }
    for verb in ["defer", "autoDefer"] {
        post(&t, verb).await.is_error(400, "ATLAS_MAINTENANCE_WINDOW_NOT_DEFINED");
    }
    assert_eq!(events(&t).await, [""; 0]);
}

#[telamon_test]
async fn maintenance_is_deferred_twice_at_most(t: TestServer) {
    t.owner().patch(&path(&t), json!({ "dayOfWeek": 1 })).await.is(200);
    for _ in 0..2 {
        post(&t, "defer").await.is(200);
    }
    let reply = post(&t, "defer").await.is_error(400, "ATLAS_NUM_MAINTENANCE_DEFERRALS_EXCEEDED");
    assert_eq!(reply.detail(), "The maintenance cannot be deferred more than 2 times.");
    assert_eq!(window(&t).await["numberOfDeferrals"], 2);
    for expected in [true, false] {
        post(&t, "autoDefer").await.is(200);
        assert_eq!(window(&t).await["autoDeferOnceEnabled"], expected);
    }
}

#[telamon_test]
async fn the_preview_knows_of_waves(t: TestServer) {
    let (owner, org) = (t.owner(), format!("/api/atlas/v2/orgs/{}/maintenanceSettings", t.org_id()));
    let read = || owner.get(&path(&t)).header("accept", PREVIEW);
    let change = |body| owner.patch(&path(&t), body).header("accept", PREVIEW);
    change(json!({ "dayOfWeek": 2, "hourOfDay": 3, "waveAssignment": 2 })).await.is(200);
    let first = read().await.is(200);
    assert_eq!(first.header("content-type"), Some("application/vnd.atlas.preview+json;charset=utf-8"));
    let expected = json!({
        "autoDeferOnceEnabled": false,
        "dayOfWeek": 2,
        "effectiveWaveAssignment": 2,
        "hourOfDay": 3,
        "numberOfDeferrals": 0,
        "startASAP": false,
        "timeZoneId": "UTC",
        "waveAssignment": 2,
    });
    assert_eq!(first.json(), expected);
    assert_eq!(window(&t).await.get("waveAssignment"), None);

    let plain = json!({ "effectiveWaveAssignmentMode": "MANUAL" });
    let settings = |call: Call| call.header("accept", PREVIEW);
    assert_eq!(settings(owner.get(&org)).await.is(200).json(), plain);
    let mapped = settings(owner.patch(&org, json!({ "waveAssignmentMode": "ENV_TAG_MAPPING" }))).await.is(200).json();
    let by_tag = json!({ "effectiveWaveAssignmentMode": "ENV_TAG_MAPPING", "waveAssignmentMode": "ENV_TAG_MAPPING" });
    assert_eq!(mapped, by_tag);
    let tags = json!({ "tags": [{ "key": "environment", "value": "production" }] });
    owner.patch(&format!("/api/atlas/v2/groups/{}", t.group_id()), tags).await.is(200);
    assert_eq!(read().await.is(200).json()["effectiveWaveAssignment"], 3);
    assert_eq!(settings(owner.patch(&org, json!({}))).await.is(200).json(), by_tag, "what is left out stays");
    let reset = settings(owner.call(Method::POST, &format!("{org}:reset"))).await.is(200).json();
    assert_eq!(reset, plain);
    assert_eq!(read().await.is(200).json()["effectiveWaveAssignment"], 2);

    change(json!({ "waveAssignment": null })).await.is(200);
    let without = read().await.is(200).json();
    assert_eq!((without.get("effectiveWaveAssignment"), &without["waveAssignment"]), (None, &Value::Null));
    change(json!({ "waveAssignment": 4 })).await.is_error(400, "VALIDATION_ERROR");
    let wrong = settings(owner.patch(&org, json!({ "waveAssignmentMode": "TIDE" }))).await;
    wrong.is_error(400, "INVALID_ENUM_VALUE");
    owner.get(&org).await.is_error(406, "INVALID_VERSION_DATE");
    let seen = t.owner().get(&format!("/api/atlas/v2/orgs/{}/events", t.org_id())).await.is(200).json();
    let names: Vec<_> = seen["results"].as_array().unwrap().iter().map(|e| e["eventTypeName"].clone()).collect();
    assert!(names.contains(&json!("ORG_WAVE_ASSIGNMENT_MODE_ENV_TAG_MAPPING")), "{names:?}");
    assert!(names.contains(&json!("ORG_WAVE_ASSIGNMENT_MODE_MANUAL")), "{names:?}");
}
