//! Which node holds a slot: always the same one, the one that the sentinels name, or the one that the cluster names.

use std::collections::BTreeSet;
use std::fmt;

use redis::{ErrorKind, RedisError, Value};
use tokio::task::JoinSet;

use super::node::{self, Login};

/// Where the nodes are learnt from. Addresses are `host:port`.
#[derive(Debug)]
pub(crate) enum Topology {
    /// One server.
    Single(String),
    /// The master of this name that the sentinels watch.
    Sentinel {
        /// The sentinels.
        sentinels: Vec<String>,
        /// What they call the master.
        master: String,
        /// Who the store is to the sentinels.
        login: Login,
    },
    /// A cluster, known by some of its nodes.
    Cluster(Vec<String>),
}

/// As the address names it.
impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single(address) => f.write_str(address),
            Self::Sentinel { sentinels, master, .. } => write!(f, "{}/{master}", sentinels.join(",")),
            Self::Cluster(seeds) => f.write_str(&seeds.join(",")),
        }
    }
}

/// Which node holds which slots.
pub(super) struct Nodes(Vec<Holding>);

struct Holding {
    first: u16,
    last: u16,
    address: String,
}

impl Nodes {
    fn all_at(address: String) -> Self {
        Self(vec![Holding { first: 0, last: u16::MAX, address }])
    }

    /// The address of the node that holds a slot.
    pub(super) fn holder(&self, slot: u16) -> Result<&str, RedisError> {
        let holding = self.0.iter().find(|it| it.first <= slot && slot <= it.last);
        let none =
            || RedisError::from((ErrorKind::ClusterConnectionNotFound, "no node holds the slot", slot.to_string()));
        holding.map(|it| it.address.as_str()).ok_or_else(none)
    }

    /// Each address once.
    pub(super) fn masters(&self) -> Vec<String> {
        let mut masters: Vec<String> = self.0.iter().map(|it| it.address.clone()).collect();
        masters.sort();
        masters.dedup();
        masters
    }
}

impl Topology {
    /// Asks all that may know at once and believes the first who answers: one that is dead must not keep the others
    /// waiting. Whoever answers with what was true before is found out by the next command, and all are asked again.
    pub(super) async fn find(&self, login: &Login, learnt: Vec<String>) -> Result<Nodes, RedisError> {
        let mut asked = JoinSet::new();
        match self {
            Self::Single(address) => return Ok(Nodes::all_at(address.clone())),
            Self::Sentinel { sentinels, master, login } => {
                for address in sentinels {
                    let (address, master, login) = (address.clone(), master.clone(), login.clone());
                    asked.spawn(async move { master_of(&address, &master, &login).await });
                }
            }
            Self::Cluster(seeds) => {
                let addresses: BTreeSet<String> = seeds.iter().cloned().chain(learnt).collect();
                for address in addresses {
                    let login = login.clone();
                    asked.spawn(async move { slots(&address, &login).await });
                }
            }
        }
        let mut failure = RedisError::from((ErrorKind::InvalidClientConfig, "expected at least one address"));
        while let Some(answer) = asked.join_next().await {
            match answer {
                Ok(Ok(nodes)) => return Ok(nodes),
                Ok(Err(error)) => failure = error,
                // Only a panic ends one without an answer.
                Err(_) => {}
            }
        }
        Err(failure)
    }
}

/// Where a sentinel says that the master is.
async fn master_of(sentinel: &str, master: &str, login: &Login) -> Result<Nodes, RedisError> {
    let mut cmd = redis::cmd("SENTINEL");
    cmd.arg("GET-MASTER-ADDR-BY-NAME").arg(master);
    let answer = node::ask(sentinel, login, &cmd).await?;
    let Value::Array(parts) = &answer else {
        let (what, master) = ("the sentinels know no master of this name", master.to_owned());
        return Err(RedisError::from((ErrorKind::MasterNameNotFoundBySentinel, what, master)));
    };
    match parts.as_slice() {
        [Value::BulkString(host), Value::BulkString(port)] => {
            let (host, port) = (String::from_utf8_lossy(host), String::from_utf8_lossy(port));
            Ok(Nodes::all_at(format!("{host}:{port}")))
        }
        _ => Err(unreadable(&answer)),
    }
}

async fn slots(seed: &str, login: &Login) -> Result<Nodes, RedisError> {
    let mut cmd = redis::cmd("CLUSTER");
    cmd.arg("SLOTS");
    let answer = node::ask(seed, login, &cmd).await?;
    let Value::Array(ranges) = &answer else { return Err(unreadable(&answer)) };
    let holdings: Option<Vec<Holding>> = ranges.iter().map(|range| holding(range, seed)).collect();
    holdings.map(Nodes).ok_or_else(|| unreadable(&answer))
}

/// First slot, last slot, the master, its replicas.
fn holding(range: &Value, seed: &str) -> Option<Holding> {
    let Value::Array(parts) = range else { return None };
    let [Value::Int(first), Value::Int(last), Value::Array(master), ..] = parts.as_slice() else { return None };
    let [host, Value::Int(port), ..] = master.as_slice() else { return None };
    let host = match host {
        Value::BulkString(host) if !host.is_empty() => String::from_utf8(host.clone()).ok()?,
        // A node that does not know its own address is at the one it was asked at.
        _ => seed.rsplit_once(':')?.0.to_owned(),
    };
    Some(Holding {
        first: (*first).try_into().ok()?,
        last: (*last).try_into().ok()?,
        address: format!("{host}:{port}"),
    })
}

fn unreadable(answer: &Value) -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, "expected slots and their nodes", format!("{answer:?}")))
}
