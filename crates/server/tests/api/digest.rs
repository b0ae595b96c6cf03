//! HTTP digest through the socket: the challenge, replay, stale nonces, damaged headers.

use digest_auth::{AuthContext, HttpMethod, WwwAuthenticateHeader};
use serde_json::json;
use telamon_testkit::{Actor, Reply, TestServer, telamon_test};

const PATH: &str = "/api/atlas/v2/groups";

struct Signer {
    prompt: WwwAuthenticateHeader,
    public_key: String,
    private_key: String,
}

impl Signer {
    async fn challenged(t: &TestServer) -> Self {
        let reply = t.anonymous().get(PATH).await.is(401);
        let prompt = digest_auth::parse(reply.header("www-authenticate").unwrap()).unwrap();
        let (public_key, private_key) = (t.credentials().public_key.clone(), t.credentials().private_key.clone());
        Self { prompt, public_key, private_key }
    }

    /// The header for the next count of the nonce.
    fn sign(&mut self, method: &'static str, path: &str) -> String {
        let context = AuthContext::new_with_method(
            self.public_key.clone(),
            self.private_key.clone(),
            path.to_owned(),
            Option::<Vec<u8>>::None,
            HttpMethod::from(method),
        );
        self.prompt.respond(&context).unwrap().to_header_string()
    }
}

async fn send(t: &TestServer, authorization: &str) -> Reply {
    t.anonymous().get(PATH).header("authorization", authorization).await
}

fn stale(reply: &Reply) -> bool {
    reply.header("www-authenticate").unwrap().ends_with("stale=true")
}

#[telamon_test]
async fn the_challenge_is_the_service_s(t: TestServer) {
    let reply = t.anonymous().get(PATH).await.is(401);
    let challenge = reply.header("www-authenticate").unwrap();
    let (before, after) = challenge.split_once("nonce=\"").unwrap();
    assert_eq!(before, r#"Digest realm="MMS Public API", domain="", "#);
    assert_eq!(&after[32..], r#"", algorithm=MD5, qop="auth", stale=false"#);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.text().len(), 142);
    assert_eq!(reply.headers().get_all("www-authenticate").iter().count(), 1);
}

#[telamon_test]
async fn a_count_is_accepted_once(t: TestServer) {
    let mut signer = Signer::challenged(&t).await;
    let first = signer.sign("GET", PATH);
    send(&t, &first).await.is(200);
    assert!(stale(&send(&t, &first).await.is(401)), "a replay is answered with a fresh nonce");
    for _ in 0..5 {
        let next = signer.sign("GET", PATH);
        send(&t, &next).await.is(200);
    }
    let skipped = signer.sign("GET", PATH);
    let late = signer.sign("GET", PATH);
    send(&t, &late).await.is(200);
    send(&t, &skipped).await.is(200);
    assert!(stale(&send(&t, &skipped).await.is(401)));
}

#[telamon_test]
async fn a_count_far_behind_is_refused(t: TestServer) {
    let mut signer = Signer::challenged(&t).await;
    let early = signer.sign("GET", PATH);
    for _ in 0..65 {
        let _ = signer.sign("GET", PATH);
    }
    let late = signer.sign("GET", PATH);
    send(&t, &late).await.is(200);
    assert!(stale(&send(&t, &early).await.is(401)));
}

#[telamon_test]
async fn a_nonce_lapses_after_five_minutes(t: TestServer) {
    let mut signer = Signer::challenged(&t).await;
    t.advance(299).await;
    let header = signer.sign("GET", PATH);
    send(&t, &header).await.is(200);
    t.advance(1).await;
    let header = signer.sign("GET", PATH);
    assert!(stale(&send(&t, &header).await.is(401)));
}

#[telamon_test]
async fn a_signature_is_for_one_method_and_one_target(t: TestServer) {
    let mut signer = Signer::challenged(&t).await;
    let other_method = signer.sign("POST", PATH);
    assert!(!stale(&send(&t, &other_method).await.is(401)));
    let other_target = signer.sign("GET", "/api/atlas/v2/orgs");
    assert!(!stale(&send(&t, &other_target).await.is(401)));
    let with_query = signer.sign("GET", "/api/atlas/v2/groups?pageNum=1");
    send(&t, &with_query).await.is(401);
    let reply = t.anonymous().get("/api/atlas/v2/groups?pageNum=1").header("authorization", &with_query).await;
    reply.is(200);
}

#[telamon_test]
async fn damaged_headers_are_challenged_again(t: TestServer) {
    let mut signer = Signer::challenged(&t).await;
    let good = signer.sign("GET", PATH);
    // What stands behind the response may be missing: the algorithm is MD5 unless it says otherwise.
    let response = good.find("response=\"").unwrap() + "response=\"".len() + 32;
    for end in (0..=response).step_by(7).chain([response]) {
        let reply = send(&t, &good[..end]).await.is(401);
        assert!(!stale(&reply), "{}", &good[..end]);
    }
    for damaged in [
        good.replace("MMS Public API", "Another"),
        good.replace("nc=00000001", "nc=00000002"),
        good.replace("auth", "auth-int"),
        good.replace("MD5", "SHA-256"),
        good.replace("Digest ", "Basic "),
    ] {
        if damaged != good {
            send(&t, &damaged).await.is(401);
        }
    }
    send(&t, &good).await.is(200);
}

#[telamon_test]
async fn wrong_keys_and_other_servers_nonces_are_refused(t: TestServer) {
    let credentials = t.credentials();
    Actor::digest(t.base_url(), &credentials.public_key, "wrong").get(PATH).await.is(401);
    Actor::digest(t.base_url(), "abcdefgh", &credentials.private_key).get(PATH).await.is(401);
    Actor::digest(t.base_url(), "", "").get(PATH).await.is(401);
    let mut signer = Signer::challenged(&t).await;
    signer.prompt.nonce = "A".repeat(32);
    let header = signer.sign("GET", PATH);
    assert!(stale(&send(&t, &header).await.is(401)), "the key is right, only the nonce is not ours");
}

#[telamon_test]
async fn a_deleted_key_stops_working_at_once(t: TestServer) {
    let path = format!("/api/atlas/v2/orgs/{}/apiKeys", t.org_id());
    let made = t.owner().post(&path, json!({ "desc": "brief", "roles": ["ORG_MEMBER"] })).await.is(200).json();
    let key = Actor::digest(t.base_url(), made["publicKey"].as_str().unwrap(), made["privateKey"].as_str().unwrap());
    key.get("/api/atlas/v2/orgs").await.is(200);
    t.owner().delete(&format!("{path}/{}", made["id"].as_str().unwrap())).await.is(204);
    key.get("/api/atlas/v2/orgs").await.is(401);
}
