//! A server with a database of its own.

use std::{
    collections::HashSet,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use telamon_api::{Handler, Services, UnitOfWork, Work};
use telamon_authn::{SealingKey, hash_password};
use telamon_pki::{KeyKind, KeyPool};
use telamon_server::{
    app::{App, AppOptions, RateSettings},
    bootstrap::{Credentials, First, create_first},
    control_plane::ControlPlane,
    device::RefreshTokens,
    keys::Keys,
    limits::ResourceLimits,
    mail::{Mail, Mailer},
    mongodb::MongoDbVersions,
    retention::Retention,
    transport,
};
use telamon_store::{Db, Engine, Options, Sql, Target, Tx, args, sql};
use telamon_wire::{Clock, Entropy, Id, PersonId, RefreshTokenId, Timestamp, Version};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{Actor, Cluster, PinnedClock, SeededEntropy, actor::Credential};

/// When tests begin.
const BEGINNING: &str = "2026-08-10T03:05:48Z";

/// By how many seconds the clock moves at most at a time, unless that makes more than so many steps.
const STEP_SECONDS: i64 = 3600;
const STEPS: i64 = 720;

/// What a test may change of its server.
#[derive(Clone)]
pub struct TestSettings {
    /// How many of each resource there may be; no limit unless changed.
    pub limits: ResourceLimits,
    /// For how long things are kept.
    pub retention: Retention,
    /// Limits of rate; not enforced unless changed.
    pub rates: RateSettings,
    /// The addresses that the world is told.
    pub control_plane: ControlPlane,
    /// Versions that are gone.
    pub gone_versions: HashSet<Version>,
    /// Proxies that are trusted.
    pub trusted_proxies: Vec<String>,
    /// What sends mail; unless changed, it is kept in memory.
    pub mail: Option<Arc<Mailer>>,
    /// What `/metrics` tells; nothing unless changed.
    pub metrics: Option<PrometheusHandle>,
}

impl Default for TestSettings {
    fn default() -> Self {
        Self {
            limits: ResourceLimits::NONE,
            retention: Retention::default(),
            rates: RateSettings { enforced: false, ..RateSettings::default() },
            control_plane: ControlPlane::default(),
            gone_versions: HashSet::new(),
            trusted_proxies: Vec::new(),
            mail: None,
            metrics: None,
        }
    }
}

/// A running server, its clock, and its first credentials.
pub struct TestServer {
    name: String,
    database: Target,
    directory: Option<tempfile::TempDir>,
    clock: Arc<PinnedClock>,
    entropy: Arc<SeededEntropy>,
    sealing: Arc<SealingKey>,
    credentials: Credentials,
    token: String,
    settings: TestSettings,
    node: Node,
    /// Those that run.
    nodes: Mutex<Vec<App>>,
}

/// Somebody who can sign in, and has with a program.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// Their e-mail address.
    pub username: String,
    /// Their password.
    pub password: String,
    /// The refresh token of their program, which has not been used since.
    pub refresh_token: String,
    /// The caller that their program is.
    pub actor: Actor,
}

static INSERT_PERSON: Sql = sql!(
    "INSERT INTO person (id, username, password_hash, first_name, last_name, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
);
static INSERT_SIGN_IN: Sql = sql!(
    "INSERT INTO refresh_token
     (id, person_id, client_id, scope, created_at, expires_at, replaced_at, seed, generation)
     VALUES ($1, $2, 'test', 'openid', $3, $4, $3, '', 1)"
);
static LOCK_ORGANIZATION: Sql = sql!("UPDATE organization SET name_folded = name_folded WHERE id = $1");
static GRANT: Sql = sql!("INSERT INTO org_role (holder_id, org_id, role, granted_at) VALUES ($1, $2, $3, $4)");

/// One process of a server, as far as a test tells: an app behind a socket of its own.
pub struct Node {
    app: App,
    db: Db,
    mail: Arc<Mailer>,
    base_url: String,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Runs a test on a server with the usual settings. On PostgreSQL it is skipped where none can be had.
pub fn run(engine: Engine, name: &str, test: impl FnOnce(TestServer) -> Pin<Box<dyn Future<Output = ()>>>) {
    run_with(engine, name, TestSettings::default(), test);
}

/// Runs a test on a server with these settings.
pub fn run_with(
    engine: Engine,
    name: &str,
    settings: TestSettings,
    test: impl FnOnce(TestServer) -> Pin<Box<dyn Future<Output = ()>>>,
) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        if let Some(server) = TestServer::start(engine, name, settings).await {
            test(server).await;
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
}

impl TestServer {
    /// Starts a server; `None` where PostgreSQL is wanted and cannot be had.
    pub async fn start(engine: Engine, name: &str, settings: TestSettings) -> Option<Self> {
        let (database, directory) = match engine {
            Engine::Sqlite => {
                let directory = tempfile::tempdir().expect("a directory");
                (Target::Sqlite(directory.path().to_owned()), Some(directory))
            }
            Engine::Postgres => (Target::Postgres(Cluster::get()?.fresh_migrated_database().await), None),
        };
        let clock = Arc::new(PinnedClock::at(Timestamp::parse(BEGINNING).expect("a time")));
        let sealing = Arc::new(SealingKey::from_base64(&STANDARD.encode([7; 32])).expect("a key"));
        let entropy = Arc::new(SeededEntropy::of(name));
        let db = Db::open(&Options::new(database.clone())).await.expect("a database");
        db.migrate(clock.now()).await.expect("a schema");
        let first = First {
            organization: "Acme".to_owned(),
            project: Some("First".to_owned()),
            owner: "owner@example.com".to_owned(),
        };
        let services = Services::new(Arc::clone(&clock) as Arc<dyn Clock>, Arc::clone(&entropy) as Arc<dyn Entropy>);
        let work = Work::of_command(db.clone(), services);
        let credentials = create_first(&work, &sealing, first, "").await.expect("first credentials");
        let node = Node::start(db, &clock, &sealing, Arc::clone(&entropy) as Arc<dyn Entropy>, &settings).await;
        let token = token(&node.base_url, &credentials.client_id, &credentials.client_secret).await;
        let nodes = Mutex::new(vec![node.app.clone()]);
        Some(Self {
            name: name.to_owned(),
            database,
            directory,
            clock,
            entropy,
            sealing,
            credentials,
            token,
            settings,
            node,
            nodes,
        })
    }

    /// Has no job of a node run any more when the clock moves: it is as if it were gone.
    pub fn leave_out(&self, node: &App) {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.retain(|other| !other.is(node));
    }

    /// A second node on the same database. On SQLite, which serves one process, it stands for a restart beside the old one.
    pub async fn another_node(&self) -> Node {
        let db = Db::open(&Options::new(self.database.clone())).await.expect("a database");
        let entropy = SeededEntropy::of(&format!("{} again", self.name));
        let node = Node::start(db, &self.clock, &self.sealing, Arc::new(entropy), &self.settings).await;
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).push(node.app.clone());
        node
    }

    /// The first node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Where the server answers.
    pub fn base_url(&self) -> &str {
        &self.node.base_url
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.node.db
    }

    /// The wired server.
    pub fn app(&self) -> &App {
        &self.node.app
    }

    /// The credentials that the installation began with.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The mails that were sent, oldest first; those that are due are sent before.
    pub async fn mails(&self) -> Vec<Mail> {
        self.node.app.jobs().run("mail").await.expect("a working outbox");
        self.node.mail.kept()
    }

    /// Keeps every change of the organization's row waiting, on SQLite every change, until it is ended.
    pub async fn hold_organization(&self) -> Tx {
        let mut tx = self.db().begin_write().await.expect("a turn to write");
        tx.run(LOCK_ORGANIZATION, &args![self.org_id()]).await.expect("the row");
        tx
    }

    /// Returns when so many transactions wait for their turn to write.
    pub async fn until_waiting(&self, transactions: u64) {
        while self.db().waiting().await.expect("a working database") != transactions {
            tokio::task::yield_now().await;
        }
    }

    /// Carries out a unit of work in nobody's name, as a job does.
    pub async fn run<I, O, F>(&self, input: I, function: F) -> telamon_wire::Result<O>
    where
        I: Send + Sync + 'static,
        O: Send + 'static,
        F: for<'a> Handler<'a, UnitOfWork, I, O> + Send + Sync + 'static,
    {
        self.node.app.work().run(&telamon_api::Actor::system(), input, function).await
    }

    /// The directory of a SQLite database.
    pub fn directory(&self) -> Option<&std::path::Path> {
        self.directory.as_ref().map(tempfile::TempDir::path)
    }

    /// The first organization.
    pub fn org_id(&self) -> &str {
        &self.credentials.org_id
    }

    /// Its first project.
    pub fn group_id(&self) -> &str {
        self.credentials.group_id.as_deref().unwrap_or_default()
    }

    /// The service account that owns the organization.
    pub fn owner(&self) -> Actor {
        Actor::bearer(self.base_url(), &self.token)
    }

    /// The access token of [`Self::owner`].
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The API key that owns the organization.
    pub fn key_owner(&self) -> Actor {
        Actor::digest(self.base_url(), &self.credentials.public_key, &self.credentials.private_key)
    }

    /// Somebody without a credential.
    pub fn anonymous(&self) -> Actor {
        Actor::new(self.base_url(), Credential::None)
    }

    /// Somebody without a credential who calls another node.
    pub fn anonymous_at(&self, base_url: &str) -> Actor {
        Actor::new(base_url, Credential::None)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock of the test.
    pub fn clock(&self) -> Arc<PinnedClock> {
        Arc::clone(&self.clock)
    }

    /// The randomness of the first node.
    pub fn entropy(&self) -> &SeededEntropy {
        &self.entropy
    }

    /// The key that seals others.
    pub fn sealing_key(&self) -> Arc<SealingKey> {
        Arc::clone(&self.sealing)
    }

    /// Moves the clock, and returns when the jobs that are due by it have run on every node. It moves by an hour at most
    /// at a time (or by so much that there are 720 steps), so that what happens in a month happens in its order.
    pub async fn advance(&self, seconds: i64) {
        let step = (seconds / STEPS).max(STEP_SECONDS);
        let mut left = seconds;
        loop {
            self.clock.advance(left.min(step));
            left -= left.min(step);
            let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner).clone();
            for app in nodes {
                app.jobs().catch_up().await;
            }
            if left <= 0 {
                return;
            }
        }
    }

    /// A new token of a service account.
    pub async fn token_of(&self, client_id: &str, secret: &str) -> String {
        token(self.base_url(), client_id, secret).await
    }

    /// The same, asked of another node.
    pub async fn token_at(&self, base_url: &str, client_id: &str, secret: &str) -> String {
        token(base_url, client_id, secret).await
    }

    /// A new service account with these roles in the organization.
    pub async fn service_account(&self, roles: &[&str]) -> Actor {
        let body =
            json!({ "name": "account", "description": "of a test", "roles": roles, "secretExpiresAfterHours": 8760 });
        let path = format!("/api/atlas/v2/orgs/{}/serviceAccounts", self.org_id());
        let made = self.owner().post(&path, body).await.is(201).json();
        let (id, secret) =
            (made["clientId"].as_str().expect("an id"), made["secrets"][0]["secret"].as_str().expect("a secret"));
        Actor::bearer(self.base_url(), &self.token_of(id, secret).await)
    }

    /// A new person with these roles in the organization; without a role they are in none.
    pub async fn person(&self, username: &str, roles: &[&str]) -> Person {
        let (entropy, now) = (SeededEntropy::of(username), self.now());
        let (id, sign_in) = (PersonId::new(now, &entropy), RefreshTokenId::new(now, &entropy));
        let password = format!("the password of {username}");
        let hash = hash_password(&password, &entropy).expect("a hash");
        let first = RefreshTokens::of(&self.sealing).token(sign_in, 1, "");
        let name = username.split('@').next().unwrap_or_default();
        let mut tx = self.db().begin_write().await.expect("a transaction");
        let person = args![id, username, hash, name, "Tester", now];
        tx.run(INSERT_PERSON, &person).await.expect("a person");
        for role in roles {
            tx.run(GRANT, &args![id, self.org_id(), *role, now]).await.expect("a role");
        }
        let values = args![sign_in, id, now, now.plus_seconds(12 * 3600)];
        tx.run(INSERT_SIGN_IN, &values).await.expect("a sign-in");
        tx.commit().await.expect("a commit");
        let form = format!("client_id=test&grant_type=refresh_token&refresh_token={}", first.expose());
        let tokens = self.anonymous().post_form("/api/private/unauth/account/device/token", form).await.is(200).json();
        let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
        Person {
            id: id.to_string(),
            username: username.to_owned(),
            password,
            refresh_token: text("refresh_token"),
            actor: Actor::bearer(self.base_url(), &text("access_token")),
        }
    }

    /// A new project, made with the key of the owner: it does not expire.
    pub async fn project_with_key(&self) -> String {
        let name = format!("project {}", PersonId::new(self.now(), &*self.entropy));
        let body = json!({ "name": name, "orgId": self.org_id() });
        let made = self.key_owner().post("/api/atlas/v2/groups", body).await.is(201);
        made.json()["id"].as_str().expect("an id").to_owned()
    }

    /// A new project.
    pub async fn project(&self, name: &str) -> String {
        let made =
            self.owner().post("/api/atlas/v2/groups", json!({ "name": name, "orgId": self.org_id() })).await.is(201);
        made.json()["id"].as_str().expect("an id").to_owned()
    }
}

impl Node {
    async fn start(
        db: Db,
        clock: &Arc<PinnedClock>,
        sealing: &Arc<SealingKey>,
        entropy: Arc<dyn Entropy>,
        settings: &TestSettings,
    ) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let pool = KeyPool::start(KeyKind::P256, 0).expect("a pool of keys");
        let mail = settings.mail.clone().unwrap_or_else(|| Arc::new(Mailer::memory()));
        let app = App::wire(AppOptions {
            db: db.clone(),
            keys: Keys::new(Arc::clone(sealing), pool),
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            entropy,
            mail: Arc::clone(&mail),
            limits: settings.limits.clone(),
            retention: settings.retention,
            mongodb_versions: MongoDbVersions::default(),
            rates: settings.rates.clone(),
            control_plane: settings.control_plane.clone(),
            issuer: Some("https://telamon.test".to_owned()),
            public_url: None,
            mail_url: base_url.clone(),
            tls: false,
            trusted_proxies: settings.trusted_proxies.iter().map(|net| net.parse().expect("a network")).collect(),
            gone_versions: settings.gone_versions.clone(),
            metrics: settings.metrics.clone(),
            metrics_on_main: settings.metrics.is_some(),
            hsts: true,
            record_token_events: false,
        });
        let app = app.await.expect("a server");
        let stop = CancellationToken::new();
        let serving = tokio::spawn(transport::serve(listener, None, app.router(), stop.clone()));
        Self { app, db, mail, base_url, stop, serving }
    }

    /// Where it answers.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Its wired server.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The mails that it kept in memory, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mail.kept()
    }

    /// Its own view of the database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Stops it as SIGTERM does.
    pub async fn stop(self) {
        self.stop.cancel();
        self.serving.await.expect("no panic").expect("a clean end");
        self.app.stop().await;
    }
}

async fn token(base_url: &str, client_id: &str, secret: &str) -> String {
    let basic = STANDARD.encode(format!("{client_id}:{secret}"));
    let reply = Actor::new(base_url, Credential::None)
        .post_form("/api/oauth/token", "grant_type=client_credentials")
        .header("authorization", &format!("Basic {basic}"))
        .await;
    reply.is(200).json()["access_token"].as_str().expect("a token").to_owned()
}
