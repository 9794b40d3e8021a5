//! The hash chain over a case's history: whoever holds a head can prove offline that nothing before it was changed,
//! removed or moved.
//!
//! `hash(0) = H("onething" | centre | case)` and `hash(n) = H(hash(n-1) | version | time | command | payload)`. Each
//! part is written with its length before it (four bytes, big-endian) or has a fixed length (eight bytes,
//! big-endian), so no two different records give the same bytes.

use std::fmt;

use sha2::Digest;

use crate::ids::{CaseId, CentreId, CommandId};

/// One event of a case as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// 1 for the first event of the case, then without gaps.
    pub version: u64,
    /// When it was committed, milliseconds since the epoch, UTC.
    pub at_ms: i64,
    /// The command that caused it.
    pub command: CommandId,
    /// The event.
    pub payload: Vec<u8>,
    /// The hash of everything up to and including this record.
    pub hash: [u8; 32],
}

/// The hash function of a store, chosen when the store is created.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ChainHash {
    /// SHA-256 (FIPS 180-4).
    #[default]
    Sha256,
    /// SM3 (GB/T 32905-2016), where the national algorithms are required.
    Sm3,
}

/// What is wrong with a history, at the first place where something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The record was changed, or one before it together with the hashes between.
    Changed,
    /// The record is missing.
    Missing,
    /// Another record stands in its place.
    Misplaced,
    /// There is a record after the last one the head vouches for.
    Surplus,
}

impl Fault {
    /// What a person reads.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Changed => "被改动",
            Self::Missing => "缺失",
            Self::Misplaced => "被调换",
            Self::Surplus => "多余",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Misplaced => "out of its place",
            Self::Surplus => "not vouched for",
        }
    }
}

/// The answer of [`ChainHash::verify`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The history is what it was.
    Intact {
        /// How many records there are.
        version: u64,
        /// The hash of the last one.
        head: [u8; 32],
    },
    /// It is not.
    Broken {
        /// The first version that is not as it was.
        version: u64,
        /// What happened to it.
        fault: Fault,
    },
}

impl fmt::Display for ChainHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sha256 => "sha256",
            Self::Sm3 => "sm3",
        })
    }
}

impl ChainHash {
    /// The hash of the concatenation of `parts`.
    pub fn digest(self, parts: &[&[u8]]) -> [u8; 32] {
        match self {
            Self::Sha256 => digest::<sha2::Sha256>(parts),
            Self::Sm3 => digest::<sm3::Sm3>(parts),
        }
    }

    /// The hash a case's chain starts from.
    pub fn genesis(self, centre: &CentreId, case: &CaseId) -> [u8; 32] {
        let (centre, case) = (centre.as_str().as_bytes(), case.as_str().as_bytes());
        self.digest(&[b"onething", &length(centre), centre, &length(case), case])
    }

    /// The hash of a record that follows `previous`; the record's own `hash` is not looked at.
    pub fn link(self, previous: &[u8; 32], record: &Record) -> [u8; 32] {
        let command = record.command.as_str().as_bytes();
        let (version, at_ms) = (record.version.to_be_bytes(), record.at_ms.to_be_bytes());
        let (command_length, payload_length) = (length(command), length(&record.payload));
        self.digest(&[previous, &version, &at_ms, &command_length, command, &payload_length, &record.payload])
    }

    /// Checks a whole history, oldest record first, against the `version` and `head` the case is known by.
    pub fn verify<'a>(
        self,
        centre: &CentreId,
        case: &CaseId,
        records: impl IntoIterator<Item = &'a Record>,
        version: u64,
        head: [u8; 32],
    ) -> Verdict {
        let mut verifier = Verifier::new(self, centre, case);
        for record in records {
            if let Err(verdict) = verifier.take(record) {
                return verdict;
            }
        }
        verifier.finish(version, head)
    }
}

/// Checks a history record by record, for one too long to hold at once.
#[derive(Debug)]
pub struct Verifier {
    chain: ChainHash,
    version: u64,
    head: [u8; 32],
}

impl Verifier {
    /// Starts before the first record.
    pub fn new(chain: ChainHash, centre: &CentreId, case: &CaseId) -> Self {
        Self { chain, version: 0, head: chain.genesis(centre, case) }
    }

    /// Takes the next record, oldest first.
    ///
    /// # Errors
    /// The verdict, if the record is not the one that was written here.
    pub fn take(&mut self, record: &Record) -> Result<(), Verdict> {
        let version = self.version + 1;
        let fault = match record.version {
            got if got > version => Some(Fault::Missing),
            got if got < version => Some(Fault::Misplaced),
            _ if self.chain.link(&self.head, record) != record.hash => Some(Fault::Changed),
            _ => None,
        };
        match fault {
            Some(fault) => Err(Verdict::Broken { version, fault }),
            None => {
                (self.version, self.head) = (version, record.hash);
                Ok(())
            }
        }
    }

    /// The verdict where the next record cannot even be read: it is not the one that was written.
    #[must_use]
    pub fn unreadable(&self) -> Verdict {
        Verdict::Broken { version: self.version + 1, fault: Fault::Changed }
    }

    /// Ends the check against the `version` and `head` the case is known by.
    pub fn finish(self, version: u64, head: [u8; 32]) -> Verdict {
        if self.version < version {
            Verdict::Broken { version: self.version + 1, fault: Fault::Missing }
        } else if self.version > version {
            Verdict::Broken { version: version + 1, fault: Fault::Surplus }
        } else if self.head != head {
            Verdict::Broken { version, fault: Fault::Changed }
        } else {
            Verdict::Intact { version, head }
        }
    }
}

fn digest<D: Digest>(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(&hasher.finalize());
    hash
}

fn length(bytes: &[u8]) -> [u8; 4] {
    // Bounded far below 4 GiB by `bounds`.
    (bytes.len() as u32).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// FIPS 180-4 and GB/T 32905-2016, appendix A: the hash of "abc".
    #[test]
    fn known_answers() {
        let check = |chain: ChainHash, expect: &str| assert_eq!(hex(&chain.digest(&[b"a", b"bc"])), expect);
        check(ChainHash::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        check(ChainHash::Sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }

    fn history(chain: ChainHash, count: u64) -> Vec<Record> {
        let mut head = chain.genesis(&"c".into(), &"k".into());
        let mut records = Vec::new();
        for version in 1..=count {
            let command = format!("cmd-{version}").into();
            let mut record =
                Record { version, at_ms: version as i64, command, payload: vec![version as u8; 3], hash: [0; 32] };
            record.hash = chain.link(&head, &record);
            head = record.hash;
            records.push(record);
        }
        records
    }

    /// Tampers with a history of five records and names the verdict.
    fn check(tamper: impl Fn(&mut Vec<Record>), expect: Option<(u64, Fault)>) {
        for chain in [ChainHash::Sha256, ChainHash::Sm3] {
            let mut records = history(chain, 5);
            let head = records[4].hash;
            tamper(&mut records);
            let expect = match expect {
                Some((version, fault)) => Verdict::Broken { version, fault },
                None => Verdict::Intact { version: 5, head },
            };
            assert_eq!(chain.verify(&"c".into(), &"k".into(), &records, 5, head), expect);
        }
    }

    #[test]
    fn finds_every_tampering() {
        check(|_| {}, None);
        check(|it| it[2].payload[0] ^= 1, Some((3, Fault::Changed)));
        check(|it| it[2].at_ms += 1, Some((3, Fault::Changed)));
        check(|it| it[2].command = "cmd-x".into(), Some((3, Fault::Changed)));
        check(|it| it[4].hash[31] ^= 1, Some((5, Fault::Changed)));
        check(|it| drop(it.remove(0)), Some((1, Fault::Missing)));
        check(|it| drop(it.remove(2)), Some((3, Fault::Missing)));
        check(|it| drop(it.pop()), Some((5, Fault::Missing)));
        check(Vec::clear, Some((1, Fault::Missing)));
        check(|it| it.swap(1, 3), Some((2, Fault::Missing)));
        check(|it| it.insert(3, it[1].clone()), Some((4, Fault::Misplaced)));
        check(|it| it.push(Record { version: 6, ..it[4].clone() }), Some((6, Fault::Changed)));
        check(
            |it| {
                it.remove(2);
                it[2].version = 3;
            },
            Some((3, Fault::Changed)),
        );
    }

    /// Rewriting a record and every hash after it is seen at the head.
    #[test]
    fn a_rewritten_chain_does_not_reach_the_head() {
        let chain = ChainHash::Sha256;
        let head = history(chain, 5)[4].hash;
        let mut records = history(chain, 5);
        records[3].payload = vec![9];
        records[3].hash = chain.link(&records[2].hash, &records[3]);
        records[4].hash = chain.link(&records[3].hash, &records[4]);
        let verdict = chain.verify(&"c".into(), &"k".into(), &records, 5, head);
        assert_eq!(verdict, Verdict::Broken { version: 5, fault: Fault::Changed });
    }

    #[test]
    fn a_longer_history_than_the_head_vouches_for() {
        let records = history(ChainHash::Sha256, 5);
        let verdict = ChainHash::Sha256.verify(&"c".into(), &"k".into(), &records, 4, records[3].hash);
        assert_eq!(verdict, Verdict::Broken { version: 5, fault: Fault::Surplus });
    }

    /// The boundary between two parts is part of what is hashed.
    #[test]
    fn parts_do_not_run_together() {
        let chain = ChainHash::Sha256;
        assert_ne!(chain.genesis(&"ab".into(), &"c".into()), chain.genesis(&"a".into(), &"bc".into()));
    }
}
