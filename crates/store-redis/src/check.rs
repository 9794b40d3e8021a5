//! What a server must be before anything is entrusted to it.

use std::collections::BTreeMap;
use std::fmt;

use onething_store::StoreError;
use redis::Value;

use crate::net::Net;
use crate::net::error::{refused, unexpected};
use crate::open::Durability;

/// The oldest server that has what the scripts use.
const VERSION_MIN: (u32, u32) = (7, 0);
/// What a server calls its role when it takes no commands.
const REPLICA: &str = "slave";

/// Something about a server that whoever runs it should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The node, `host:port`.
    pub node: String,
    /// What it is and how to mend it, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// It loses what was acknowledged, or cannot work at all: a store is not opened on it unless loss is accepted.
    pub loses: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}：{} / {}", self.node, self.zh, self.en)
    }
}

/// What is to be said of every node that takes commands.
pub(crate) async fn check(net: &Net, durability: Durability) -> Result<Vec<Finding>, StoreError> {
    let mut fsync = redis::cmd("CONFIG");
    fsync.arg("GET").arg("appendfsync");
    let mut findings = Vec::new();
    for (node, answers) in net.survey(&[redis::cmd("INFO"), fsync], is_replica).await? {
        let mut answers = answers.into_iter();
        let said = match answers.next().unwrap_or(Value::Nil) {
            Value::ServerError(failure) => return Err(refused(failure.into())),
            said => info(&text(said)?),
        };
        // A user need not be allowed to ask.
        let fsync = match answers.next() {
            Some(Value::Array(pair)) => pair.into_iter().nth(1).and_then(|value| text(value).ok()),
            _ => None,
        };
        findings.extend(judge(&node, &said, fsync.as_deref(), durability));
    }
    Ok(findings)
}

/// Whether a node that was asked for its `INFO` takes no commands.
fn is_replica(answers: &[Value]) -> bool {
    let said = answers.first().and_then(|said| text(said.clone()).ok());
    said.is_some_and(|said| info(&said).get("role").is_some_and(|role| role == REPLICA))
}

fn judge(node: &str, info: &BTreeMap<String, String>, fsync: Option<&str>, durability: Durability) -> Vec<Finding> {
    let get = |name: &str| info.get(name).map_or("", String::as_str);
    let mut findings = Vec::new();
    let mut say = |loses: bool, zh: String, en: String| {
        findings.push(Finding { node: node.to_owned(), zh, en, loses });
    };
    let version = get("redis_version");
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < VERSION_MIN {
        say(
            true,
            format!("Redis 版本为 {version}，需要 7.0 或更新，请升级"),
            format!("this is Redis {version}, but 7.0 or later is needed: upgrade it"),
        );
    }
    if get("aof_enabled") != "1" {
        say(
            true,
            "没有开启 AOF，重启会丢失已确认的办理；请设置 appendonly yes，并建议 appendfsync always".to_owned(),
            "it keeps no append-only file and loses acknowledged work when it restarts: set appendonly yes, and better \
             appendfsync always"
                .to_owned(),
        );
    } else if fsync == Some("no") {
        say(
            true,
            "appendfsync no 由系统决定何时落盘，断电会丢失已确认的办理；请设置 appendfsync always".to_owned(),
            "appendfsync no leaves it to the system when to write, and a power cut loses acknowledged work: set \
             appendfsync always"
                .to_owned(),
        );
    } else if fsync == Some("everysec") {
        say(
            false,
            "appendfsync everysec：断电最多丢失最近约一秒已确认的办理；不能丢失则设置 appendfsync always".to_owned(),
            "appendfsync everysec: a power cut loses up to about a second of acknowledged work; set appendfsync always \
             if it must not"
                .to_owned(),
        );
    }
    let policy = get("maxmemory_policy");
    if get("maxmemory") != "0" && policy != "noeviction" {
        say(
            true,
            format!("内存满时会淘汰数据（maxmemory-policy {policy}）；请设置 maxmemory-policy noeviction"),
            format!(
                "it throws data away when memory is full (maxmemory-policy {policy}): set maxmemory-policy noeviction"
            ),
        );
    }
    if get("role") == REPLICA {
        say(
            true,
            "这是副本，不接受写入；请填写主库的地址，或使用 redis+sentinel://、redis+cluster://".to_owned(),
            "this is a replica and takes no writes: name the master, or use redis+sentinel:// or redis+cluster://"
                .to_owned(),
        );
    }
    if let Durability::Replicated { replicas } = durability {
        let connected = get("connected_slaves").parse().unwrap_or(0);
        if connected < replicas {
            say(
                false,
                format!("现有 {connected} 个副本，要求 {replicas} 个确认：在副本连上之前，每次提交的结果都会报为未定"),
                format!(
                    "it has {connected} replicas, but {replicas} are to acknowledge: until they are there, the outcome \
                     of every commit is reported as unknown"
                ),
            );
        }
    }
    findings
}

/// `name:value` lines.
pub(crate) fn info(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.trim_end().split_once(':'));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(crate) fn text(value: Value) -> Result<String, StoreError> {
    match value {
        Value::BulkString(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Value::VerbatimString { text, .. } => Ok(text),
        Value::SimpleString(text) => Ok(text),
        other => Err(unexpected("INFO", &other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "redis_version:7.0.15\r\naof_enabled:1\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n\
                        role:master\r\nconnected_slaves:1\r\n";

    /// Changes a good server and looks for what is said then.
    fn check(change: (&str, &str), fsync: &str, expect: &[(&str, bool)]) {
        let info = info(&GOOD.replace(change.0, change.1));
        let findings = judge("h:1", &info, Some(fsync), Durability::Replicated { replicas: 1 });
        let got: Vec<bool> = findings.iter().map(|it| it.loses).collect();
        assert_eq!(got, expect.iter().map(|(_, loses)| *loses).collect::<Vec<_>>(), "{findings:?}");
        for ((word, _), finding) in expect.iter().zip(&findings) {
            assert!(finding.zh.contains(word) && finding.en.contains(word), "{finding}");
        }
    }

    #[test]
    fn what_would_lose_work_is_found() {
        check(("", ""), "always", &[]);
        check(("", ""), "everysec", &[("everysec", false)]);
        check(("", ""), "no", &[("appendfsync always", true)]);
        check(("aof_enabled:1", "aof_enabled:0"), "always", &[("appendonly yes", true)]);
        check(("7.0.15", "6.2.7"), "always", &[("6.2.7", true)]);
        check(("7.0.15", "10.1.0"), "always", &[]);
        check(
            ("maxmemory:0\r\nmaxmemory_policy:noeviction", "maxmemory:9\r\nmaxmemory_policy:allkeys-lru"),
            "always",
            &[("noeviction", true)],
        );
        check(("maxmemory_policy:noeviction", "maxmemory_policy:allkeys-lru"), "always", &[]);
        check(("role:master", "role:slave"), "always", &[("redis+sentinel://", true)]);
        check(("connected_slaves:1", "connected_slaves:0"), "always", &[("1", false)]);
    }
}
