//! Where the data is: a directory of this machine, or a store that many machines share.

use std::path::PathBuf;
use std::sync::Arc;

use onething_store::{ChainHash, EmbeddedStore, Options, Store};
use onething_store_redis::{Durability, RedisStore};

use crate::chain::Wish;
use crate::commands::case::DATA;
use crate::exit::{BROKEN, Failure, USAGE};

/// The place named on the command line.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    /// 数据目录 / The data directory
    #[arg(long, global = true, default_value = DATA)]
    pub(crate) data: PathBuf,
    /// 多台机器共用的存储（见 docs/redis.md）：redis://、redis+sentinel://、redis+cluster:// / A store that many machines share (see docs/redis.md)
    #[arg(long, global = true, value_name = "URL", conflicts_with = "data")]
    store: Option<String>,
    /// 每次提交须有几个副本确认；0 为只由主库落盘 / How many replicas must have a commit before it is acknowledged; 0: the master's disk alone
    #[arg(long, global = true, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10))]
    replicas: u32,
    /// 存储的设置会丢数据也照样使用 / Use a store even though its settings may lose data
    #[arg(long, global = true)]
    accept_loss: bool,
}

impl Place {
    /// A place named by one word: a directory, or the address of a shared store.
    pub(crate) fn named(word: &str, accept_loss: bool) -> Self {
        let store = word.contains("://").then(|| word.to_owned());
        let data = if store.is_some() { DATA.into() } else { word.into() };
        Self { data, store, replicas: 0, accept_loss }
    }

    /// Another place named by one word, to be used as this one is.
    pub(crate) fn elsewhere(&self, word: &str) -> Self {
        Self { replicas: self.replicas, ..Self::named(word, self.accept_loss) }
    }

    /// Fails if it is a directory that is not there: whoever only reads must not make one.
    pub(crate) fn must_exist(&self) -> Result<(), Failure> {
        if self.is_shared() || self.data.is_dir() {
            return Ok(());
        }
        let data = self.data.display();
        let (zh, en) = (format!("没有数据目录 {data}"), format!("there is no data directory {data}"));
        Err(Failure::new(BROKEN, zh, en))
    }

    /// Whether it is a store that many machines share.
    pub(crate) fn is_shared(&self) -> bool {
        self.store.is_some()
    }

    /// Its name, without a password.
    pub(crate) fn name(&self) -> String {
        match &self.store {
            Some(url) => onething_store_redis::shown(url),
            None => self.data.display().to_string(),
        }
    }

    /// What names it on a command line.
    pub(crate) fn option(&self) -> String {
        let option = if self.is_shared() { "--store" } else { "--data" };
        format!("{option} {}", self.name())
    }

    /// Opens it, and says loudly what of a shared one is not as it should be.
    pub(crate) async fn open(&self, chain: Wish) -> Result<Arc<dyn Store>, Failure> {
        self.open_with(chain.hash()).await
    }

    /// Opens it with this hash function; with its own if `None`.
    pub(crate) async fn open_with(&self, chain: Option<ChainHash>) -> Result<Arc<dyn Store>, Failure> {
        if self.is_shared() {
            return Ok(self.open_shared_with(chain).await?);
        }
        let options = Options { chain, ..Options::default() };
        Ok(Arc::new(EmbeddedStore::open(&self.data, options)?))
    }

    /// Opens a store that many machines share; there must be one.
    pub(crate) async fn open_shared(&self) -> Result<Arc<RedisStore>, Failure> {
        self.open_shared_with(None).await
    }

    async fn open_shared_with(&self, chain: Option<ChainHash>) -> Result<Arc<RedisStore>, Failure> {
        let Some(url) = &self.store else {
            let (zh, en) = ("需要共用的存储：--store redis://…", "a shared store is needed: --store redis://…");
            return Err(Failure::new(USAGE, zh, en));
        };
        let durability = match self.replicas {
            0 => Durability::Local,
            replicas => Durability::Replicated { replicas },
        };
        let options = onething_store_redis::Options {
            chain,
            durability,
            accept_loss: self.accept_loss,
            ..onething_store_redis::Options::default()
        };
        let store = RedisStore::open(url, options).await?;
        for finding in store.findings() {
            eprintln!("注意 note：{}：{}\n    {}", finding.node, finding.zh, finding.en);
        }
        Ok(Arc::new(store))
    }
}
