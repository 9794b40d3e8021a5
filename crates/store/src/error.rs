//! What can go wrong in a store, in a sentence for whoever runs it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::chain::ChainHash;
use crate::ids::Queue;

/// A failure of the store, or of what was asked of it. An outcome the caller must expect, such as a conflict or a
/// lost lease, is not here but in [`CommitOutcome`](crate::CommitOutcome).
///
/// After an error nothing of the request is in the store, except after [`StoreError::Stopped`],
/// [`StoreError::Server`], [`StoreError::Unacknowledged`] and [`StoreError::Storage`], where a commit may or may not be: submit it again under the same command id.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A part of the request is beyond its bound. Not worth a retry.
    #[error("{what} 为 {actual}，上限为 {max} / expected {what} of at most {max}, but got {actual}")]
    TooLarge {
        /// Which part, for example `state bytes`.
        what: &'static str,
        /// What was given.
        actual: u64,
        /// What is allowed.
        max: u64,
    },
    /// A part of the request contradicts itself or the store. Not worth a retry.
    #[error("请求无效：{what} / invalid request: {what}")]
    Invalid {
        /// What was expected and what came.
        what: String,
    },
    /// A queue is full. Retry when tasks have been taken from it.
    #[error("队列 {queue} 已满（上限 {max}），请稍后重试 / queue {queue} is full (at most {max}): try again later")]
    QueueFull {
        /// The queue.
        queue: Queue,
        /// Its bound, tasks.
        max: u64,
    },
    /// Too many messages wait to be delivered. Retry when some have been acknowledged.
    #[error("待发消息已满（上限 {max}），请稍后重试 / the outbox is full (at most {max}): try again later")]
    OutboxFull {
        /// Its bound, messages.
        max: u64,
    },
    /// More requests wait than the store takes. Retry.
    #[error(
        "存储繁忙（等待的请求超过 {max}），请稍后重试 / the store is busy (over {max} requests wait): try again later"
    )]
    Busy {
        /// The bound, requests.
        max: u64,
    },
    /// A blob is written once, and this key holds other bytes.
    #[error("键 {key} 已有不同内容 / blob {key} exists with other content")]
    BlobTaken {
        /// The key.
        key: String,
    },
    /// Another process has the data directory open.
    #[error(
        "数据目录 {} 正被进程 {holder} 使用，请先停止它 / data directory {} is in use by process {holder}: stop it first",
        .directory.display(), .directory.display()
    )]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// Its process id, or `?` if it left none.
        holder: String,
    },
    /// The data directory cannot be made, read or written.
    #[error("无法使用数据目录 {}：{source} / cannot use data directory {}: {source}", .directory.display(), .directory.display())]
    Directory {
        /// The data directory.
        directory: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The data is damaged. It is left as it is: restore a copy.
    #[error(
        "数据文件已损坏或不完整（{what}），未作任何改动，请从备份恢复 / the data is damaged or incomplete ({what}); nothing was changed: restore a copy"
    )]
    Corrupt {
        /// Where the damage was met.
        what: String,
    },
    /// The data was written in a format this program does not know.
    #[error("数据格式版本为 {found}，本程序支持 {known} / the data has format {found}, this program knows {known}")]
    Format {
        /// The format found.
        found: u64,
        /// The format known.
        known: u64,
    },
    /// The store was made with another hash function. Open it without asking for one, or name another directory.
    #[error(
        "数据目录 {} 的历史记录链用 {found}，不能改用 {wished} / the chains in data directory {} are made with {found} and stay so: {wished} cannot be chosen any more",
        .directory.display(), .directory.display()
    )]
    OtherChain {
        /// The data directory.
        directory: PathBuf,
        /// The hash function it was made with.
        found: ChainHash,
        /// The one asked for.
        wished: ChainHash,
    },
    /// What the data would be entrusted to may lose it.
    #[error("{zh}\n可能丢失数据，已拒绝使用 / {en}\nrefused, as it may lose data")]
    Unsafe {
        /// What is wrong and how to mend it, a line each, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// Reading or writing failed, for example because the disk is full. Retry once the cause is removed.
    #[error("存储读写失败：{what} / storage failed: {what}")]
    Storage {
        /// What was being done, and what the system said.
        what: String,
        /// The cause, shared by all whose requests failed with it.
        #[source]
        source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    },
    /// The address of the store makes no sense. Not worth a retry.
    #[error("存储的地址不对：{zh} / the address of the store is wrong: {en}")]
    Address {
        /// What is wrong with it, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
    },
    /// The machine that holds the store refused, or could not be reached.
    #[error("{zh} / {en}")]
    Server {
        /// What happened and how to mend it, in Chinese.
        zh: String,
        /// The same in English.
        en: String,
        /// What it or the network said.
        #[source]
        source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    },
    /// The request was done, but fewer machines than wanted said that they have it: should the one that did it be lost
    /// now, it may be lost too. Submit it again under the same command id until it is acknowledged.
    #[error(
        "只有 {acknowledged} 个副本确认（要求 {wanted} 个），结果未定：请用同一命令编号再次提交 / only {acknowledged} of {wanted} \
         replicas acknowledged, the outcome is unknown: submit again under the same command id"
    )]
    Unacknowledged {
        /// How many have it.
        acknowledged: u32,
        /// How many were to have it.
        wanted: u32,
    },
    /// The store has been shut down.
    #[error("存储已关闭 / the store has been shut down")]
    Stopped,
}

impl StoreError {
    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Self::Invalid { what: what.into() }
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}
