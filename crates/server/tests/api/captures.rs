//! What real clients were seen to send, sent again: each file of `tests/captures`, in order, to a fresh server.
//!
//! `tests/captures/README.md` explains the files.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde::Deserialize;
use serde_json::Value;
use telamon_authz::OrgRole;
use telamon_store::{Sql, sql};
use telamon_testkit::{Actor, Reply, TestServer, telamon_test};

const CERTIFICATE_AUTHORITY: &str = include_str!("../../../../tests/captures/certificate-authority.pem");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Capture {
    #[serde(rename = "client")]
    _client: String,
    media_type: String,
    requests: Vec<Captured>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Captured {
    operation: String,
    send: String,
    body: Option<Value>,
    status: u16,
    error: Option<String>,
    defines: Option<String>,
    #[serde(rename = "as")]
    signer: Option<String>,
}

static FIRST_PERSON: Sql = sql!("SELECT id FROM person ORDER BY id LIMIT 1");

/// A server in the middle of a file.
struct Replay {
    media_type: String,
    /// The caller that the file begins with.
    caller: Actor,
    /// Callers whose key came with the organization of that placeholder.
    others: BTreeMap<String, Actor>,
    base_url: String,
    values: BTreeMap<String, String>,
}

impl Replay {
    async fn new(t: &TestServer, media_type: String) -> Self {
        let mut tx = t.db().begin_read().await.expect("a transaction");
        let person = tx.one::<String>(FIRST_PERSON, &[]).await.expect("the owner");
        let member = crate::people_roles::person(t, "member@example.com", OrgRole::Member).await.to_string();
        let date = t.now().plus_seconds(6 * 86_400).to_string();
        let values = [
            ("<org>", t.org_id()),
            ("<project>", t.group_id()),
            ("<user1>", &person),
            ("<user2>", &member),
            ("<in 6 days>", date.split('T').next().expect("a date")),
            ("<certificate authority>", &CERTIFICATE_AUTHORITY.replace('\n', "\\n")),
        ];
        Self {
            media_type,
            caller: t.key_owner(),
            others: BTreeMap::new(),
            base_url: t.base_url().to_owned(),
            values: values.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        }
    }

    fn fill(&self, text: &str) -> String {
        let filled = self.values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        assert!(!filled.contains('<'), "nothing defined a placeholder of {filled}");
        filled
    }

    async fn send(&self, captured: &Captured) -> Reply {
        let (method, target) = captured.send.split_once(' ').expect("method and target");
        let caller = captured.signer.as_ref().map_or(&self.caller, |organization| &self.others[organization]);
        let call = caller.call(Method::from_bytes(method.as_bytes()).expect("a method"), &self.fill(target));
        let call = call.header("accept", &self.media_type);
        match &captured.body {
            // The clients' bodies end in a newline.
            Some(body) => call.header("content-type", &self.media_type).body(self.fill(&format!("{body}\n"))).await,
            None => call.await,
        }
    }

    fn learn(&mut self, placeholder: &str, answer: &Value) {
        let id =
            [&answer["id"], &answer["clientId"], &answer["organization"]["id"]].into_iter().find_map(Value::as_str);
        self.values.insert(placeholder.to_owned(), id.expect("an id").to_owned());
        let key = &answer["apiKey"];
        if let (Some(public), Some(private)) = (key["publicKey"].as_str(), key["privateKey"].as_str()) {
            self.others.insert(placeholder.to_owned(), Actor::digest(&self.base_url, public, private));
        }
    }
}

/// What is wrong with an answer, if something is.
fn complaint(captured: &Captured, reply: &Reply) -> Option<String> {
    let is_json =
        reply.header("content-type").is_some_and(|name| name.starts_with("application/") && name.contains("json"));
    let code = captured.error.as_ref().map(|_| reply.json()["errorCode"].as_str().unwrap_or_default().to_owned());
    if reply.status() == captured.status && code == captured.error && (is_json || reply.text().is_empty()) {
        return None;
    }
    let wanted = format!("wanted {} {}", captured.status, captured.error.as_deref().unwrap_or_default());
    let got = format!("got {} {:?} {}", reply.status(), reply.header("content-type"), reply.text());
    Some(format!("{}, {}\n  {wanted}\n  {got}", captured.operation, captured.send))
}

async fn replay(t: &TestServer, text: &str) {
    let capture: Capture = serde_json::from_str(text).expect("a well-formed capture");
    let mut replay = Replay::new(t, capture.media_type).await;
    let mut complaints = Vec::new();
    for captured in &capture.requests {
        let answer = replay.send(captured).await;
        complaints.extend(complaint(captured, &answer));
        if let Some(placeholder) = &captured.defines {
            assert!(complaints.is_empty(), "{}", complaints.join("\n"));
            replay.learn(placeholder, &answer.json());
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

macro_rules! captures {
    ($($name:ident: $file:literal,)*) => {
        const FILES: &[&str] = &[$($file),*];
        $(
            #[telamon_test]
            async fn $name(t: TestServer) {
                replay(&t, include_str!(concat!("../../../../tests/captures/", $file))).await;
            }
        )*
    };
}

captures! {
    cli_access_lists: "cli-access-lists.json",
    cli_api: "cli-api.json",
    cli_api_key_access_lists: "cli-api-key-access-lists.json",
    cli_api_keys: "cli-api-keys.json",
    cli_auditing: "cli-auditing.json",
    cli_cloud_users: "cli-cloud-users.json",
    cli_custom_roles: "cli-custom-roles.json",
    cli_current_address: "cli-current-address.json",
    cli_database_users: "cli-database-users.json",
    cli_events: "cli-events.json",
    cli_organization_invitations: "cli-organization-invitations.json",
    cli_maintenance: "cli-maintenance.json",
    cli_organizations: "cli-organizations.json",
    cli_project_api_keys: "cli-project-api-keys.json",
    cli_project_invitations: "cli-project-invitations.json",
    cli_projects: "cli-projects.json",
    cli_service_account_access_lists: "cli-service-account-access-lists.json",
    cli_service_accounts: "cli-service-accounts.json",
    cli_teams: "cli-teams.json",
    cli_unauthenticated: "cli-unauthenticated.json",
    cli_user_security: "cli-user-security.json",
    cli_users: "cli-users.json",
    terraform_access_list: "terraform-access-list.json",
    terraform_api_key_access_list: "terraform-api-key-access-list.json",
    terraform_api_key: "terraform-api-key.json",
    terraform_auditing: "terraform-auditing.json",
    terraform_custom_role: "terraform-custom-role.json",
    terraform_database_user: "terraform-database-user.json",
    terraform_ldap: "terraform-ldap.json",
    terraform_maintenance: "terraform-maintenance.json",
    terraform_organization: "terraform-organization.json",
    terraform_organization_invitation: "terraform-organization-invitation.json",
    terraform_project: "terraform-project.json",
    terraform_project_api_key: "terraform-project-api-key.json",
    terraform_project_full: "terraform-project-full.json",
    terraform_team: "terraform-team.json",
    terraform_project_invitation: "terraform-project-invitation.json",
    terraform_x509_customer: "terraform-x509-customer.json",
    terraform_x509_managed: "terraform-x509-managed.json",
}

#[test]
fn every_capture_has_a_test() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/captures");
    let files = std::fs::read_dir(directory).expect("the captures");
    let paths =
        files.map(|file| file.expect("a file").path()).filter(|path| path.extension().is_some_and(|end| end == "json"));
    let names: BTreeSet<String> =
        paths.map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
    let tested: BTreeSet<String> = FILES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(tested, names);
}
