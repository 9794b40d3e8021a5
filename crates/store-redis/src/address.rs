//! Where a store is, as a URL. `docs/redis.md` describes it.

use onething_store::StoreError;
use redis::{ClientTlsConfig, TlsCertificates};

use crate::net::{Login, Topology};

/// The port of a server that names none.
const PORT: u16 = 6379;
/// The port of a sentinel that names none.
const SENTINEL_PORT: u16 = 26_379;

/// Reads a URL, and the certificates it names.
pub(crate) fn read(url: &str) -> Result<(Topology, Login), StoreError> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| wrong(url, "开头须是 redis:// 之类的协议", "it must begin with a scheme such as redis://"))?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (login, place) = match rest.rsplit_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, rest),
    };
    let (hosts, path) = place.split_once('/').unwrap_or((place, ""));
    let mut login = login.map(|login| read_login(url, login)).transpose()?.unwrap_or_default();
    let mut sentinels = Login::default();
    let encrypted = scheme.starts_with("rediss");
    let mut certificates = TlsCertificates { client_tls: None, root_cert: None };
    let (mut cert, mut key) = (None, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| wrong(url, "? 后须是“名=值”", "NAME=VALUE is expected after the ?"))?;
        let value = decoded(value);
        match name {
            "ca" if encrypted => certificates.root_cert = Some(file(&value)?),
            "cert" if encrypted => cert = Some(file(&value)?),
            "key" if encrypted => key = Some(file(&value)?),
            "sentinel-user" if scheme.ends_with("sentinel") => sentinels.user = Some(value),
            "sentinel-password" if scheme.ends_with("sentinel") => sentinels.password = Some(value),
            "ca" | "cert" | "key" => {
                return Err(wrong(
                    url,
                    "写了证书，协议须是 rediss",
                    "certificates are named, so the scheme must be rediss",
                ));
            }
            _ => {
                return Err(wrong(
                    url,
                    "? 后只能是 ca、cert、key、sentinel-user、sentinel-password",
                    "ca, cert, key, sentinel-user or sentinel-password is expected after the ?",
                ));
            }
        }
    }
    certificates.client_tls = match (cert, key) {
        (Some(client_cert), Some(client_key)) => Some(ClientTlsConfig { client_cert, client_key }),
        (None, None) => None,
        _ => return Err(wrong(url, "cert 和 key 要写就都写", "cert and key are expected together, or neither")),
    };
    if encrypted {
        login.tls = Some(certificates.clone());
        sentinels.tls = Some(certificates);
    }
    let port = if scheme.ends_with("sentinel") { SENTINEL_PORT } else { PORT };
    let addresses: Vec<String> = hosts.split(',').map(|host| address(url, host, port)).collect::<Result<_, _>>()?;
    let topology = match scheme {
        "redis" | "rediss" => {
            if !path.is_empty() {
                login.database = path
                    .parse()
                    .map_err(|_| wrong(url, "/ 后须是库的编号", "the number of a database is expected after the /"))?;
            }
            let [address] = <[String; 1]>::try_from(addresses)
                .map_err(|_| wrong(url, "只能写一台服务器", "one host is expected"))?;
            Topology::Single(address)
        }
        "redis+sentinel" | "rediss+sentinel" => {
            if path.is_empty() {
                return Err(wrong(
                    url,
                    "哨兵之后须写主库的名称，如 /mymaster",
                    "the name of the master is expected after the sentinels, such as /mymaster",
                ));
            }
            Topology::Sentinel { sentinels: addresses, master: decoded(path), login: sentinels }
        }
        "redis+cluster" | "rediss+cluster" if path.is_empty() => Topology::Cluster(addresses),
        "redis+cluster" | "rediss+cluster" => {
            return Err(wrong(url, "集群只有一个库，不写编号", "a cluster has but one database: none is named"));
        }
        _ => {
            return Err(wrong(
                url,
                "协议须是 redis、redis+sentinel、redis+cluster，加密则用 rediss",
                "the scheme redis, redis+sentinel or redis+cluster is expected, with rediss for TLS",
            ));
        }
    };
    Ok((topology, login))
}

fn file(path: &str) -> Result<Vec<u8>, StoreError> {
    std::fs::read(path).map_err(|error| StoreError::Address {
        zh: format!("读不了 {path}：{error}"),
        en: format!("{path} cannot be read: {error}"),
    })
}

fn read_login(url: &str, login: &str) -> Result<Login, StoreError> {
    let (user, password) = login
        .split_once(':')
        .ok_or_else(|| wrong(url, "@ 前须是“用户:口令”", "USER:PASSWORD is expected before the @"))?;
    let user = (!user.is_empty()).then(|| decoded(user));
    Ok(Login { user, password: Some(decoded(password)), ..Login::default() })
}

/// `host:port`, with the port added where it is missing.
fn address(url: &str, host: &str, default: u16) -> Result<String, StoreError> {
    let colon_free = host.strip_prefix('[').map_or(host, |rest| rest.split_once(']').map_or(rest, |(_, port)| port));
    let (port, bare) = match colon_free.rsplit_once(':') {
        Some((_, port)) => (
            port.parse().map_err(|_| wrong(url, "端口须在 1 到 65535 之间", "a port from 1 to 65535 is expected"))?,
            &host[..host.len() - port.len() - 1],
        ),
        None => (default, host),
    };
    let bare = bare.trim_start_matches('[').trim_end_matches(']');
    if bare.is_empty() {
        Err(wrong(url, "没有写服务器", "a host is expected"))
    } else {
        Ok(format!("{bare}:{port}"))
    }
}

/// Undoes `%41`; a percent sign that begins no such thing stands for itself.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.first_chunk::<2>().filter(|_| byte == b'%');
        let code = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is wrong with a URL. It is told without its password.
fn wrong(url: &str, zh: &str, en: &str) -> StoreError {
    let shown = shown(url);
    StoreError::Address { zh: format!("{zh}：{shown}"), en: format!("{en}: {shown}") }
}

/// A URL as it may be shown: without the user and the password, and without what stands at its end.
#[must_use]
pub fn shown(url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(url, _)| url);
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let check = |url: &str, expect: &str| {
            let shown = match read(url) {
                Ok((topology, login)) => {
                    let (user, password) = (login.user.unwrap_or_default(), login.password.unwrap_or_default());
                    format!("{topology:?} {user}/{password} {} {}", login.database, login.tls.is_some())
                }
                Err(error) => error.to_string(),
            };
            assert!(shown.contains(expect), "{url}: expected {expect}, but got {shown}");
        };
        check("redis://h", "Single(\"h:6379\") / 0 false");
        check("redis://u%40x:p%3aw@10.0.0.1:7000/3", "Single(\"10.0.0.1:7000\") u@x/p:w 3 false");
        check("redis://:secret@[::1]:7000", "Single(\"::1:7000\") /secret 0 false");
        check("rediss://h:1", "Single(\"h:1\") / 0 true");
        check("redis+cluster://a:1,b", "Cluster([\"a:1\", \"b:6379\"])");
        check("redis+sentinel://a,b:2/main", "[\"a:26379\", \"b:2\"], master: \"main\"");
        check("redis+sentinel://a", "name of the master");
        check("redis://a,b", "one host");
        check("redis://u:geheim@h:x", "redis://…@h:x");
        check("redis://h?ca=x", "the scheme must be rediss");
        check("rediss://h?ca=/nowhere", "/nowhere");
        check("http://h", "the scheme redis");
        check("h:6379", "a scheme");
        check("redis://", "a host");
        check("redis://h/x", "the number");
        check("redis+cluster://h/1", "but one database");
    }
}
