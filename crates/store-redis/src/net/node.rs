//! The connections to one node.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo,
    RedisError, TlsCertificates,
};
use tokio::sync::Mutex;

/// How long a connection may take to come about.
const CONNECT_MAX: Duration = Duration::from_millis(1000);
/// How long one attempt waits for its answer. Two fit into the time a caller waits, so that a master that stopped
/// answering leaves time for one that took over.
const REPLY_MAX: Duration = Duration::from_millis(2000);

/// Who the store is to the server.
#[derive(Clone, Default)]
pub(crate) struct Login {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) database: i64,
    /// How the connection is encrypted, if it is.
    pub(crate) tls: Option<TlsCertificates>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // No password in any log.
        f.debug_struct("Login").field("user", &self.user).field("database", &self.database).finish_non_exhaustive()
    }
}

pub(super) struct Node {
    address: String,
    lanes: Vec<Mutex<Option<Link>>>,
    next: AtomicUsize,
}

/// An open connection, many callers at once.
#[derive(Clone)]
pub(super) struct Link {
    connection: MultiplexedConnection,
    /// Tells it from the one before it.
    number: usize,
    lane: usize,
}

impl Link {
    pub(super) fn connection(&self) -> MultiplexedConnection {
        self.connection.clone()
    }
}

impl Node {
    pub(super) fn new(address: &str, lanes: usize) -> Self {
        let lanes = (0..lanes.max(1)).map(|_| Mutex::default()).collect();
        Self { address: address.to_owned(), lanes, next: AtomicUsize::new(0) }
    }

    /// An open connection, made if there is none.
    pub(super) async fn link(&self, login: &Login) -> Result<Link, RedisError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let lane = number % self.lanes.len();
        let mut open = self.lanes[lane].lock().await;
        if let Some(link) = &*open {
            return Ok(link.clone());
        }
        let client = client(&self.address, login, ProtocolVersion::RESP2)?;
        let connection = client.get_multiplexed_async_connection_with_config(&config()).await?;
        let link = Link { connection, number, lane };
        *open = Some(link.clone());
        Ok(link)
    }

    /// Forgets a connection that broke, unless another has taken its place already.
    pub(super) async fn drop_link(&self, broken: &Link) {
        let mut open = self.lanes[broken.lane].lock().await;
        if open.as_ref().is_some_and(|link| link.number == broken.number) {
            *open = None;
        }
    }
}

/// Whether nothing more will come over the connection, or nobody knows.
pub(super) fn broken(failure: &RedisError) -> bool {
    failure.is_io_error() || failure.is_timeout() || failure.is_connection_dropped() || failure.is_unrecoverable_error()
}

/// Asks a node something over a connection that is closed afterwards.
pub(super) async fn ask(address: &str, login: &Login, cmd: &redis::Cmd) -> Result<redis::Value, RedisError> {
    let client = client(address, login, ProtocolVersion::RESP2)?;
    let mut connection = client.get_multiplexed_async_connection_with_config(&config()).await?;
    connection.send_packed_command(cmd).await?.extract_error()
}

/// A connection on which the server may speak first.
pub(super) async fn pushing(
    address: &str,
    login: &Login,
    push: impl Fn(redis::PushInfo) + Send + Sync + 'static,
) -> Result<MultiplexedConnection, RedisError> {
    let client = client(address, login, ProtocolVersion::RESP3)?;
    let config = config().set_push_sender(move |info| {
        push(info);
        Ok::<(), redis::aio::SendError>(())
    });
    client.get_multiplexed_async_connection_with_config(&config).await
}

fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_MAX))
        .set_response_timeout(Some(REPLY_MAX))
        .set_pipeline_buffer_size(1024)
}

fn client(address: &str, login: &Login, protocol: ProtocolVersion) -> Result<Client, RedisError> {
    let (host, port) = split(address)?;
    let mut settings = RedisConnectionInfo::default().set_db(login.database).set_protocol(protocol);
    if let Some(user) = &login.user {
        settings = settings.set_username(user);
    }
    if let Some(password) = &login.password {
        settings = settings.set_password(password);
    }
    let host = host.to_owned();
    let address = match login.tls {
        Some(_) => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
        None => ConnectionAddr::Tcp(host, port),
    };
    let info = address.into_connection_info()?;
    let info = info.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true));
    match &login.tls {
        Some(certificates) => Client::build_with_tls(info, certificates.clone()),
        None => Client::open(info),
    }
}

/// The host and the port of `host:port`; the host may be an address with colons of its own.
fn split(address: &str) -> Result<(&str, u16), RedisError> {
    let parts = address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    parts.ok_or_else(|| RedisError::from((ErrorKind::InvalidClientConfig, "expected host:port", address.to_owned())))
}
