//! Every key there is. `docs/redis.md` says what each holds and how large it gets.
//!
//! All keys of a centre carry the same hash tag, `{centre}`, so that they lie on one node and one script may touch all
//! of them. A script names only keys that it was given; what it finds by looking (which task is next, say) is a field of
//! a hash or a member of a sorted set, never a key.

use onething_store::{CaseId, CentreId, CommandId, TaskId, TimerId, WorkerId};

/// Format and hash function of the store.
pub(crate) const STORE: &str = "onething:store";
/// The centres that may have cases.
pub(crate) const CENTRES: &str = "onething:centres";

/// A blob.
pub(crate) fn blob(key: &str) -> String {
    format!("onething:blob:{key}")
}

/// A setting of the program.
pub(crate) fn meta(key: &str) -> String {
    format!("onething:meta:{key}")
}

/// The keys of a centre that are the same for every case, and the beginning of the others.
#[derive(Debug)]
pub(crate) struct CentreKeys {
    prefix: String,
    /// Hash: case to its row.
    pub(crate) cases: String,
    /// Hash: task to its row.
    pub(crate) tasks: String,
    /// Sorted set by name: the tasks nobody holds, in the order in which they are taken.
    pub(crate) waiting: String,
    /// Sorted set: tasks in hand by the end of their lease.
    pub(crate) leases: String,
    /// Hash: queue to its tasks, in hand or not.
    pub(crate) depths: String,
    /// Hash: queue to its tasks in hand.
    pub(crate) held: String,
    /// Hash: the last place in line, fence and message.
    pub(crate) counters: String,
    /// Sorted set: timers by the time they are due.
    pub(crate) timers: String,
    /// Sorted set by name: what cases are found by.
    pub(crate) index: String,
    /// Stream: messages not yet acknowledged.
    pub(crate) outbox: String,
    /// Set: cases that have left for an archive.
    pub(crate) archived: String,
    /// Hash: queue to how many tasks came to it lately, by the minute.
    pub(crate) arrivals: String,
    /// Hash: role to who holds it, and what they said.
    pub(crate) roles: String,
    /// Channel: rings when a task was put in a queue.
    pub(crate) bell: String,
    /// Where they lie in a cluster.
    pub(crate) slot: u16,
}

impl CentreKeys {
    pub(crate) fn new(centre: &CentreId) -> Self {
        let tag = escaped(centre.as_str());
        let prefix = format!("onething:{{{tag}}}:");
        let key = |name: &str| format!("{prefix}{name}");
        Self {
            cases: key("cases"),
            tasks: key("tasks"),
            waiting: key("waiting"),
            leases: key("leases"),
            depths: key("depths"),
            held: key("held"),
            counters: key("counters"),
            timers: key("timers"),
            index: key("index"),
            outbox: key("outbox"),
            archived: key("archived"),
            arrivals: key("arrivals"),
            roles: key("roles"),
            bell: key("bell"),
            slot: slot(&prefix),
            prefix,
        }
    }

    /// List: the history of a case, oldest first.
    pub(crate) fn history(&self, case: &CaseId) -> String {
        format!("{}history:{case}", self.prefix)
    }

    /// The record of a command.
    pub(crate) fn command(&self, command: &CommandId) -> String {
        format!("{}command:{command}", self.prefix)
    }

    /// The record of a worker's last claim.
    pub(crate) fn claim(&self, worker: &WorkerId) -> String {
        format!("{}claim:{worker}", self.prefix)
    }

    /// What every script that touches tasks takes first, in the order of `board.lua`.
    pub(crate) fn board(&self) -> [&str; 7] {
        [&self.cases, &self.tasks, &self.waiting, &self.leases, &self.depths, &self.held, &self.counters]
    }
}

/// A task's name in `tasks` and `leases`.
pub(crate) fn task(task: &TaskId) -> String {
    numbered(&task.case, task.number)
}

/// A timer's name in `timers`.
pub(crate) fn timer(timer: &TimerId) -> String {
    numbered(&timer.case, timer.number)
}

/// The case and the number in a name made by [`task`] or [`timer`].
pub(crate) fn split(name: &str) -> Option<(CaseId, u32)> {
    let (case, number) = name.split_once('\0')?;
    Some((case.into(), number.parse().ok()?))
}

/// Sorts by case, then by number; ids hold no control characters.
fn numbered(case: &CaseId, number: u32) -> String {
    format!("{case}\0{number:010}")
}

/// Braces would end the hash tag early; an escaped name is still read at sight.
fn escaped(name: &str) -> String {
    name.replace('%', "%25").replace('{', "%7B").replace('}', "%7D")
}

/// The slot of a key in a cluster: CRC16 (XMODEM) of what stands between the first braces, else of the whole key.
pub(crate) fn slot(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
    let hashed = tag.filter(|tag| !tag.is_empty()).unwrap_or(key);
    hashed.bytes().fold(0, crc16) % SLOTS
}

/// How many slots a cluster has.
const SLOTS: u16 = 16_384;

fn crc16(crc: u16, byte: u8) -> u16 {
    (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC16/XMODEM, and slots as `CLUSTER KEYSLOT` gives them.
    #[test]
    fn slots_are_those_of_a_cluster() {
        assert_eq!("123456789".bytes().fold(0, crc16), 0x31c3);
        for (key, expect) in [("foo", 12_182), ("{foo}bar", 12_182), ("x{foo}{bar}", 12_182), ("{}foo", 9500)] {
            assert_eq!(slot(key), expect, "{key}");
        }
    }

    /// Whatever a centre is called, all its keys lie on one node, and no two centres share a key.
    #[test]
    fn a_centre_lies_on_one_node() {
        let names = ["a", "{", "}", "{}", "a}", "{a}", "a%7D", "%", "朝阳区", "a:b", "a{b}c"];
        let mut seen = std::collections::BTreeSet::new();
        for name in names {
            let keys = CentreKeys::new(&name.into());
            let all = [keys.history(&"x{y}".into()), keys.command(&"}{z}".into()), keys.claim(&"{w}".into())];
            let own =
                [&*keys.timers, &keys.archived, &keys.index, &keys.outbox, &keys.arrivals, &keys.roles, &keys.bell];
            for key in keys.board().into_iter().chain(own) {
                assert_eq!(slot(key), keys.slot, "{key}");
                assert!(seen.insert(key.to_owned()), "{key} twice");
            }
            assert!(all.iter().all(|key| slot(key) == keys.slot), "{all:?}");
        }
    }
}
