//! What is read back: histories, cases, messages, blobs, settings.

use super::{Subject, T0, cases, message, refused};
use crate::{CaseId, CentreId, Filter, Index, StandingPlace, StoreError, Verdict};

/// Pages of any size, from any version, together are the whole.
pub async fn history_is_read_in_pages(it: Subject) {
    let mut version = 0;
    for events in [3, 1, 0, 2, 4] {
        let mut commit = it.commit(&format!("c{version}-{events}"), "k", version);
        commit.events = (1..=events).map(|event| vec![(version + event) as u8]).collect();
        it.committed(commit).await;
        version += events;
    }
    let read = async |from, limit| it.store.history(&it.centre, &"k".into(), from, limit).await.expect("a history");
    let all = read(1, 100).await;
    assert_eq!(all.iter().map(|it| it.payload[0]).collect::<Vec<_>>(), (1..=10).collect::<Vec<u8>>());
    for from in 0..12 {
        for limit in 0..12 {
            let rest = &all[(from.max(1) - 1).min(10)..];
            assert_eq!(read(from as u64, limit).await, rest[..limit.min(rest.len())], "from {from}, limit {limit}");
        }
    }
    assert_eq!(it.store.history(&it.centre, &"other".into(), 1, 9).await.expect("a history"), []);
    refused(it.store.history(&it.centre, &"k".into(), 1, usize::MAX).await);
}

/// The chain of every case checks out against its head, and offline against what was read.
pub async fn histories_verify(it: Subject) {
    for version in 0..5 {
        it.committed(it.commit(&format!("k{version}"), "k", version)).await;
        it.committed(it.commit(&format!("l{version}"), "l", version)).await;
    }
    for case in cases(&["k", "l"]) {
        let loaded = it.store.load(&it.centre, &case).await.expect("a load").expect("a case");
        let intact = Verdict::Intact { version: 5, head: loaded.head };
        assert_eq!(it.store.verify(&it.centre, &case).await.expect("a verdict"), Some(intact));
        let history = it.store.history(&it.centre, &case, 1, 10).await.expect("a history");
        assert_eq!(it.store.chain().verify(&it.centre, &case, &history, 5, loaded.head), intact);
    }
    assert_eq!(it.store.verify(&it.centre, &"none".into()).await.expect("a verdict"), None);
}

/// By state, package and applicant, alone and together, in order of id and page by page; a case moves when its index
/// does.
pub async fn cases_are_found(it: Subject) {
    let open = async |case: &str, package: &str, applicant: &str| {
        let mut commit = it.commit(&format!("open {case}"), case, 0);
        commit.index = Index { state: "running".into(), package: package.into(), applicant: applicant.into() };
        it.committed(commit).await;
    };
    open("k2", "open-restaurant", "王芳").await;
    open("k1", "open-restaurant", "李伟").await;
    open("k3", "open-company", "王芳").await;
    open("k10", "open-company", "").await;

    let filter = |state: &str, package: &str, applicant: &str| {
        let wish = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Filter { state: wish(state), package: wish(package), applicant: wish(applicant) }
    };
    let find = async |filter: Filter, after: Option<&str>, limit| {
        let after = after.map(CaseId::from);
        let found = it.store.search(&it.centre, &filter, after.as_ref(), limit).await.expect("a search");
        found.into_iter().map(|it| it.case).collect::<Vec<_>>()
    };
    let check = async |wish: Filter, expect: &[&str]| {
        assert_eq!(find(wish.clone(), None, 10).await, cases(expect), "{wish:?}");
        let mut paged: Vec<CaseId> = Vec::new();
        loop {
            let after = paged.last().map(|it| it.as_str().to_owned());
            let page = find(wish.clone(), after.as_deref(), 1).await;
            match page.into_iter().next() {
                Some(case) => paged.push(case),
                None => break,
            }
        }
        assert_eq!(paged, cases(expect), "{wish:?}, page by page");
    };
    check(filter("", "", ""), &["k1", "k10", "k2", "k3"]).await;
    check(filter("running", "", ""), &["k1", "k10", "k2", "k3"]).await;
    check(filter("", "open-restaurant", ""), &["k1", "k2"]).await;
    check(filter("", "", "王芳"), &["k2", "k3"]).await;
    check(filter("running", "open-company", "王芳"), &["k3"]).await;
    check(filter("run", "", ""), &[]).await;
    check(Filter { applicant: Some(String::new()), ..Filter::default() }, &["k10"]).await;

    let mut commit = it.commit("finish k2", "k2", 1);
    commit.index = Index { state: "finished".into(), package: "open-restaurant".into(), applicant: "王芳".into() };
    it.committed(commit).await;
    check(filter("running", "", ""), &["k1", "k10", "k3"]).await;
    check(filter("finished", "", ""), &["k2"]).await;
    check(filter("", "", "王芳"), &["k2", "k3"]).await;
    assert_eq!(find(Filter::default(), None, 3).await, cases(&["k1", "k10", "k2"]));
    assert_eq!(find(Filter::default(), Some("k10"), 10).await, cases(&["k2", "k3"]));
    refused(it.store.search(&it.centre, &Filter::default(), None, usize::MAX).await);
}

/// Two centres share nothing, not even when one's name begins with the other's.
pub async fn centres_are_apart(it: Subject) {
    let other = CentreId::from(format!("{}-other", it.centre));
    it.open("k", &[(1, "q", 0, 0)]).await;
    let mut commit = it.commit("c", "k", 0);
    (commit.centre, commit.events) = (other.clone(), vec![b"x".to_vec(); 2]);
    commit.timers_set = vec![super::timer("k", 1, 0)];
    commit.outbox = vec![message("t", "m")];
    it.committed(commit).await;
    it.open("l", &[]).await;

    let loaded = it.store.load(&other, &"k".into()).await.expect("a load").expect("a case");
    assert_eq!((loaded.version, it.version("k").await), (2, 1));
    assert_eq!(it.store.case_count(&it.centre).await.expect("a count"), 2);
    assert_eq!(it.store.case_count(&other).await.expect("a count"), 1);
    assert_eq!(it.store.case_count(&"nowhere".into()).await.expect("a count"), 0);
    assert_eq!(it.store.search(&other, &Filter::default(), None, 10).await.expect("a search").len(), 1);
    assert_eq!(it.store.claim(&other, &super::claim("w", &["q"]), T0).await.expect("a claim"), None);
    assert_eq!(it.store.due_timers(&it.centre, T0, 10).await.expect("timers"), []);
    assert_eq!(it.store.outbox_read(&it.centre, 0, 10).await.expect("messages"), []);
    assert_eq!(it.store.outbox_read(&other, 0, 10).await.expect("messages").len(), 1);
    let mine = it.store.centres(None, 1000).await.expect("centres");
    assert!(mine.is_sorted() && mine.contains(&it.centre) && mine.contains(&other));
    let next = it.store.centres(Some(&it.centre), 1).await.expect("centres");
    assert_eq!(next, [other]);
}

/// Tasks waiting and in hand, and timers, are listed page by page, whatever the size of a page.
pub async fn what_stands_is_listed(it: Subject) {
    for case in ["k", "l", "m"] {
        it.open(case, &[(1, "a", 0, 0), (2, "b", 3, 70)]).await;
        let mut commit = it.commit(&format!("timers of {case}"), case, 1);
        commit.timers_set = vec![super::timer(case, 1, 5), super::timer(case, 2, 99)];
        it.committed(commit).await;
    }
    let lease = it.lease("w", &["a"], 0).await;
    for limit in [1, 2, 4, 100] {
        let (mut cursor, mut tasks) = (0, std::collections::BTreeMap::new());
        loop {
            let page = it.store.tasks(&it.centre, cursor, limit).await.expect("tasks");
            tasks.extend(page.entries.into_iter().map(|task| (task.task.clone(), task)));
            cursor = page.next;
            if cursor == 0 {
                break;
            }
        }
        assert_eq!(tasks.len(), 6, "by {limit}");
        for (id, task) in tasks {
            let (queue, class, ready) = if id.number == 1 { ("a", 0, 0) } else { ("b", 3, 70) };
            assert_eq!((task.queue.as_str(), task.class, task.ready_at_ms), (queue, class, T0 + ready));
            let held = id == lease.task;
            let place = if held { StandingPlace::Held { until_ms: T0 + 1000 } } else { StandingPlace::Waiting };
            assert_eq!((task.place, task.attempts), (place, u32::from(held)));
            assert_eq!(task.payload, format!("{}/{}", id.case, id.number).into_bytes());
        }
        let mut timers = std::collections::BTreeSet::new();
        loop {
            let page = it.store.timers(&it.centre, cursor, limit).await.expect("timers");
            timers.extend(page.entries.into_iter().map(|it| (it.timer.case.to_string(), it.due_ms - T0)));
            cursor = page.next;
            if cursor == 0 {
                break;
            }
        }
        assert_eq!(timers.len(), 6, "by {limit}");
        assert!(timers.contains(&("l".to_owned(), 99)));
    }
    let none = it.store.tasks(&"nowhere".into(), 0, 10).await.expect("tasks");
    assert_eq!((none.entries.len(), none.next), (0, 0));
}

/// What a case takes is about its contents and grows with them.
pub async fn the_bytes_of_a_case_are_told(it: Subject) {
    let bytes = async |case: &str| it.store.case_bytes(&it.centre, &case.into()).await.expect("a number");
    assert_eq!(bytes("k").await, None);
    it.open("k", &[]).await;
    let small = bytes("k").await.expect("a number");
    assert!((100..3000).contains(&small), "{small} bytes");
    let mut commit = it.commit("c", "k", 1);
    (commit.events, commit.state) = (vec![vec![7; 20_000]; 3], vec![7; 30_000]);
    it.committed(commit).await;
    let large = bytes("k").await.expect("a number");
    assert!((90_000..140_000).contains(&(large - small)), "{small}, then {large} bytes");
}

/// Messages come in the order of their commits and stay until they are acknowledged, in any order.
pub async fn messages_wait_until_acknowledged(it: Subject) {
    let mut commit = it.commit("a", "k", 0);
    commit.outbox = vec![message("t", "1"), message("u", "2")];
    it.committed(commit).await;
    let mut commit = it.commit("b", "k", 1);
    commit.now_ms = T0 + 5;
    commit.outbox = vec![message("t", "3")];
    it.committed(commit).await;

    let read = async |after, limit| it.store.outbox_read(&it.centre, after, limit).await.expect("messages");
    let all = read(0, 10).await;
    let texts = |entries: &[crate::OutboxEntry]| {
        let texts = entries.iter().map(|it| String::from_utf8_lossy(&it.payload).into_owned());
        texts.collect::<Vec<_>>().concat()
    };
    assert_eq!(texts(&all), "123");
    assert!(all.is_sorted_by_key(|it| it.sequence));
    assert_eq!((all[2].case.as_str(), all[2].at_ms, &*all[1].topic), ("k", T0 + 5, "u"));
    assert_eq!(texts(&read(all[0].sequence, 1).await), "2");
    it.store.outbox_ack(&it.centre, &[all[1].sequence]).await.expect("an acknowledgement");
    assert_eq!(texts(&read(0, 10).await), "13");
    it.store.outbox_ack(&it.centre, &[all[0].sequence, all[1].sequence]).await.expect("an acknowledgement");
    assert_eq!(texts(&read(0, 10).await), "3");
    refused(it.store.outbox_read(&it.centre, 0, usize::MAX).await);
}

/// A key keeps its first bytes; the same bytes again are welcome, others are refused.
pub async fn a_blob_is_written_once(it: Subject) {
    let key = format!("{}/sha256:abc", it.centre);
    assert_eq!(it.store.get_blob(&key).await.expect("a blob"), None);
    it.store.put_blob(&key, b"definition").await.expect("a blob");
    it.store.put_blob(&key, b"definition").await.expect("the same blob");
    let error = refused(it.store.put_blob(&key, b"another").await);
    assert!(matches!(error, StoreError::BlobTaken { .. }), "got {error:?}");
    assert_eq!(it.store.get_blob(&key).await.expect("a blob").as_deref(), Some(&b"definition"[..]));
}

/// A setting has the value it was set to last.
pub async fn settings_are_kept(it: Subject) {
    let key = format!("{}/clock", it.centre);
    assert_eq!(it.store.meta_get(&key).await.expect("a setting"), None);
    it.store.meta_set(&key, b"1").await.expect("a setting");
    it.store.meta_set(&key, b"2").await.expect("a setting");
    assert_eq!(it.store.meta_get(&key).await.expect("a setting").as_deref(), Some(&b"2"[..]));
}
