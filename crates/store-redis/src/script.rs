//! The scripts, as they stand in `lua/`.

use std::sync::LazyLock;

/// A script and the name a server knows it by.
pub(crate) struct Script {
    pub(crate) text: &'static str,
    pub(crate) hash: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        Self { text, hash: redis::Script::new(text).get_hash().to_owned() }
    }
}

macro_rules! scripts {
    ($($name:ident = $($file:literal)+;)*) => {
        $(
            pub(crate) static $name: LazyLock<Script> =
                LazyLock::new(|| Script::new(concat!($(include_str!(concat!("../lua/", $file)), "\n"),+)));
        )*
    };
}

scripts! {
    COMMIT = "numbers.lua" "board.lua" "arrivals.lua" "commit.lua";
    CLAIM = "numbers.lua" "board.lua" "claim.lua";
    RENEW = "numbers.lua" "board.lua" "renew.lua";
    RELEASE = "numbers.lua" "board.lua" "release.lua";
    QUEUES = "numbers.lua" "board.lua" "arrivals.lua" "queues.lua";
    QUEUED = "numbers.lua" "board.lua" "queued.lua";
    TASKS = "numbers.lua" "board.lua" "tasks.lua";
    HEAD = "head.lua";
    SEARCH = "search.lua";
    BLOB = "blob.lua";
    FORGET = "forget.lua";
    ROLE = "numbers.lua" "role.lua";
}
