//! Closed cases outside a store: one file that only grows, compressed, verifiable with nothing but itself.
//!
//! An entry is `"1TA1"`, the length of its body, centre and case, the hash of the entry before it (zeros for the first),
//! the body (deflated: what [`Archived`] holds), and the SHA-256 of all of that. A record's own hash is not kept: it
//! follows from the records before it, and the head of the case's chain, which is kept, tells whether all of them are
//! what they were. An entry cut short by a crash is cut off when the archive is opened to be written.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::chain::{ChainHash, Record, Verdict};
use crate::commit::Index;
use crate::error::StoreError;
use crate::ids::{CaseId, CentreId, CommandId};
use crate::store::Loaded;

const MAGIC: [u8; 4] = *b"1TA1";
const FILE: &str = "cases.archive";
const HASH_BYTES: u64 = 32;
/// Bytes of one case, before it is compressed: more than any history that [`bounds`](crate::bounds) allow in practice.
const BODY_BYTES_MAX: u64 = 1 << 30;

/// A case with its whole history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Archived {
    /// Its centre.
    pub centre: CentreId,
    /// Its number.
    pub case: CaseId,
    /// The hash function of its chain.
    pub chain: ChainHash,
    /// As it was in the end.
    pub last: Loaded,
    /// Every record, oldest first.
    pub records: Vec<Record>,
}

impl Archived {
    /// Checks the history against the head.
    #[must_use]
    pub fn verify(&self) -> Verdict {
        self.chain.verify(&self.centre, &self.case, &self.records, self.last.version, self.last.head)
    }
}

/// An archive in a directory.
#[derive(Debug)]
pub struct Archive {
    file: File,
    directory: PathBuf,
    /// Where the entry of each case begins; the last one if there are several.
    places: BTreeMap<(CentreId, CaseId), u64>,
    /// Where the next entry begins, and the hash of the one before it.
    end: u64,
    previous: [u8; 32],
}

impl Archive {
    /// Opens the archive in a directory to add to it, and makes one if there is none. Only one process may do so.
    ///
    /// # Errors
    /// The directory cannot be used, the archive is open elsewhere, or it is damaged.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let failed = failed(directory);
        std::fs::create_dir_all(directory).map_err(&failed)?;
        let path = directory.join(FILE);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(&failed)?;
        if file.try_lock().is_err() {
            return Err(StoreError::InUse { directory: directory.to_owned(), holder: "?".to_owned() });
        }
        let mut archive = Self::over(file, directory)?;
        let length = archive.file.metadata().map_err(&failed)?.len();
        if archive.end < length {
            archive.refuse_damage(length)?;
            archive.file.set_len(archive.end).and_then(|()| archive.file.sync_all()).map_err(&failed)?;
        }
        archive.file.seek(SeekFrom::Start(archive.end)).map_err(&failed)?;
        Ok(archive)
    }

    /// Fails if what stands behind the last whole entry is more than one that was cut short: then something before it
    /// is damaged, and cutting off would lose what is still whole.
    fn refuse_damage(&mut self, length: u64) -> Result<(), StoreError> {
        let mut tail = Vec::new();
        let failed = failed(&self.directory);
        self.file.seek(SeekFrom::Start(self.end)).map_err(&failed)?;
        (&mut self.file).take(length).read_to_end(&mut tail).map_err(&failed)?;
        let another = tail.get(1..).is_some_and(|rest| rest.windows(MAGIC.len()).any(|bytes| bytes == MAGIC));
        if another { Err(damaged(self.end)) } else { Ok(()) }
    }

    /// Opens the archive in a directory to read it.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub fn read(directory: &Path) -> Result<Self, StoreError> {
        let file = File::open(directory.join(FILE)).map_err(failed(directory))?;
        Self::over(file, directory)
    }

    fn over(file: File, directory: &Path) -> Result<Self, StoreError> {
        let directory = directory.to_owned();
        let mut archive = Self { file, directory, places: BTreeMap::new(), end: 0, previous: [0; 32] };
        while let Some(entry) = archive.entry_at(archive.end, false)? {
            archive.places.insert((entry.centre, entry.case), archive.end);
            (archive.end, archive.previous) = (entry.end, entry.hash);
        }
        Ok(archive)
    }

    /// How many cases it holds.
    #[must_use]
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.end
    }

    /// The cases it holds, by centre and number.
    pub fn cases(&self) -> impl Iterator<Item = (&CentreId, &CaseId)> {
        self.places.keys().map(|(centre, case)| (centre, case))
    }

    /// Adds cases. They are on disk when this returns; before that none of them must be removed elsewhere.
    ///
    /// # Errors
    /// A case does not verify, or the file cannot be written.
    pub fn append(&mut self, cases: &[Archived]) -> Result<(), StoreError> {
        let (mut bytes, mut places, mut end, mut previous) = (Vec::new(), Vec::new(), self.end, self.previous);
        for case in cases {
            if let Verdict::Broken { version, .. } = case.verify() {
                return Err(StoreError::corrupt(format!("record {version} of case {}", case.case)));
            }
            let entry = encode(case, previous).map_err(failed(&self.directory))?;
            previous.copy_from_slice(&entry[entry.len() - HASH_BYTES as usize..]);
            places.push(((case.centre.clone(), case.case.clone()), end));
            end += entry.len() as u64;
            bytes.extend(entry);
        }
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // What is half written is cut off, so that the next one does not stand behind it.
            let _cut = self.file.set_len(self.end).and_then(|()| self.file.seek(SeekFrom::Start(self.end)));
            return Err(failed(&self.directory)(error));
        }
        self.places.extend(places);
        (self.end, self.previous) = (end, previous);
        Ok(())
    }

    /// A case by its number.
    ///
    /// # Errors
    /// The file cannot be read or is damaged.
    pub fn find(&mut self, centre: &CentreId, case: &CaseId) -> Result<Option<Archived>, StoreError> {
        let Some(place) = self.places.get(&(centre.clone(), case.clone())).copied() else { return Ok(None) };
        let entry = self.entry_at(place, true)?.ok_or_else(|| damaged(place))?;
        let archived = decode(&entry).ok_or_else(|| damaged(place))?;
        Ok(Some(archived))
    }

    /// Checks every byte and every history; the cases whose history is not what it was.
    ///
    /// # Errors
    /// The file cannot be read, or an entry is not the one that was written there.
    pub fn verify(&mut self) -> Result<Vec<CaseId>, StoreError> {
        let (mut place, mut previous, mut broken) = (0, [0; 32], Vec::new());
        while place < self.end {
            let entry = self.entry_at(place, true)?.ok_or_else(|| damaged(place))?;
            if entry.previous != previous || entry.hash != ChainHash::Sha256.digest(&[&entry.hashed]) {
                return Err(damaged(place));
            }
            let archived = decode(&entry).ok_or_else(|| damaged(place))?;
            if matches!(archived.verify(), Verdict::Broken { .. }) {
                broken.push(archived.case);
            }
            (place, previous) = (entry.end, entry.hash);
        }
        Ok(broken)
    }

    /// The entry that begins at a place; nothing if the file ends before it does. The body is read only if asked for.
    fn entry_at(&mut self, place: u64, whole: bool) -> Result<Option<Entry>, StoreError> {
        let failed = failed(&self.directory);
        self.file.seek(SeekFrom::Start(place)).map_err(&failed)?;
        let mut reader = Counted { file: &mut self.file, hashed: Vec::new() };
        let Some(head) = reader.take::<12>().map_err(&failed)? else { return Ok(None) };
        let [magic, length, names] = [0, 4, 8].map(|at| [head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (length, names) = (u64::from(u32::from_be_bytes(length)), u32::from_be_bytes(names));
        let (centre, case) = ((names >> 16) as usize, (names & 0xffff) as usize);
        if magic != MAGIC {
            return Err(damaged(place));
        }
        let Some(names) = reader.bytes(centre + case).map_err(&failed)? else { return Ok(None) };
        let names = String::from_utf8(names).map_err(|_| damaged(place))?;
        let (centre, case) = names.split_at_checked(centre).ok_or_else(|| damaged(place))?;
        let Some(previous) = reader.take::<32>().map_err(&failed)? else { return Ok(None) };
        let body = if whole {
            reader.bytes(length as usize).map_err(&failed)?
        } else {
            reader.file.seek_relative_by(length).map_err(&failed)?;
            Some(Vec::new())
        };
        let Some(body) = body else { return Ok(None) };
        let hashed = std::mem::take(&mut reader.hashed);
        let Some(hash) = reader.take::<32>().map_err(&failed)? else { return Ok(None) };
        let end = place + 12 + names.len() as u64 + HASH_BYTES + length + HASH_BYTES;
        Ok(Some(Entry { centre: centre.into(), case: case.into(), previous, body, hash, hashed, end }))
    }
}

struct Entry {
    centre: CentreId,
    case: CaseId,
    previous: [u8; 32],
    body: Vec<u8>,
    hash: [u8; 32],
    /// Everything before the hash, if the body was read.
    hashed: Vec<u8>,
    end: u64,
}

trait SeekBy {
    fn seek_relative_by(&mut self, bytes: u64) -> std::io::Result<()>;
}

impl SeekBy for File {
    fn seek_relative_by(&mut self, bytes: u64) -> std::io::Result<()> {
        self.seek(SeekFrom::Current(bytes.cast_signed())).map(drop)
    }
}

/// Reads, and remembers what it read.
struct Counted<'a> {
    file: &'a mut File,
    hashed: Vec<u8>,
}

impl Counted<'_> {
    /// So many bytes; nothing if the file ends before.
    fn bytes(&mut self, count: usize) -> std::io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let read = (&mut *self.file).take(count as u64).read_to_end(&mut bytes)?;
        self.hashed.extend_from_slice(&bytes);
        Ok((read == count).then_some(bytes))
    }

    fn take<const N: usize>(&mut self) -> std::io::Result<Option<[u8; N]>> {
        Ok(self.bytes(N)?.and_then(|bytes| bytes.try_into().ok()))
    }
}

fn encode(case: &Archived, previous: [u8; 32]) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    body.push(match case.chain {
        ChainHash::Sha256 => 0,
        ChainHash::Sm3 => 1,
    });
    body.extend(case.last.version.to_be_bytes());
    body.extend(case.last.head);
    let index = &case.last.index;
    for text in [&index.state, &index.package, &index.applicant] {
        sized(&mut body, text.as_bytes());
    }
    sized(&mut body, &case.last.state);
    for record in &case.records {
        body.extend(record.at_ms.to_be_bytes());
        sized(&mut body, record.command.as_str().as_bytes());
        sized(&mut body, &record.payload);
    }
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(&body)?;
    let body = deflated.finish()?;
    let (centre, number) = (case.centre.as_str(), case.case.as_str());
    let mut entry = MAGIC.to_vec();
    entry.extend((body.len() as u32).to_be_bytes());
    // Each is at most `ID_BYTES_MAX` long.
    entry.extend(((centre.len() as u32) << 16 | number.len() as u32).to_be_bytes());
    entry.extend(centre.as_bytes());
    entry.extend(number.as_bytes());
    entry.extend(previous);
    entry.extend(body);
    let hash = ChainHash::Sha256.digest(&[&entry]);
    entry.extend(hash);
    Ok(entry)
}

fn sized(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend((bytes.len() as u32).to_be_bytes());
    to.extend(bytes);
}

fn decode(entry: &Entry) -> Option<Archived> {
    let mut body = Vec::new();
    DeflateDecoder::new(&*entry.body).take(BODY_BYTES_MAX).read_to_end(&mut body).ok()?;
    let mut rest = &body[..];
    let chain = match *split(&mut rest, 1)?.first()? {
        0 => ChainHash::Sha256,
        1 => ChainHash::Sm3,
        _ => return None,
    };
    let version = u64::from_be_bytes(split(&mut rest, 8)?.try_into().ok()?);
    let head: [u8; 32] = split(&mut rest, 32)?.try_into().ok()?;
    let mut text = || String::from_utf8(take_sized(&mut rest)?.to_vec()).ok();
    let index = Index { state: text()?, package: text()?, applicant: text()? };
    let state = take_sized(&mut rest)?.to_vec();
    let mut records: Vec<Record> = Vec::new();
    let mut link = chain.genesis(&entry.centre, &entry.case);
    while !rest.is_empty() {
        let at_ms = i64::from_be_bytes(split(&mut rest, 8)?.try_into().ok()?);
        let command = CommandId::from(std::str::from_utf8(take_sized(&mut rest)?).ok()?);
        let payload = take_sized(&mut rest)?.to_vec();
        let version = records.len() as u64 + 1;
        let mut record = Record { version, at_ms, command, payload, hash: [0; 32] };
        record.hash = chain.link(&link, &record);
        link = record.hash;
        records.push(record);
    }
    let last = Loaded { version, state, index, head };
    Some(Archived { centre: entry.centre.clone(), case: entry.case.clone(), chain, last, records })
}

fn split<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (bytes, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(bytes)
}

fn take_sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(split(rest, 4)?.try_into().ok()?);
    split(rest, length as usize)
}

fn damaged(place: u64) -> StoreError {
    StoreError::corrupt(format!("the archive at byte {place}"))
}

fn failed(directory: &Path) -> impl Fn(std::io::Error) -> StoreError + use<> {
    let directory = directory.to_owned();
    move |source| StoreError::Directory { directory: directory.clone(), source }
}
