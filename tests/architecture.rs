//! What each crate must not know. The absences are the architecture; these tests keep them absent.
//!
//! Two proofs: what a crate *reaches* (all dependencies of dependencies, from `cargo metadata`), and what its sources
//! *say* (the standard library is always reachable, so a clock or a hash map can only be found in the text).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

use crate::architecture::source::product_code;

mod source;

/// Packages that bring a runtime, a network, a store or randomness. A trailing `-` stands for every name so started.
const IMPURE: &[&str] = &[
    "async-",
    "axum",
    "chrono",
    "crossbeam-",
    "fastrand",
    "futures",
    "futures-",
    "getrandom",
    "hyper",
    "mio",
    "rand",
    "rand_core",
    "rand_pcg",
    "rand_distr",
    "rayon",
    "redb",
    "redis",
    "reqwest",
    "rustix",
    "smol",
    "socket2",
    "tempfile",
    "time",
    "tokio",
    "tokio-",
    "tower",
    "tracing",
];

/// Where the crates of the product may point; a crate that is not listed here fails the test.
const MAY_REACH: &[(&str, &[&str])] = &[
    ("onething-engine", &[]),
    ("onething-policy", &[]),
    ("onething-import", &["onething-engine"]),
    // A commit is plain data: what is stored means nothing to the store.
    ("onething-store", &[]),
    ("onething-store-redis", &["onething-store"]),
    ("onething-worker", &["onething-engine", "onething-policy", "onething-store"]),
    ("onething-sim", &["onething-engine", "onething-policy", "onething-store"]),
    ("onething-server", &["onething-engine", "onething-policy", "onething-store", "onething-worker"]),
];

/// What pure sources must not name: files, environment, network, threads, clocks, randomness, unordered iteration.
const IMPURE_WORDS: &[&str] = &["SystemTime", "HashMap", "HashSet", "RandomState", "rand", "tokio", "redb"];
const IMPURE_MODULES: &[&str] = &["fs", "env", "net", "thread", "process", "os"];
const IMPURE_PHRASES: &[&str] = &["Instant::now", "option_env!"];

/// Names of the concrete stores. Only the binary may say one; everyone else takes the trait.
const CONCRETE_STORES: &[&str] = &["Memory", "MemoryStore", "Embedded", "EmbeddedStore", "RedisStore", "redb", "redis"];

#[test]
fn engine_and_policy_reach_no_runtime_store_network_or_randomness() {
    let workspace = Workspace::load();
    for package in ["onething-engine", "onething-policy", "onething-import"] {
        let reached = workspace.reached(package);
        let impure: Vec<&String> = reached.iter().filter(|name| IMPURE.iter().any(|it| matches(it, name))).collect();
        assert!(impure.is_empty(), "expected {package} to stay pure, but it reaches {impure:?}");
    }
    let worker = workspace.reached("onething-worker");
    assert!(worker.contains("tokio"), "the walk must see dependencies of dependencies, but found only {worker:?}");
}

#[test]
fn crates_of_the_product_reach_only_what_the_layout_allows() {
    let workspace = Workspace::load();
    for package in workspace.members().filter(|name| name.starts_with("onething-")) {
        let Some((_, allowed)) = MAY_REACH.iter().find(|(name, _)| *name == package) else {
            panic!("{package} is new: say in MAY_REACH what it may reach");
        };
        let reached = workspace.reached(package);
        let ours = reached.iter().filter(|name| name.starts_with("onething"));
        let stray: Vec<&String> = ours.filter(|name| !allowed.contains(&name.as_str())).collect();
        assert!(stray.is_empty(), "expected {package} to reach only {allowed:?}, but it reaches {stray:?} too");
    }
}

#[test]
fn only_stores_depend_on_a_database() {
    let workspace = Workspace::load();
    let databases = ["redb", "redis"];
    for package in workspace.members().filter(|name| !name.starts_with("onething-store")) {
        let direct = workspace.direct(package);
        let found: Vec<&String> = direct.iter().filter(|name| databases.contains(&name.as_str())).collect();
        assert!(found.is_empty(), "expected {package} to use the Store trait, but it depends on {found:?}");
    }
}

#[test]
fn sources_of_engine_and_policy_name_no_file_clock_thread_or_unordered_map() {
    for directory in ["crates/engine/src", "crates/policy/src", "crates/import/src"] {
        scan(directory, |code| {
            let mut found: Vec<String> = code.std_modules();
            found.retain(|it| IMPURE_MODULES.contains(&it.as_str()));
            found.extend(code.words().filter(|it| IMPURE_WORDS.contains(it)).map(str::to_owned));
            found.extend(IMPURE_PHRASES.iter().filter(|it| code.says(it)).map(|it| (*it).to_owned()));
            found
        });
    }
}

#[test]
fn sources_beside_the_binary_name_no_concrete_store() {
    for directory in ["crates/engine/src", "crates/policy/src", "crates/worker/src", "crates/server/src"] {
        scan(directory, |code| code.words().filter(|it| CONCRETE_STORES.contains(it)).map(str::to_owned).collect());
    }
}

/// Applies `forbidden` to the product code of every source below `directory` and fails on what it returns.
fn scan(directory: &str, forbidden: impl Fn(&source::Code) -> Vec<String>) {
    let mut findings = Vec::new();
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)) {
        let text = std::fs::read_to_string(&path).unwrap();
        for word in forbidden(&product_code(&text)) {
            findings.push(format!("{}: `{word}`", path.display()));
        }
    }
    assert!(findings.is_empty(), "expected none of these words, but found\n{}", findings.join("\n"));
}

/// Every `.rs` file below `directory` but `tests.rs`, sorted; none if the crate does not exist yet.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(directory) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") && path.file_name().is_some_and(|it| it != "tests.rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    if pattern.ends_with('-') { name.starts_with(pattern) } else { name == pattern }
}

/// The platform the tests run on, such as `x86_64-unknown-linux-gnu`: what is only for the web does not count.
fn host() -> String {
    let output = std::process::Command::new(env!("CARGO")).arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// The resolved dependency graph, without what only tests use.
struct Workspace {
    names: BTreeMap<PackageId, String>,
    edges: BTreeMap<PackageId, Vec<PackageId>>,
    members: Vec<PackageId>,
}

impl Workspace {
    fn load() -> Workspace {
        let metadata: Metadata = MetadataCommand::new()
            .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .other_options(["--filter-platform".to_owned(), host()])
            .exec()
            .unwrap();
        let names = metadata.packages.iter().map(|it| (it.id.clone(), it.name.to_string())).collect();
        let mut edges = BTreeMap::new();
        for node in &metadata.resolve.as_ref().unwrap().nodes {
            let used =
                node.deps.iter().filter(|it| it.dep_kinds.iter().any(|it| it.kind != DependencyKind::Development));
            edges.insert(node.id.clone(), used.map(|it| it.pkg.clone()).collect());
        }
        Workspace { names, edges, members: metadata.workspace_members.clone() }
    }

    fn members(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|id| self.names[id].as_str())
    }

    /// Names of the packages that `package` depends on by itself.
    fn direct(&self, package: &str) -> BTreeSet<String> {
        self.edges[self.id(package)].iter().map(|id| self.names[id].clone()).collect()
    }

    /// Names of all packages that `package` depends on, through any number of others; not `package` itself.
    fn reached(&self, package: &str) -> BTreeSet<String> {
        let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
        let mut open = vec![self.id(package)];
        while let Some(id) = open.pop() {
            open.extend(self.edges[id].iter().filter(|next| seen.insert(next)));
        }
        seen.into_iter().map(|id| self.names[id].clone()).collect()
    }

    fn id(&self, package: &str) -> &PackageId {
        let found = self.members.iter().find(|id| self.names[*id] == package);
        found.unwrap_or_else(|| panic!("expected a workspace member {package}"))
    }
}
