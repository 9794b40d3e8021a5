//! What a failure of the server or of the way to it is told as.

use std::sync::Arc;

use onething_store::StoreError;
use redis::{ErrorKind, RedisError};

use super::{ANSWER_MAX, Topology};

/// The server answered, with an error that no retry mends.
pub(crate) fn refused(failure: RedisError) -> StoreError {
    let (zh, en) = match failure.code() {
        _ if failure.kind() == ErrorKind::AuthenticationFailed => login(),
        Some("NOAUTH" | "WRONGPASS") => login(),
        Some("OOM") => (
            "Redis 内存已满，没有写入任何内容；请调大 maxmemory，或归档已办结的办件",
            "Redis is out of memory and nothing was written: raise maxmemory, or archive closed cases",
        ),
        Some("NOPERM") => {
            ("这个 Redis 用户没有所需的权限，见 docs/redis.md", "this Redis user lacks a permission, see docs/redis.md")
        }
        Some("MISCONF") => ("Redis 不能落盘，拒绝写入", "Redis cannot write to its disk and refuses to be written to"),
        _ => ("Redis 拒绝了请求", "Redis refused"),
    };
    server(zh, en, Some(failure))
}

fn login() -> (&'static str, &'static str) {
    ("Redis 不接受这个用户名或密码", "Redis does not take this user name or password")
}

/// No retry got through in time.
pub(super) fn unreachable(whom: &Topology, failure: RedisError, attempts: u32) -> StoreError {
    if failure.kind() == ErrorKind::AuthenticationFailed {
        return refused(failure);
    }
    let zh = format!("试了 {attempts} 次都连不上 Redis {whom}");
    let en = format!("Redis at {whom} could not be reached in {attempts} attempts");
    server(&zh, &en, Some(failure))
}

/// There was no answer in time.
pub(super) fn silent(whom: &Topology, attempts: u32) -> StoreError {
    let seconds = ANSWER_MAX.as_secs_f64();
    let zh = format!("Redis {whom} 在 {seconds} 秒内没有应答（试了 {attempts} 次）");
    server(&zh, &format!("Redis at {whom} gave no answer within {seconds} s ({attempts} attempts)"), None)
}

/// The answer is none that is given to this question.
pub(crate) fn unexpected(what: &str, got: &redis::Value) -> StoreError {
    let mut got = format!("{got:?}");
    got.truncate(got.floor_char_boundary(200));
    server(&format!("Redis 的应答读不懂：{got}"), &format!("expected an answer to {what}, but got {got}"), None)
}

fn server(zh: &str, en: &str, failure: Option<RedisError>) -> StoreError {
    let said = failure.as_ref().map(|failure| format!("（{failure}）")).unwrap_or_default();
    let (zh, en) = (format!("{zh}{said}"), format!("{en}{}", said.replace('（', " (").replace('）', ")")));
    StoreError::Server { zh, en, source: failure.map(|failure| Arc::new(failure) as _) }
}
