//! A data directory in any state: a clear sentence, and nothing in it changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use onething_store::conformance::T0;
use onething_store::{ChainHash, Commit, CommitOutcome, EmbeddedStore, Filter, Options, Store, StoreError, Verdict};
use redb::ReadableTable;

fn open(directory: &Path, chain: Option<ChainHash>) -> Result<EmbeddedStore, StoreError> {
    EmbeddedStore::open(directory, Options { chain, ..Options::default() })
}

fn file(directory: &Path) -> PathBuf {
    directory.join("onething.redb")
}

/// A store with some cases, closed.
fn filled() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(directory.path(), Some(ChainHash::Sm3)).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut commits = tokio::task::JoinSet::new();
        for number in 0..300 {
            let mut commit = Commit::new("c".into(), format!("c{number}").into(), format!("k{number}").into(), 0, T0);
            (commit.events, commit.state) = (vec![vec![7; 500]; 4], vec![8; 2000]);
            let store = Arc::clone(&store);
            commits.spawn(async move { store.commit(commit).await.unwrap() });
        }
        for outcome in commits.join_all().await {
            assert!(matches!(outcome, CommitOutcome::Committed { .. }));
        }
    });
    drop(runtime);
    directory
}

fn refusal(directory: &Path, chain: Option<ChainHash>) -> StoreError {
    match open(directory, chain) {
        Ok(_) => panic!("expected a refusal of {}", directory.display()),
        Err(error) => error,
    }
}

/// The sentence is in both languages.
fn sentence(error: &StoreError) -> String {
    let text = error.to_string();
    let (chinese, english) = text.split_once(" / ").unwrap();
    assert!(chinese.chars().any(|it| ('\u{4e00}'..'\u{9fff}').contains(&it)), "{text}");
    assert!(english.chars().any(|it| it.is_ascii_alphabetic()), "{text}");
    text
}

#[test]
fn a_second_opening_is_told_who_has_it() {
    let directory = filled();
    let store = open(directory.path(), None).unwrap();
    let error = refusal(directory.path(), None);
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
    assert!(sentence(&error).contains(&std::process::id().to_string()), "{error}");
    drop(store);
    open(directory.path(), None).unwrap();
}

#[test]
fn a_store_keeps_its_hash_function() {
    let directory = filled();
    assert_eq!(open(directory.path(), None).unwrap().chain(), ChainHash::Sm3);
    let error = refusal(directory.path(), Some(ChainHash::Sha256));
    assert!(matches!(error, StoreError::OtherChain { .. }), "{error:?}");
    sentence(&error);
}

/// Cut anywhere, the file is refused or, if what was cut held nothing, complete; and it is left as it was.
#[test]
fn a_file_cut_short_is_refused_and_left_alone() {
    let directory = filled();
    let whole = std::fs::read(file(directory.path())).unwrap();
    let mut lengths = vec![0, 1, 100, 511, 4095, 4096, 4097, 8192, whole.len() - 4096, whole.len() - 1];
    lengths.extend((1..20).map(|part| whole.len() * part / 20));
    let mut refused = 0;
    for length in lengths {
        std::fs::write(file(directory.path()), &whole[..length]).unwrap();
        match open(directory.path(), None) {
            Err(error) => {
                refused += 1;
                assert!(matches!(error, StoreError::Corrupt { .. }), "at {length}: {error:?}");
                sentence(&error);
                let left = std::fs::read(file(directory.path())).unwrap();
                assert!(left == whole[..length], "the file cut to {length} was changed");
            }
            Ok(store) => complete(&store),
        }
    }
    assert!(refused > 10, "only {refused}");
}

fn complete(store: &EmbeddedStore) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for number in 0..300 {
            let verdict = store.verify(&"c".into(), &format!("k{number}").into()).await.unwrap();
            assert!(matches!(verdict, Some(Verdict::Intact { version: 4, .. })), "{verdict:?}");
        }
    });
}

#[test]
fn rubbish_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    for rubbish in [b"{}".to_vec(), vec![0; 10_000], vec![0xff; 1 << 20]] {
        std::fs::write(file(directory.path()), &rubbish).unwrap();
        let error = refusal(directory.path(), None);
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
        sentence(&error);
        assert!(std::fs::read(file(directory.path())).unwrap() == rubbish);
    }
}

/// A byte changed anywhere ends in an answer, an error or a verdict, and never in a panic.
#[test]
fn a_damaged_file_never_panics() {
    let directory = filled();
    let whole = std::fs::read(file(directory.path())).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for part in 0..60 {
        let mut damaged = whole.clone();
        let at = if part < 20 { part * 13 } else { whole.len() * part / 61 };
        for byte in &mut damaged[at..(at + 64).min(whole.len())] {
            *byte ^= 0x5a;
        }
        std::fs::write(file(directory.path()), &damaged).unwrap();
        let Ok(store) = open(directory.path(), None) else { continue };
        runtime.block_on(async {
            for number in 0..300 {
                let case = format!("k{number}").into();
                drop(store.load(&"c".into(), &case).await);
                drop(store.verify(&"c".into(), &case).await);
            }
            drop(store.search(&"c".into(), &Filter::default(), None, 1000).await);
            let mut commit = Commit::new("c".into(), "new".into(), "new".into(), 0, T0);
            commit.events = vec![vec![1]];
            drop(store.commit(commit).await);
        });
    }
}

#[test]
fn an_unusable_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let below_a_file = directory.path().join("file").join("data");
    std::fs::write(directory.path().join("file"), b"x").unwrap();
    let error = refusal(&below_a_file, None);
    assert!(matches!(error, StoreError::Directory { .. }), "{error:?}");
    assert!(sentence(&error).contains("file"), "{error}");
}

#[test]
fn another_format_is_named() {
    let directory = filled();
    let table: redb::TableDefinition<&str, &[u8]> = redb::TableDefinition::new("system");
    let database = redb::Database::open(file(directory.path())).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert("format", &99_u64.to_le_bytes()[..]).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = refusal(directory.path(), None);
    assert!(matches!(error, StoreError::Format { found: 99, .. }), "{error:?}");
    sentence(&error);
}

/// What a process killed while it made the store has left behind is in nobody's way.
#[test]
fn a_store_half_made_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("onething.redb.new"), b"half").unwrap();
    open(directory.path(), None).unwrap();
    assert!(!directory.path().join("onething.redb.new").exists());
}

type Log<'txn> = redb::Table<'txn, u64, &'static [u8]>;

/// Every change of a row on disk, the removal of one, and of the last, is found by `verify`.
#[test]
fn tampering_with_the_file_is_found() {
    let log: redb::TableDefinition<u64, &[u8]> = redb::TableDefinition::new("log");
    let check = |tamper: fn(&mut Log<'_>, u64)| {
        let directory = filled();
        let database = redb::Database::open(file(directory.path())).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut table = transaction.open_table(log).unwrap();
        // The name with its length before it.
        let of_k17 = |row: &[u8]| row.windows(7).any(|name| name == b"\x03\0\0\0k17");
        let number = table.iter().unwrap().map(Result::unwrap).find(|(_, row)| of_k17(row.value())).unwrap().0.value();
        tamper(&mut table, number);
        drop(table);
        transaction.commit().unwrap();
        drop(database);
        let store = open(directory.path(), None).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let verdict = runtime.block_on(store.verify(&"c".into(), &"k17".into())).unwrap();
        assert!(matches!(verdict, Some(Verdict::Broken { .. })), "{verdict:?}");
    };
    check(|log, number| {
        let mut row = log.get(number).unwrap().unwrap().value().to_vec();
        *row.last_mut().unwrap() ^= 1;
        log.insert(number, &*row).unwrap();
    });
    check(|log, number| drop(log.remove(number).unwrap()));
    check(|log, number| {
        let other = log.get(number % 300 + 1).unwrap().unwrap().value().to_vec();
        log.insert(number, &*other).unwrap();
    });
}
