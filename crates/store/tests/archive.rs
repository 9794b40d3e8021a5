//! The archive: what was put in comes out, a crash costs nothing that was acknowledged, and no byte changes unseen.

use std::path::Path;

use onething_store::{Archive, Archived, CaseId, ChainHash, Index, Loaded, Record, StoreError};

fn case(name: &str, records: u64, chain: ChainHash) -> Archived {
    let (centre, case) = ("c".into(), CaseId::from(name));
    let mut head = chain.genesis(&centre, &case);
    let mut all = Vec::new();
    for version in 1..=records {
        let (command, payload) = (format!("{name}/{version}").into(), vec![version as u8; 200]);
        let mut record = Record { version, at_ms: -(version as i64), command, payload, hash: [0; 32] };
        record.hash = chain.link(&head, &record);
        head = record.hash;
        all.push(record);
    }
    let index = Index { state: "granted".into(), package: "p".into(), applicant: "王芳".into() };
    Archived { centre, case, chain, last: Loaded { version: records, state: vec![7; 99], index, head }, records: all }
}

fn file(directory: &Path) -> std::path::PathBuf {
    directory.join("cases.archive")
}

#[test]
fn what_was_put_in_comes_out_after_any_number_of_openings() {
    let directory = tempfile::tempdir().unwrap();
    let cases: Vec<Archived> = (0..20)
        .map(|n| case(&format!("k{n}"), n, if n % 2 == 0 { ChainHash::Sm3 } else { ChainHash::Sha256 }))
        .collect();
    for part in cases.chunks(7) {
        Archive::open(directory.path()).unwrap().append(part).unwrap();
    }
    let mut archive = Archive::read(directory.path()).unwrap();
    assert_eq!(archive.count(), 20);
    for case in &cases {
        assert_eq!(archive.find(&case.centre, &case.case).unwrap().as_ref(), Some(case));
    }
    assert_eq!(archive.find(&"c".into(), &"none".into()).unwrap(), None);
    assert_eq!(archive.find(&"other".into(), &"k1".into()).unwrap(), None);
    assert_eq!(archive.verify().unwrap(), []);
    let plain: usize = cases.iter().flat_map(|it| &it.records).map(|it| it.payload.len()).sum();
    assert!(archive.bytes() < plain as u64, "{} of {plain} bytes", archive.bytes());
}

#[test]
fn an_entry_cut_short_is_cut_off_and_those_before_it_stay() {
    let directory = tempfile::tempdir().unwrap();
    let mut archive = Archive::open(directory.path()).unwrap();
    archive.append(&[case("a", 3, ChainHash::Sha256)]).unwrap();
    let whole = archive.bytes();
    archive.append(&[case("b", 3, ChainHash::Sha256)]).unwrap();
    let bytes = std::fs::read(file(directory.path())).unwrap();
    drop(archive);
    for length in (whole..bytes.len() as u64).step_by(7) {
        std::fs::write(file(directory.path()), &bytes[..length as usize]).unwrap();
        let mut archive = Archive::open(directory.path()).unwrap();
        assert_eq!((archive.count(), archive.bytes()), (1, whole), "cut at {length}");
        archive.append(&[case("b", 3, ChainHash::Sha256)]).unwrap();
        assert_eq!(archive.verify().unwrap(), []);
        assert_eq!(std::fs::read(file(directory.path())).unwrap(), bytes);
    }
}

#[test]
fn no_byte_changes_unseen() {
    let directory = tempfile::tempdir().unwrap();
    let mut archive = Archive::open(directory.path()).unwrap();
    archive.append(&[case("a", 3, ChainHash::Sha256), case("b", 2, ChainHash::Sha256)]).unwrap();
    drop(archive);
    let bytes = std::fs::read(file(directory.path())).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x40;
        std::fs::write(file(directory.path()), &changed).unwrap();
        let seen = match Archive::read(directory.path()) {
            // A length that is wrong makes the entry look unfinished: it is missing then.
            Ok(mut archive) => archive.count() < 2 || archive.verify().is_err(),
            Err(_) => true,
        };
        assert!(seen, "byte {at}");
    }
    let mut swapped = Archive::open(&directory.path().join("other")).unwrap();
    let mut wrong = case("a", 3, ChainHash::Sha256);
    wrong.records[1].payload[0] ^= 1;
    assert!(
        matches!(swapped.append(&[wrong]), Err(StoreError::Corrupt { .. })),
        "a history that does not verify stays out"
    );
}

#[test]
fn one_process_writes_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let _first = Archive::open(directory.path()).unwrap();
    assert!(matches!(Archive::open(directory.path()), Err(StoreError::InUse { .. })));
    assert!(matches!(Archive::read(&directory.path().join("none")), Err(StoreError::Directory { .. })));
}
