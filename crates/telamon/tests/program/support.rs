//! Running the binary, and calling it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until `look` finds something.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what} did not come to pass");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A folder to work in, and the binary there, with nothing of this process's configuration.
pub struct Workplace {
    folder: TempDir,
}

impl Workplace {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn telamon(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_telamon"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        // What a server that is killed leaves behind goes with the folder.
        command.env("TMPDIR", self.folder.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TELAMON_")) {
            command.env_remove(name);
        }
        command
    }

    /// Runs to the end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.telamon(arguments).output().unwrap())
    }

    /// `telamon init` with this database: the credentials.
    pub fn init(&self, place: &[&str]) -> Value {
        let arguments = ["init", "--org", "Example", "--owner", "ada@example.com", "--credentials", "first.json"];
        self.run(&[&arguments, place].concat()).succeeded();
        read_json(&self.path("first.json"))
    }

    /// `telamon dev` on a free port.
    pub fn dev(&self, arguments: &[&str]) -> Running {
        let base = ["dev", "--listen", "127.0.0.1:0", "--credentials", "credentials.json"];
        self.dev_with(&mut self.telamon(&[&base, arguments].concat()), "credentials.json")
    }

    /// The same with a command that is prepared, and writes this file.
    pub fn dev_with(&self, command: &mut Command, credentials: &str) -> Running {
        let file = self.path(credentials);
        // A file that was there before says nothing of this start.
        let _ = std::fs::remove_file(&file);
        let mut running = Running::start(command);
        running.credentials = eventually("the credentials", || {
            running.assert_runs();
            file.exists().then(|| read_json(&file))
        });
        running.base_url = text(&running.credentials, "baseUrl");
        running
    }

    /// `telamon serve` on a free port; `credentials` are those of `init`.
    pub fn serve(&self, credentials: &Value, arguments: &[&str]) -> Running {
        self.serve_with(credentials, &mut self.telamon(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat()))
    }

    /// The same with a command that is prepared.
    #[expect(clippy::unused_self, reason = "the folder must outlive the command, which was made from it")]
    pub fn serve_with(&self, credentials: &Value, command: &mut Command) -> Running {
        let mut running = Running::start(command);
        running.base_url = eventually("the address", || {
            running.assert_runs();
            let said = running.said();
            let (_, url) = said.split_once("serving on ")?;
            let end = url.find(|c: char| c.is_whitespace() || c == '"' || c == '\u{1b}')?;
            Some(url[..end].to_owned())
        });
        running.credentials = credentials.clone();
        running
    }
}

/// What a command came to.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Failed with this code and said all of this.
    pub fn failed(self, code: i32, said: &[&str]) {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        for words in said {
            assert!(self.stderr.contains(words), "\"{words}\" is not in: {}", self.stderr);
        }
    }
}

/// A server.
pub struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    pub base_url: String,
    pub credentials: Value,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().unwrap(), &said);
        collect(child.stderr.take().unwrap(), &said);
        Self { child, said, base_url: String::new(), credentials: Value::Null }
    }

    /// What it has printed until now, to both outputs.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn assert_runs(&mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "the server ended ({ended:?}): {}", self.said());
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub fn wait(mut self) -> ExitStatus {
        eventually("the end of the server", || self.child.try_wait().unwrap())
    }

    /// Ends it as an operator does, and expects that to go well.
    pub fn stop(self) {
        self.signal("TERM");
        assert_eq!(self.wait().code(), Some(0));
    }

    /// The host and port.
    pub fn address(&self) -> &str {
        self.base_url.split_once("://").unwrap().1
    }

    /// A caller with an access token.
    pub fn client(&self) -> Client {
        let client = Client { agent: agent(), base_url: self.base_url.clone(), token: None };
        let token = client.token(&self.credentials);
        Client { token: Some(token), ..client }
    }

    /// The status of the answer to somebody who signs in on the page.
    pub fn sign_in(&self, username: &str, password: &str) -> u16 {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().new_agent();
        let page = format!("{}/account/sign-in", self.base_url);
        let mut shown = agent.get(&page).call().unwrap();
        let cookie = shown.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let html = shown.body_mut().read_to_string().unwrap();
        let proof = html.split(r#"name="proof" value=""#).nth(1).unwrap().split('"').next().unwrap();
        let form = [("proof", proof), ("username", username), ("password", password), ("next", "/")];
        agent.post(&page).header("cookie", cookie).send_form(form).unwrap().status().as_u16()
    }

    pub fn anonymous(&self) -> Client {
        Client { agent: agent(), base_url: self.base_url.clone(), token: None }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed must not leave it behind; one that passed has waited for it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(from: impl std::io::Read + Send + 'static, into: &Arc<Mutex<String>>) {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut said = into.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
}

/// A caller.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    base_url: String,
    token: Option<String>,
}

type Answer = Result<(u16, Value), ureq::Error>;

impl Client {
    /// A token for the service account of these credentials.
    pub fn token(&self, credentials: &Value) -> String {
        let (status, body) = self.ask_for_token(credentials);
        assert_eq!(status, 200, "{body}");
        text(&body, "access_token")
    }

    /// The answer to a request for a token.
    pub fn ask_for_token(&self, credentials: &Value) -> (u16, Value) {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let pair = format!("{}:{}", text(credentials, "clientId"), text(credentials, "clientSecret"));
        let call = self.agent.post(format!("{}/api/oauth/token", self.base_url));
        let call = call.header("Authorization", format!("Basic {}", STANDARD.encode(pair)));
        let mut answer = call.send_form([("grant_type", "client_credentials")]).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
    }

    /// The same caller with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        let mut call = self.agent.get(format!("{}{path}", self.base_url)).header("Accept", ACCEPT);
        if let Some(token) = &self.token {
            call = call.header("Authorization", format!("Bearer {token}"));
        }
        let mut answer = call.call().unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let call = self.agent.post(format!("{}{path}", self.base_url)).header("Accept", ACCEPT);
        let call = call.header("Authorization", format!("Bearer {}", self.token.as_deref().unwrap_or_default()));
        let mut answer = call.header("Content-Type", ACCEPT).send(body.to_string())?;
        Ok((answer.status().as_u16(), answer.body_mut().read_json()?))
    }

    /// Makes a project; its id.
    pub fn project(&self, org: &str, name: &str) -> String {
        let (status, made) = self.post("/api/atlas/v2/groups", &json!({ "name": name, "orgId": org })).unwrap();
        assert!((200..=201).contains(&status), "{made}");
        text(&made, "id")
    }

    /// The names of all projects.
    pub fn projects(&self) -> Vec<String> {
        let mut names = Vec::new();
        for page in 1.. {
            let (status, list) = self.get(&format!("/api/atlas/v2/groups?itemsPerPage=500&pageNum={page}"));
            assert_eq!(status, 200, "{list}");
            let results = list["results"].as_array().unwrap();
            names.extend(results.iter().map(|project| text(project, "name")));
            if results.len() < 500 {
                break;
            }
        }
        names
    }
}

const ACCEPT: &str = "application/vnd.atlas.2023-01-01+json";

pub fn text(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_else(|| panic!("{key} is not a text in {object}")).to_owned()
}

pub fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The keys of an object, in alphabetical order.
pub fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// The permission bits of a file.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().unwrap().permissions().mode() & 0o777
}
