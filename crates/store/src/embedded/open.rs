//! From a directory to an open store, whatever state the directory is in.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redb::{Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable};

use super::rows::{self, CentreRow, LogRow};
use super::step::{Centre, Mirror};
use super::tables::{self, Tables, failed};
use crate::chain::ChainHash;
use crate::error::StoreError;

/// The data file.
const FILE: &str = "onething.redb";
/// The data file while it is being made: under its own name it is always whole.
const FILE_NEW: &str = "onething.redb.new";
/// Locked as long as the store is open; holds the process id of who opened it.
const HOLDER: &str = "holder";
/// Changes when the rows do.
const FORMAT: u64 = 1;
/// How long a reader may keep the old file open when it has to be opened again.
const REOPEN_TRIES: u32 = 500;
const REOPEN_PAUSE: Duration = Duration::from_millis(10);

/// The open file, shared by the writer and all readers.
pub(super) struct Shared {
    directory: PathBuf,
    cache_bytes: usize,
    /// `None` only while the file is opened again after a failure, or when that failed.
    database: RwLock<Option<Arc<Database>>>,
    transactions: AtomicU64,
    requests: AtomicU64,
}

impl Shared {
    pub(super) fn database(&self) -> Result<Arc<Database>, StoreError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner).clone();
        database.ok_or_else(|| StoreError::Storage {
            what: "写入失败后数据文件尚未重新打开 / the data file is not open again after a failed write".into(),
            source: None,
        })
    }

    /// Reads in a transaction of its own. redb panics on damage it does not expect: that is an error here.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.database()?.begin_read().map_err(failed)?;
        catch_unwind(AssertUnwindSafe(|| read(&transaction))).unwrap_or_else(|_| Err(StoreError::corrupt(FILE)))
    }

    /// Opens the file again after a failed write; the answer is what it holds.
    pub(super) fn reopen(&self) -> Result<Mirror, StoreError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        *database = None;
        let mut tries = 1;
        let opened = loop {
            match open_file(&self.directory, self.cache_bytes) {
                Err(StoreError::InUse { .. }) if tries < REOPEN_TRIES => {
                    tries += 1;
                    std::thread::sleep(REOPEN_PAUSE);
                }
                result => break result?,
            }
        };
        let (_, mirror) = load(&opened)?;
        *database = Some(Arc::new(opened));
        Ok(mirror)
    }

    pub(super) fn count(&self, requests: u64) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
        self.requests.fetch_add(requests, Ordering::Relaxed);
    }

    /// Transactions and requests so far.
    pub(super) fn counted(&self) -> (u64, u64) {
        (self.transactions.load(Ordering::Relaxed), self.requests.load(Ordering::Relaxed))
    }
}

/// Everything needed to run a store.
pub(super) struct Opened {
    pub(super) shared: Shared,
    pub(super) mirror: Mirror,
    pub(super) chain: ChainHash,
    /// Keeps others out until it is dropped.
    pub(super) holder: File,
}

/// Opens the store in `directory`, or makes it with `chain` if there is none.
pub(super) fn open(directory: &Path, chain: Option<ChainHash>, cache_bytes: usize) -> Result<Opened, StoreError> {
    let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(unusable)?;
    let holder = hold(directory)?;
    if !directory.join(FILE).try_exists().map_err(unusable)? {
        create(directory, chain.unwrap_or_default(), cache_bytes)?;
    }
    let database = open_file(directory, cache_bytes)?;
    let (found, mirror) = load(&database)?;
    if let Some(wished) = chain.filter(|wished| *wished != found) {
        return Err(StoreError::OtherChain { directory: directory.to_owned(), found, wished });
    }
    let shared = Shared {
        directory: directory.to_owned(),
        cache_bytes,
        database: RwLock::new(Some(Arc::new(database))),
        transactions: AtomicU64::new(0),
        requests: AtomicU64::new(0),
    };
    Ok(Opened { shared, mirror, chain: found, holder })
}

/// Takes the directory for this process. The lock goes with the process, however it ends.
fn hold(directory: &Path) -> Result<File, StoreError> {
    let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
    let path = directory.join(HOLDER);
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = options.map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Whoever holds it may just be writing its number: the sentence does without.
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "?" } else { holder.trim() };
            return Err(StoreError::InUse { directory: directory.to_owned(), holder: holder.to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(unusable(source)),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(unusable)?;
    Ok(file)
}

/// Makes an empty store beside its final name and moves it there when it is whole.
fn create(directory: &Path, chain: ChainHash, cache_bytes: usize) -> Result<(), StoreError> {
    let unusable = |source| StoreError::Directory { directory: directory.to_owned(), source };
    let new = directory.join(FILE_NEW);
    if new.try_exists().map_err(unusable)? {
        fs::remove_file(&new).map_err(unusable)?;
    }
    let database = Database::builder().set_cache_size(cache_bytes).create(&new).map_err(failed)?;
    let transaction = database.begin_write().map_err(failed)?;
    let mut tables = Tables::open(&transaction)?;
    tables.system.insert("format", &FORMAT.to_le_bytes()[..]).map_err(failed)?;
    tables.system.insert("chain", &[chain.code()][..]).map_err(failed)?;
    drop(tables);
    transaction.commit().map_err(failed)?;
    database.close().map_err(failed)?;
    fs::rename(&new, directory.join(FILE)).map_err(unusable)?;
    // The name must be on disk before anything acknowledged is.
    File::open(directory).and_then(|it| it.sync_all()).map_err(unusable)
}

fn open_file(directory: &Path, cache_bytes: usize) -> Result<Database, StoreError> {
    let path = directory.join(FILE);
    // redb takes an empty file for a new one; here it is one that was cut.
    let length = fs::metadata(&path).map_err(|source| StoreError::Directory { directory: directory.into(), source })?;
    if length.len() == 0 {
        return Err(StoreError::corrupt(format!("{} 为空 / is empty", path.display())));
    }
    let open = AssertUnwindSafe(|| Database::builder().set_cache_size(cache_bytes).open(&path));
    match catch_unwind(open) {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(DatabaseError::DatabaseAlreadyOpen)) => {
            Err(StoreError::InUse { directory: directory.into(), holder: "?".into() })
        }
        Ok(Err(error)) => Err(StoreError::corrupt(format!("{}: {error}", path.display()))),
        Err(_) => Err(StoreError::corrupt(path.display().to_string())),
    }
}

/// Reads what the writer holds in memory.
fn load(database: &Database) -> Result<(ChainHash, Mirror), StoreError> {
    let load = AssertUnwindSafe(|| load_tables(&database.begin_read().map_err(failed)?));
    catch_unwind(load).unwrap_or_else(|_| Err(StoreError::corrupt(FILE)))
}

fn load_tables(transaction: &ReadTransaction) -> Result<(ChainHash, Mirror), StoreError> {
    let damage = |what: &str| StoreError::corrupt(format!("{FILE}: {what}"));
    let system = transaction.open_table(tables::SYSTEM).map_err(failed)?;
    let format = system.get("format").map_err(failed)?.ok_or_else(|| damage("format"))?;
    let found = format.value().try_into().map(u64::from_le_bytes).map_err(|_| damage("format"))?;
    if found != FORMAT {
        return Err(StoreError::Format { found, known: FORMAT });
    }
    let chain = system.get("chain").map_err(failed)?.and_then(|it| ChainHash::from_code(it.value()));
    let chain = chain.ok_or_else(|| damage("chain"))?;

    let mut mirror = Mirror::default();
    let mut indexed = 0;
    if let Some(row) = system.get("counters").map_err(failed)? {
        (mirror.counters, indexed) = rows::decode_counters(row.value())?;
    }
    for row in transaction.open_table(tables::LOG).map_err(failed)?.range(indexed + 1..).map_err(failed)? {
        let (number, row) = row.map_err(failed)?;
        let row = LogRow::decode(row.value())?;
        mirror.recent.insert(tables::named(&row.centre, row.command.as_str()), number.value());
    }
    for row in transaction.open_table(tables::CENTRES).map_err(failed)?.iter().map_err(failed)? {
        let (centre, row) = row.map_err(failed)?;
        mirror.centres.insert(centre.value().into(), Centre::new(CentreRow::decode(row.value())?));
    }
    for row in transaction.open_table(tables::TASKS).map_err(failed)?.iter().map_err(failed)? {
        let (slot, row) = row.map_err(failed)?;
        let (centre, number, task) = rows::decode_task(row.value())?;
        mirror.slots.restore(number, slot.value());
        let centre = mirror.centres.get_mut(&centre).ok_or_else(|| damage("centres"))?;
        centre.board.restore(number, task);
    }
    for row in transaction.open_table(tables::TIMERS).map_err(failed)?.iter().map_err(failed)? {
        let (key, due_ms) = row.map_err(failed)?;
        let (centre, timer) = tables::timer_of(key.value())?;
        let centre = mirror.centres.get_mut(&centre).ok_or_else(|| damage("centres"))?;
        centre.board.set_timer(timer, Some(due_ms.value()));
    }
    for centre in mirror.centres.values_mut() {
        // Restoring is not a change.
        drop(centre.board.take_changed());
    }
    Ok((chain, mirror))
}

impl ChainHash {
    /// As it is kept in the file.
    fn code(self) -> u8 {
        match self {
            Self::Sha256 => 0,
            Self::Sm3 => 1,
        }
    }

    fn from_code(code: &[u8]) -> Option<Self> {
        match code {
            [0] => Some(Self::Sha256),
            [1] => Some(Self::Sm3),
            _ => None,
        }
    }
}
