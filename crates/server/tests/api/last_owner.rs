//! An organization keeps an owner, whoever leaves at the same moment.

use serde_json::{Value, json};
use telamon_store::{Sql, args, sql};
use telamon_testkit::{Actor, TestServer, telamon_test};
use tokio::task::JoinSet;

static OWNERS: Sql = sql!("SELECT COUNT(*) FROM org_role WHERE org_id = $1 AND role = 'ORG_OWNER'");

fn accounts(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/serviceAccounts", t.org_id())
}

fn keys(t: &TestServer) -> String {
    format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id())
}

/// A new service account that owns the organization, and where it is found.
async fn owning_account(t: &TestServer, by: &Actor) -> (String, Actor) {
    let body = json!({ "name": "o", "description": "d", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 24 });
    let made = by.post(&accounts(t), body).await.is(201).json();
    let (client_id, secret) = (made["clientId"].as_str().unwrap(), made["secrets"][0]["secret"].as_str().unwrap());
    let token = t.token_of(client_id, secret).await;
    (format!("{}/{client_id}", accounts(t)), Actor::bearer(t.base_url(), &token))
}

/// A new API key that owns the organization, and where it is found.
async fn owning_key(t: &TestServer, by: &Actor) -> (String, Actor) {
    let made: Value = by.post(&keys(t), json!({ "desc": "o", "roles": ["ORG_OWNER"] })).await.is(200).json();
    let key = Actor::digest(t.base_url(), made["publicKey"].as_str().unwrap(), made["privateKey"].as_str().unwrap());
    (format!("{}/{}", keys(t), made["id"].as_str().unwrap()), key)
}

async fn owners(t: &TestServer) -> i64 {
    let mut tx = t.db().begin_read().await.unwrap();
    tx.one(OWNERS, &args![t.org_id()]).await.unwrap()
}

/// Takes the role of an owner from everybody else, the person included.
async fn leave_only(t: &TestServer, paths: &[String]) {
    let kept: Vec<String> = paths.iter().map(|path| format!("'{}'", &path[path.len() - 24..])).collect();
    let text = format!("DELETE FROM org_role WHERE role = 'ORG_OWNER' AND holder_id NOT IN ({})", kept.join(", "));
    let mut tx = t.db().begin_write().await.unwrap();
    tx.batch(&text).await.unwrap();
    telamon_api::mark_change(&mut tx, t.now(), &telamon_testkit::SeededEntropy::of(&text)).await.unwrap();
    tx.commit().await.unwrap();
    t.advance(1).await;
}

#[telamon_test]
async fn those_who_step_down_together_leave_one_owner(t: TestServer) {
    let mut by = t.owner();
    for _ in 0..4 {
        let mut all = Vec::new();
        for _ in 0..3 {
            all.push(owning_account(&t, &by).await);
            all.push(owning_key(&t, &by).await);
        }
        leave_only(&t, &all.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>()).await;
        let mut calls = JoinSet::new();
        for (path, owner) in all.clone() {
            calls.spawn(async move { owner.patch(&path, json!({ "roles": ["ORG_MEMBER"] })).await });
        }
        let replies = calls.join_all().await;
        let refused: Vec<_> = replies.into_iter().filter(|reply| reply.status() != 200).collect();
        assert_eq!((refused.len(), owners(&t).await), (1, 1));
        for reply in refused {
            reply.is_error(403, "CANNOT_DEMOTE_LAST_ORG_OWNER");
        }
        for (path, owner) in all {
            if owner.get(&path).await.status() == 200 && owner.patch(&path, json!({})).await.status() == 200 {
                by = owner;
            }
        }
    }
}

#[telamon_test]
async fn two_owners_who_remove_each_other_leave_one(t: TestServer) {
    let mut by = t.owner();
    for _ in 0..4 {
        let ((account, by_token), (key, by_digest)) = (owning_account(&t, &by).await, owning_key(&t, &by).await);
        leave_only(&t, &[account.clone(), key.clone()]).await;
        let (first, second) = tokio::join!(by_token.delete(&key), by_digest.delete(&account));
        // Who lost is the last owner, or is gone before they could be heard.
        let (lost, left) = if first.status() == 204 { (second, by_token) } else { (first, by_digest) };
        assert!([401, 403].contains(&lost.status()), "{}", lost.text());
        assert_eq!(owners(&t).await, 1);
        by = left;
    }
}
