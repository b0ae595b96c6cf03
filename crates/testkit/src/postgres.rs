//! A PostgreSQL server for tests: thrown away when the test process ends, however it ends.
//!
//! `TELAMON_TEST_POSTGRES` names a server to use instead (a URL of a user who may create databases). Without it and
//! without an installed `initdb` the PostgreSQL tests are skipped, which is said once on standard error;
//! `TELAMON_TEST_REQUIRE_POSTGRES=1` makes that a failure.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use telamon_store::{Db, Options, Target};
use telamon_wire::Timestamp;
use tokio::sync::OnceCell;
use tokio_postgres::{Config, NoTls};

/// How long a server may take to start.
const START_ATTEMPTS: u32 = 1_500;
const START_PAUSE: Duration = Duration::from_millis(20);

/// Stops the server and removes its directory when standard input ends, which it does with the test process.
const KEEPER: &str = r#"
"$1" -D "$2/data" -k "$2" -p "$3" >"$2/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
cd / && rm -rf "$2"
"#;

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 500
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
";

/// A running server, one for each test process.
pub struct Cluster {
    /// The URL without the name of the database.
    url: String,
    /// What the URL says after that name.
    query: String,
    /// Tells the databases of this process from those of others.
    prefix: String,
    made: AtomicU32,
    template: OnceCell<String>,
    /// Its standard input ends with this process.
    _keeper: Option<Child>,
}

impl Cluster {
    /// The server of this process; `None` if there is none to be had.
    ///
    /// # Panics
    /// If a server does not start, or if there is none although `TELAMON_TEST_REQUIRE_POSTGRES=1` demands one.
    pub fn get() -> Option<&'static Self> {
        static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
        CLUSTER.get_or_init(Self::find).as_ref()
    }

    fn find() -> Option<Self> {
        if let Ok(url) = std::env::var("TELAMON_TEST_POSTGRES") {
            return Some(Self::at(&url, None));
        }
        if let Some(programs) = find_programs() {
            let started = Self::start(&programs);
            return Some(started.unwrap_or_else(|error| panic!("PostgreSQL did not start: {error}")));
        }
        let missing = "no PostgreSQL: neither TELAMON_TEST_POSTGRES nor an installed initdb";
        assert!(std::env::var_os("TELAMON_TEST_REQUIRE_POSTGRES").is_none_or(|value| value != "1"), "{missing}");
        // Past the harness, which would show it only for a failing test.
        let _ = writeln!(io::stderr(), "\n*** {missing}. EVERY POSTGRESQL TEST IS SKIPPED. ***\n");
        None
    }

    fn at(url: &str, keeper: Option<Child>) -> Self {
        let (address, query) =
            url.split_once('?').map_or((url, String::new()), |(url, query)| (url, format!("?{query}")));
        let scheme = address.find("://").map_or(0, |at| at + 3);
        let end = address[scheme..].find('/').map_or(address.len(), |at| scheme + at);
        Self {
            url: address[..end].to_owned(),
            query,
            prefix: format!("telamon_{:x}", RandomState::new().build_hasher().finish()),
            made: AtomicU32::new(0),
            template: OnceCell::new(),
            _keeper: keeper,
        }
    }

    fn start(programs: &Path) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("telamon-postgres-").tempdir()?;
        let owner = unprivileged(directory.path())?;
        init(programs, directory.path(), owner)?;
        // From here on the keeper removes it.
        let directory = directory.keep();
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(programs.join("postgres")).arg(&directory).arg(port.to_string());
        // A group of its own: an interrupt from the terminal ends the tests, and they end the server.
        keeper.stdin(Stdio::piped()).current_dir(&directory).process_group(0);
        let mut keeper = run_as(&mut keeper, owner).spawn()?;
        wait_until_ready(&directory, &mut keeper)?;
        Ok(Self::at(&format!("postgres://telamon@127.0.0.1:{port}/postgres"), Some(keeper)))
    }

    /// An empty database; its URL.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn fresh_database(&self) -> String {
        self.create(None).await
    }

    /// A database with the current schema; its URL. It is copied from one that is migrated once.
    ///
    /// # Panics
    /// If the server refuses, or a migration fails.
    pub async fn fresh_migrated_database(&self) -> String {
        let template = self.template.get_or_init(|| self.migrated_template()).await;
        self.create(Some(template)).await
    }

    async fn migrated_template(&self) -> String {
        let url = self.create(None).await;
        let db = Db::open(&Options::new(Target::Postgres(url.clone()))).await.expect("the database was just made");
        db.migrate(Timestamp::from_seconds(0)).await.expect("an empty database can be migrated");
        db.close().await;
        let name = url.strip_prefix(&self.url).and_then(|rest| rest.strip_suffix(&self.query)).unwrap_or_default();
        name.trim_start_matches('/').to_owned()
    }

    async fn create(&self, template: Option<&str>) -> String {
        let name = format!("{}_{}", self.prefix, self.made.fetch_add(1, Ordering::Relaxed));
        let admin: Config = self.url_of("postgres").parse().expect("TELAMON_TEST_POSTGRES is a PostgreSQL URL");
        let (client, connection) = admin.connect(NoTls).await.expect("the test server answers");
        let connection = tokio::spawn(connection);
        let copied = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
        client.batch_execute(&format!("CREATE DATABASE {name}{copied}")).await.expect("the user may create databases");
        connection.abort();
        self.url_of(&name)
    }

    fn url_of(&self, database: &str) -> String {
        format!("{}/{database}{}", self.url, self.query)
    }
}

/// The directory that holds `initdb` and `postgres`: from `PATH`, else the newest of Debian's.
fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    found.sort_by_key(|path| path.parent().and_then(Path::file_name).and_then(|v| v.to_str()?.parse::<u32>().ok()));
    std::env::split_paths(&path)
        .chain(found.into_iter().rev())
        .find(|directory| directory.join("initdb").exists() && directory.join("postgres").exists())
}

/// `initdb` refuses to run as root: the user and group to run as instead, who then owns the directory.
fn unprivileged(directory: &Path) -> io::Result<Option<(u32, u32)>> {
    if fs::metadata(directory)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = ["postgres", "nobody"].into_iter().find_map(|name| {
        let user = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = user.split(':').skip(2).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    });
    let (user, group) = ids.ok_or_else(|| io::Error::other("neither user postgres nor nobody to run the server as"))?;
    chown(directory, Some(user), Some(group))?;
    Ok(Some((user, group)))
}

fn run_as(command: &mut Command, owner: Option<(u32, u32)>) -> &mut Command {
    match owner {
        Some((user, group)) => command.uid(user).gid(group),
        None => command,
    }
}

/// Makes the cluster. Its order is not that of bytes if the server can do so, which shows where a text relies on one.
fn init(programs: &Path, directory: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    let linguistic: &[&str] = &["--locale-provider=icu", "--icu-locale=en"];
    let mut said = String::new();
    for order in [linguistic, &[]] {
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.arg("-D").arg(directory.join("data"));
        initdb.args(["-U", "telamon", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]).args(order);
        let output = run_as(initdb.current_dir(directory), owner).output()?;
        if output.status.success() {
            let mut settings = fs::OpenOptions::new().append(true).open(directory.join("data/postgresql.conf"))?;
            return settings.write_all(SETTINGS.as_bytes());
        }
        said = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    Err(io::Error::other(said))
}

/// The server writes its state into the eighth line of its pid file.
fn wait_until_ready(directory: &Path, keeper: &mut Child) -> io::Result<()> {
    for _ in 0..START_ATTEMPTS {
        let state = fs::read_to_string(directory.join("data/postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        if keeper.try_wait()?.is_some() {
            break;
        }
        thread::sleep(START_PAUSE);
    }
    Err(io::Error::other(fs::read_to_string(directory.join("log")).unwrap_or_default()))
}
