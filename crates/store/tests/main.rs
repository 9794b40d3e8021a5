//! The stores against the conformance suite, against each other, against a kill, and against a full disk.

#![allow(clippy::unwrap_used)]

mod archive;
mod crash;
mod model;
mod opening;
mod world;

use onething_store::conformance::Subject;
use onething_store::{ChainHash, EmbeddedStore, MemoryStore, Options};

// Each hash function passes the whole suite once.
onething_store::conformance!(memory, || Subject::new(MemoryStore::new(ChainHash::Sm3), ()));
onething_store::conformance!(embedded, || {
    let directory = tempfile::tempdir().expect("a directory");
    let store = EmbeddedStore::open(directory.path(), Options::default()).expect("a store");
    Subject::new(store, directory)
});
