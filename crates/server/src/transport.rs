//! Listening: plain http or TLS, clean shutdown, and where a request really comes from.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use axum::{Router, body::Body};
use http::{HeaderMap, Request, Uri, header};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use ipnet::IpNet;
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long the head of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// How often the first bytes are looked at, while they may still become either protocol.
const PEEK_EVERY: Duration = Duration::from_millis(20);
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests in flight may take after the server was told to stop.
const GRACE: Duration = Duration::from_secs(30);
/// How often the files of the certificate are looked at.
const RELOAD_EVERY: Duration = Duration::from_secs(5);

/// Where links begin and whom proxies may speak for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    pub public_url: Option<String>,
    pub tls: bool,
    pub trusted: Vec<IpNet>,
}

/// Where a request really comes from, and what links of its answer begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub address: IpAddr,
    pub base_url: String,
}

impl Origins {
    pub fn of(&self, peer: IpAddr, headers: &HeaderMap, uri: &Uri) -> Origin {
        let peer = peer.to_canonical();
        let through_proxy = self.is_trusted(peer);
        let forwarded = |name: &str| {
            let value = headers.get(name).filter(|_| through_proxy)?.to_str().ok()?;
            Some(value.split(',').next_back().unwrap_or(value).trim().to_owned())
        };
        let address = if through_proxy { self.client_behind_proxies(headers).unwrap_or(peer) } else { peer };
        let base_url = self.public_url.clone().unwrap_or_else(|| {
            let scheme = forwarded("x-forwarded-proto").filter(|scheme| scheme == "http" || scheme == "https");
            let scheme = scheme.unwrap_or_else(|| if self.tls { "https" } else { "http" }.to_owned());
            let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let host = forwarded("x-forwarded-host").or(host).or_else(|| uri.authority().map(ToString::to_string));
            let host = host.filter(|host| is_host(host)).unwrap_or_else(|| "localhost".to_owned());
            format!("{scheme}://{host}")
        });
        Origin { address, base_url: base_url.trim_end_matches('/').to_owned() }
    }

    /// The last address of `X-Forwarded-For` that is not a trusted proxy: what stands before it, anybody may have sent.
    fn client_behind_proxies(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let mut chain = Vec::new();
        for value in headers.get_all("x-forwarded-for") {
            // Hop by hop: what a stranger sent before the proxy's own entry may be no text at all.
            let hops = value.as_bytes().split(|byte| *byte == b',');
            chain.extend(hops.map(|hop| std::str::from_utf8(hop).ok()?.trim().parse::<IpAddr>().ok()));
        }
        let mut furthest = None;
        for hop in chain.into_iter().rev() {
            let hop = hop?.to_canonical();
            furthest = Some(hop);
            if !self.is_trusted(hop) {
                break;
            }
        }
        furthest
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&address))
    }
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b))
}

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, io::Error),
    /// The certificate is not PEM, or holds none.
    #[error("the TLS certificate is not a PEM file with certificates: {0}")]
    Certificate(String),
    /// The key is not PEM, or holds none.
    #[error("the TLS key is not a PEM file with a private key: {0}")]
    Key(String),
    /// Certificate and key do not belong together.
    #[error("the TLS certificate and its key cannot be used: {0}")]
    Pair(#[from] rustls::Error),
}

/// A certificate and its key; read again when their files change.
pub struct Tls {
    current: Mutex<Loaded>,
    files: Option<(PathBuf, PathBuf)>,
}

struct Loaded {
    config: Arc<ServerConfig>,
    stamps: Option<(SystemTime, SystemTime)>,
    looked_at: Instant,
}

impl Tls {
    /// From two PEM files. When they change, connections made afterwards get the new certificate; files that cannot be
    /// used are logged, and the old certificate is served on.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let config = load(certificate, key)?;
        let files = (certificate.to_owned(), key.to_owned());
        let stamps = stamps(&files);
        Ok(Self { current: Mutex::new(Loaded { config, stamps, looked_at: Instant::now() }), files: Some(files) })
    }

    /// From two PEM texts.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let config = configure(certificate, key)?;
        Ok(Self { current: Mutex::new(Loaded { config, stamps: None, looked_at: Instant::now() }), files: None })
    }

    fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = self.files.as_ref().filter(|_| current.looked_at.elapsed() >= RELOAD_EVERY) {
            current.looked_at = Instant::now();
            let now = stamps(files);
            if now.is_some() && now != current.stamps {
                match load(&files.0, &files.1) {
                    Ok(config) => {
                        tracing::info!("the TLS certificate was read again");
                        (current.config, current.stamps) = (config, now);
                    }
                    Err(error) => tracing::error!(%error, "the changed TLS certificate cannot be used"),
                }
            }
        }
        TlsAcceptor::from(Arc::clone(&current.config))
    }
}

fn stamps((certificate, key): &(PathBuf, PathBuf)) -> Option<(SystemTime, SystemTime)> {
    let changed = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    Some((changed(certificate)?, changed(key)?))
}

fn load(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| TlsError::Read(path.to_owned(), error));
    configure(&read(certificate)?, &read(key)?)
}

fn configure(certificate: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.map_err(|error| TlsError::Certificate(error.to_string()))?;
    if chain.is_empty() {
        return Err(TlsError::Certificate("there is none in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| TlsError::Key(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Serves until `shutdown` is cancelled and the requests in flight are answered, or 30 seconds have passed.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let tls = tls.map(Arc::new);
    let graceful = Arc::new(GracefulShutdown::new());
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or a connection that ended before it began: neither is the listener's end.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (router, watcher, tls, shutdown) = (router.clone(), graceful.watcher(), tls.clone(), shutdown.clone());
        tokio::spawn(async move {
            // An answer is written at once and whole: nothing is gained by waiting for more.
            let _ = stream.set_nodelay(true);
            let service = router.map_request(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(peer);
                request.map(Body::new)
            });
            let mut builder = auto::Builder::new(TokioExecutor::new());
            builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
            builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_TIMEOUT).keep_alive_timeout(HEAD_TIMEOUT);
            let service = TowerToHyperService::new(service);
            let outcome = match tls {
                None => {
                    let begun = tokio::time::timeout(HEAD_TIMEOUT, protocol_is_told(&stream));
                    let Some(Ok(())) = shutdown.run_until_cancelled(begun).await else { return };
                    watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned()).await
                }
                Some(tls) => {
                    let Some(stream) = handshake(&tls, stream, peer).await else { return };
                    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let builder = if is_http2 { builder.http2_only() } else { builder.http1_only() };
                    watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned()).await
                }
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
        });
    }
    drop(listener);
    if let Ok(graceful) = Arc::try_unwrap(graceful)
        && tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err()
    {
        tracing::warn!("some requests were not answered within {} seconds", GRACE.as_secs());
    }
    Ok(())
}

/// Waits until the first bytes tell HTTP/1 from HTTP/2, because the builder waits for them without an end.
async fn protocol_is_told(stream: &TcpStream) {
    const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut start = [0; HTTP2.len()];
    loop {
        match stream.peek(&mut start).await {
            Ok(length) if length > 0 && length < HTTP2.len() && HTTP2.starts_with(&start[..length]) => {
                tokio::time::sleep(PEEK_EVERY).await;
            }
            _ => return,
        }
    }
}

async fn handshake(
    tls: &Tls,
    stream: TcpStream,
    peer: SocketAddr,
) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, %peer, "a TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(origins: &Origins, peer: &str, headers: &[(&'static str, &str)]) -> (String, String) {
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap()));
        let origin = origins.of(peer.parse().unwrap(), &headers.collect(), &Uri::from_static("/x"));
        (origin.address.to_string(), origin.base_url)
    }

    #[test]
    fn only_trusted_proxies_speak_for_others() {
        let origins = Origins { trusted: vec!["10.0.0.0/8".parse().unwrap()], ..Origins::default() };
        let sent = [
            ("host", "here:8080"),
            ("x-forwarded-for", "1.1.1.1, 192.0.2.7, 10.9.9.9"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "api.example.com"),
        ];
        assert_eq!(origin(&origins, "10.0.0.1", &sent), ("192.0.2.7".into(), "https://api.example.com".into()));
        assert_eq!(origin(&origins, "192.0.2.1", &sent), ("192.0.2.1".into(), "http://here:8080".into()));
        let garbage = [("host", "here:8080"), ("x-forwarded-for", "192.0.2.7, nonsense")];
        assert_eq!(origin(&origins, "10.0.0.1", &garbage).0, "10.0.0.1");
    }

    #[test]
    fn what_a_stranger_sent_to_the_proxy_hides_nobody() {
        let origins = Origins { trusted: vec!["10.0.0.0/8".parse().unwrap()], ..Origins::default() };
        let sent = http::HeaderValue::from_bytes(b"\xff, 192.0.2.7").unwrap();
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-forwarded-for"), sent)]);
        let origin = origins.of("10.0.0.1".parse().unwrap(), &headers, &Uri::from_static("/x"));
        assert_eq!(origin.address.to_string(), "192.0.2.7");
    }

    #[tokio::test]
    async fn a_connection_that_tells_no_protocol_is_waited_for() {
        use tokio::io::AsyncWriteExt;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        for (sent, told) in [("", false), ("P", false), ("PRI * HTTP/2.0\r\n\r\n", false), ("G", true), ("POST", true)]
        {
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            client.write_all(sent.as_bytes()).await.unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let waited = tokio::time::timeout(Duration::from_millis(100), protocol_is_told(&stream)).await;
            assert_eq!(waited.is_ok(), told, "{sent}");
            drop(client);
            // Whoever hangs up is not waited for.
            if sent.is_empty() {
                protocol_is_told(&stream).await;
            }
        }
    }

    #[test]
    fn a_mapped_address_is_its_ipv4_address() {
        assert_eq!(origin(&Origins::default(), "::ffff:192.0.2.1", &[("host", "h")]).0, "192.0.2.1");
    }

    #[test]
    fn a_host_that_is_none_is_not_printed() {
        assert_eq!(origin(&Origins::default(), "::1", &[("host", "evil/\"<x>")]).1, "http://localhost");
        let configured = Origins { public_url: Some("https://api.example.com/".into()), ..Origins::default() };
        assert_eq!(origin(&configured, "::1", &[("host", "other")]).1, "https://api.example.com");
    }
}
