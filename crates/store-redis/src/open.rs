//! Opening a store, and what all its methods use.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use onething_store::{CaseId, CentreId, ChainHash, Claimed, Commit, StoreError, bounds};
use redis::{Cmd, Value};

use crate::check::{self, Finding};
use crate::commit::{self, After, Answer};
use crate::keys::{self, CentreKeys};
use crate::net::error::unexpected;
use crate::net::{Net, Request};
use crate::reply::Parts;
use crate::script::{self, Script};

/// The format this program writes and reads.
const FORMAT: &str = "1";
/// Cases whose head is remembered, so that a commit needs no look at it first; past it all are forgotten.
const HEADS_MAX: usize = 16_384;
/// Centres whose keys are remembered; past it all are made again.
const CENTRES_MAX: usize = 4096;
/// Connections to each node where replicas are waited for: a connection that waits takes nothing else meanwhile.
const REPLICATED_LANES: usize = 16;
/// How long replicas may take.
const REPLICAS_MS: u64 = 1000;

/// What an acknowledged commit survives. `docs/redis.md` has it as a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// What the master's own persistence survives.
    #[default]
    Local,
    /// The loss of the master as well: so many replicas have it.
    Replicated {
        /// How many.
        replicas: u32,
    },
}

/// How the store is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// The hash function of the chains; what the store was made with if `None`, and SHA-256 if it is new.
    pub chain: Option<ChainHash>,
    /// What an acknowledged commit survives.
    pub durability: Durability,
    /// How long a command is remembered: submitted again later, it is judged as a new one.
    pub command_horizon: Duration,
    /// Whether to use a server that may lose what it acknowledged; see [`RedisStore::findings`].
    pub accept_loss: bool,
}

impl Default for Options {
    fn default() -> Self {
        // A week: whoever was away over a long weekend can still ask again.
        let command_horizon = Duration::from_secs(7 * 24 * 60 * 60);
        Self { chain: None, durability: Durability::default(), command_horizon, accept_loss: false }
    }
}

/// A store on Redis. Any number of processes may use the same one.
pub struct RedisStore {
    pub(crate) net: Arc<Net>,
    pub(crate) chain: ChainHash,
    pub(crate) options: Options,
    findings: Vec<Finding>,
    centres: Mutex<HashMap<CentreId, Arc<CentreKeys>>>,
    /// Centres known to be listed.
    listed: Mutex<BTreeSet<CentreId>>,
    /// Version and head of cases met lately.
    heads: Mutex<Heads>,
    /// Tells the calls of this store from those of every other.
    name: u64,
    calls: AtomicU64,
}

type Heads = HashMap<(CentreId, CaseId), (u64, [u8; 32])>;

/// What a call of a script that writes says about itself.
pub(crate) struct Call<'a> {
    /// The same however often the call is sent.
    pub(crate) nonce: &'a [u8; 16],
    pub(crate) horizon_ms: u64,
    pub(crate) replicated: bool,
}

impl RedisStore {
    /// Opens the store at an address, which `docs/redis.md` describes.
    ///
    /// # Errors
    /// The address makes no sense, a server does not answer or may lose what it acknowledged, or it holds a store of
    /// another format or hash function.
    pub async fn open(url: &str, options: Options) -> Result<Self, StoreError> {
        let (topology, login) = crate::address::read(url)?;
        let lanes = match options.durability {
            Durability::Local => 1,
            Durability::Replicated { .. } => REPLICATED_LANES,
        };
        let net = Arc::new(Net::new(topology, login, lanes));
        let findings = check::check(&net, options.durability).await?;
        if !options.accept_loss && findings.iter().any(|it| it.loses) {
            let told = |words: fn(&Finding) -> &str| {
                findings.iter().map(|it| format!("{}: {}", it.node, words(it))).collect::<Vec<_>>().join("\n")
            };
            return Err(StoreError::Unsafe { zh: told(|it| &it.zh), en: told(|it| &it.en) });
        }
        let chain = chain(&net, options.chain).await?;
        Ok(Self {
            net,
            chain,
            options,
            findings,
            centres: Mutex::default(),
            listed: Mutex::default(),
            heads: Mutex::default(),
            name: RandomState::new().build_hasher().finish(),
            calls: AtomicU64::new(0),
        })
    }

    /// What whoever runs the servers should know about them, as they were when the store was opened.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Removes a closed case that an archive has by now, if its chain still ends with `head`. Its number is not used
    /// again.
    ///
    /// # Errors
    /// As every method of [`Store`](onething_store::Store).
    pub async fn forget(&self, centre: &CentreId, case: &CaseId, head: [u8; 32]) -> Result<bool, StoreError> {
        let keys = self.keys(centre)?;
        let mut cmd = called(&script::FORGET);
        cmd.arg(4).arg(&keys.cases).arg(keys.history(case)).arg(&keys.index).arg(&keys.archived);
        cmd.arg(case.as_str()).arg(&head[..]);
        match self.call(keys.slot, &script::FORGET, cmd).await? {
            Value::Int(count) => Ok(count == 1),
            other => Err(unexpected("a removal", &other)),
        }
    }

    /// Bytes of memory that the node which holds a centre uses for everything it holds.
    ///
    /// # Errors
    /// As every method of [`Store`](onething_store::Store).
    pub async fn used_memory(&self, centre: &CentreId) -> Result<u64, StoreError> {
        let mut cmd = redis::cmd("INFO");
        cmd.arg("memory");
        let info = check::info(&check::text(self.ask(self.keys(centre)?.slot, cmd).await?)?);
        Ok(info.get("used_memory").and_then(|bytes| bytes.parse().ok()).unwrap_or_default())
    }

    pub(crate) fn keys(&self, centre: &CentreId) -> Result<Arc<CentreKeys>, StoreError> {
        let mut known = lock(&self.centres);
        if let Some(keys) = known.get(centre) {
            return Ok(keys.clone());
        }
        bounds::name("centre id", centre.as_str())?;
        if known.len() >= CENTRES_MAX {
            known.clear();
        }
        let keys = Arc::new(CentreKeys::new(centre));
        known.insert(centre.clone(), keys.clone());
        Ok(keys)
    }

    pub(crate) fn nonce(&self) -> [u8; 16] {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.name.to_be_bytes());
        nonce[8..].copy_from_slice(&self.calls.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        nonce
    }

    /// Sends a plain command to a node.
    pub(crate) async fn ask(&self, slot: u16, cmd: Cmd) -> Result<Value, StoreError> {
        Ok(self.net.send(slot, &Request { cmd, script: None, then: None }).await?.0)
    }

    /// Calls a script on keys of one centre.
    pub(crate) async fn call(&self, slot: u16, script: &Script, cmd: Cmd) -> Result<Value, StoreError> {
        Ok(self.net.send(slot, &Request { cmd, script: Some(script), then: None }).await?.0)
    }

    /// Makes sure that a centre is listed before anything is in it, so that none with cases is missing from the list.
    pub(crate) async fn list(&self, centre: &CentreId) -> Result<(), StoreError> {
        if lock(&self.listed).contains(centre) {
            return Ok(());
        }
        let mut cmd = redis::cmd("ZADD");
        cmd.arg(keys::CENTRES).arg(0).arg(centre.as_str());
        self.ask(keys::slot(keys::CENTRES), cmd).await?;
        lock(&self.listed).insert(centre.clone());
        Ok(())
    }

    /// The head a commit builds on. Where the case is not at the version expected it does not matter.
    pub(crate) async fn head_before(&self, keys: &CentreKeys, commit: &Commit) -> Result<[u8; 32], StoreError> {
        if commit.expect_version == 0 {
            return Ok(self.chain.genesis(&commit.centre, &commit.case));
        }
        let known = lock(&self.heads).get(&(commit.centre.clone(), commit.case.clone())).copied();
        match known {
            Some((version, head)) if version == commit.expect_version => Ok(head),
            _ => Ok(self.where_is(keys, &commit.case).await?.map_or([0; 32], |it| it.head)),
        }
    }

    pub(crate) fn remember(&self, centre: &CentreId, case: &CaseId, version: u64, head: [u8; 32]) {
        let mut heads = lock(&self.heads);
        if heads.len() >= HEADS_MAX {
            heads.clear();
        }
        heads.insert((centre.clone(), case.clone()), (version, head));
    }

    pub(crate) fn remember_claimed(&self, centre: &CentreId, claimed: Option<&Claimed>) {
        if let Some(claimed) = claimed
            && let Some(case) = &claimed.case
        {
            self.remember(centre, &claimed.lease.task.case, case.version, case.head);
        }
    }

    pub(crate) async fn where_is(&self, keys: &CentreKeys, case: &CaseId) -> Result<Option<Standing>, StoreError> {
        let mut cmd = called(&script::HEAD);
        cmd.arg(2).arg(&keys.cases).arg(keys.history(case)).arg(case.as_str());
        let mut parts = Parts::new("a head", self.call(keys.slot, &script::HEAD, cmd).await?)?;
        if parts.is_empty() {
            return Ok(None);
        }
        Ok(Some(Standing { version: parts.unsigned()?, head: parts.array()?, records: parts.unsigned()? }))
    }

    /// Rows of a history, oldest first.
    pub(crate) async fn rows(
        &self,
        keys: &CentreKeys,
        case: &CaseId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut cmd = redis::cmd("LRANGE");
        cmd.arg(keys.history(case)).arg(from - 1).arg(from - 1 + limit as u64 - 1);
        let mut parts = Parts::new("a history", self.ask(keys.slot, cmd).await?)?;
        let mut rows = Vec::new();
        while !parts.is_empty() {
            rows.push(parts.bytes()?);
        }
        Ok(rows)
    }

    /// Asks for a commit once, and for replicas if they are to have it.
    pub(crate) async fn commit_once(
        &self,
        keys: &CentreKeys,
        commit: &Commit,
        head: [u8; 32],
        call: &Call<'_>,
    ) -> Result<(Answer, After), StoreError> {
        let after = After::of(commit, self.chain, head);
        let mut cmd = called(&script::COMMIT);
        commit::write(&mut cmd, keys, commit, head, &after, call)?;
        let (answer, acknowledged) = self.acknowledged(keys.slot, Some(&script::COMMIT), cmd).await?;
        let answer = commit::read(answer, commit, &after)?;
        if answer.is_settled() {
            acknowledged?;
        }
        Ok((answer, after))
    }

    /// Sends a command, and whether replicas have all that was written until then, if they are to.
    pub(crate) async fn acknowledged(
        &self,
        slot: u16,
        script: Option<&Script>,
        cmd: Cmd,
    ) -> Result<(Value, Result<(), StoreError>), StoreError> {
        let Durability::Replicated { replicas } = self.options.durability else {
            return Ok((self.net.send(slot, &Request { cmd, script, then: None }).await?.0, Ok(())));
        };
        let mut wait = redis::cmd("WAIT");
        wait.arg(replicas).arg(REPLICAS_MS);
        let (answer, waited) = self.net.send(slot, &Request { cmd, script, then: Some(wait) }).await?;
        let Some(Value::Int(count)) = waited else { return Err(unexpected("WAIT", &waited.unwrap_or(Value::Nil))) };
        let acknowledged = u32::try_from(count).unwrap_or(0);
        let enough = acknowledged >= replicas;
        let few = StoreError::Unacknowledged { acknowledged, wanted: replicas };
        Ok((answer, if enough { Ok(()) } else { Err(few) }))
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut cmd = redis::cmd("GET");
        cmd.arg(name);
        match self.ask(keys::slot(name), cmd).await? {
            Value::Nil => Ok(None),
            Value::BulkString(bytes) => Ok(Some(bytes)),
            other => Err(unexpected("GET", &other)),
        }
    }
}

/// Where a case stands.
pub(crate) struct Standing {
    pub(crate) version: u64,
    pub(crate) head: [u8; 32],
    /// Records in its history.
    pub(crate) records: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each critical section leaves what it guards whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn called(script: &Script) -> Cmd {
    let mut cmd = redis::cmd("EVALSHA");
    cmd.arg(&script.hash);
    cmd
}

/// Finds the format and the hash function, or sets them where nothing is.
async fn chain(net: &Net, wish: Option<ChainHash>) -> Result<ChainHash, StoreError> {
    let ask = async |cmd: Cmd| {
        let request = Request { cmd, script: None, then: None };
        Ok::<Value, StoreError>(net.send(keys::slot(keys::STORE), &request).await?.0)
    };
    let field = async |field: &str, value: &str| {
        let mut get = redis::cmd("HGET");
        get.arg(keys::STORE).arg(field);
        let mut found = ask(get.clone()).await?;
        // Only of a new store: a server that is full can be read, and refuses to be written to.
        if found == Value::Nil {
            let mut set = redis::cmd("HSETNX");
            set.arg(keys::STORE).arg(field).arg(value);
            ask(set).await?;
            found = ask(get).await?;
        }
        match found {
            Value::BulkString(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            other => Err(unexpected("HGET", &other)),
        }
    };
    let format = field("format", FORMAT).await?;
    if format != FORMAT {
        return Err(StoreError::Format { found: format.parse().unwrap_or(0), known: 1 });
    }
    let kept = field("chain", &wish.unwrap_or_default().to_string()).await?;
    let chain = [ChainHash::Sha256, ChainHash::Sm3].into_iter().find(|chain| chain.to_string() == kept);
    match chain {
        Some(chain) if wish.is_none_or(|wish| wish == chain) => Ok(chain),
        _ => {
            let wish = wish.unwrap_or_default();
            let zh = format!("这个存储的历史记录链用 {kept}，不能改用 {wish}");
            let en =
                format!("the chains in this store are made with {kept} and stay so: {wish} cannot be chosen any more");
            Err(StoreError::Server { zh, en, source: None })
        }
    }
}
