//! What a centre makes of a server that was replaced without knowing it.

use std::path::Path;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use onething_engine::command::Submission;
use onething_store::*;
use serde_json::json;

use super::*;

const CENTRE: &str = "demo";
const NUMBER: &str = "A00001";
/// Monday 2026-04-13, 9:00 in China.
const NINE_MS: i64 = 1_776_042_000_000;

/// Two servers under one address: one that was replaced still shows its cases so many times, then everybody asks the other.
struct Failover {
    replaced: Arc<MemoryStore>,
    master: MemoryStore,
    shown: AtomicUsize,
}

impl Failover {
    fn new(shown: usize) -> Arc<Self> {
        let store = || MemoryStore::new(ChainHash::Sha256);
        Arc::new(Self { replaced: Arc::new(store()), master: store(), shown: shown.into() })
    }
}

const NOT_ASKED: &str = "no command asks this of a store";

#[async_trait]
impl Store for Failover {
    async fn load(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Loaded>, StoreError> {
        let once_less = |left: usize| left.checked_sub(1);
        let is_replaced = self.shown.fetch_update(Ordering::SeqCst, Ordering::SeqCst, once_less).is_err();
        if is_replaced { self.master.load(centre, case).await } else { self.replaced.load(centre, case).await }
    }

    fn chain(&self) -> ChainHash {
        self.master.chain()
    }

    async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        self.master.commit(commit).await
    }

    async fn reply_of(&self, centre: &CentreId, command: &CommandId) -> Result<Option<Reply>, StoreError> {
        self.master.reply_of(centre, command).await
    }

    async fn claim(&self, _: &CentreId, _: &Claim, _: i64) -> Result<Option<Claimed>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn renew(&self, _: &CentreId, _: &Lease, _: u64, _: i64) -> Result<RenewOutcome, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn release(&self, _: &CentreId, _: &Lease, _: i64, _: i64) -> Result<ReleaseOutcome, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn queues(&self, _: &CentreId, _: Option<&Queue>, _: usize, _: i64) -> Result<Vec<QueueDepth>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn queued(&self, _: &CentreId, _: &Queue, _: usize, _: i64) -> Result<Vec<WaitingTask>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn due_timers(&self, _: &CentreId, _: i64, _: usize) -> Result<Vec<DueTimer>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn tasks(&self, _: &CentreId, _: u64, _: usize) -> Result<Page<StandingTask>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn timers(&self, _: &CentreId, _: u64, _: usize) -> Result<Page<DueTimer>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn history(&self, _: &CentreId, _: &CaseId, _: u64, _: usize) -> Result<Vec<Record>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn verify(&self, _: &CentreId, _: &CaseId) -> Result<Option<Verdict>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn search(&self, _: &CentreId, _: &Filter, _: Option<&CaseId>, _: usize) -> Result<Vec<Found>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn case_count(&self, _: &CentreId) -> Result<u64, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn case_bytes(&self, _: &CentreId, _: &CaseId) -> Result<Option<u64>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn centres(&self, _: Option<&CentreId>, _: usize) -> Result<Vec<CentreId>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn outbox_read(&self, _: &CentreId, _: u64, _: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn outbox_ack(&self, _: &CentreId, _: &[u64]) -> Result<(), StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn take_role(&self, _: &CentreId, _: &str, _: &WorkerId, _: u64, _: i64) -> Result<Role, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn say(&self, _: &CentreId, _: &str, _: Fence, _: &[u8], _: i64) -> Result<bool, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn leave_role(&self, _: &CentreId, _: &str, _: Fence) -> Result<(), StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn role(&self, _: &CentreId, _: &str) -> Result<Option<Role>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn put_blob(&self, _: &str, _: &[u8]) -> Result<(), StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn get_blob(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn meta_set(&self, _: &str, _: &[u8]) -> Result<(), StoreError> {
        unreachable!("{NOT_ASKED}")
    }

    async fn meta_get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        unreachable!("{NOT_ASKED}")
    }
}

struct Nine;

impl Clock for Nine {
    fn now(&self) -> Millis {
        NINE_MS
    }

    fn machine_now(&self) -> Millis {
        NINE_MS
    }

    fn wall(&self, _: Millis) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

struct Office {
    centre: Centre,
    workflow: Arc<Workflow>,
}

impl Office {
    fn over(store: Arc<dyn Store>) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
        let read = |name: &str| InputFile { name: name.to_owned(), bytes: std::fs::read(root.join(name)).unwrap() };
        let mut known = check(&[read("matters/bank-account-booking.json"), read("calendars/cn.json")]);
        let workflow = Arc::new(known.workflows.remove("bank-account-booking").unwrap());
        let calendar = Arc::new(known.calendars.remove("cn").unwrap());
        let centre = Centre::new(CENTRE.into(), store, calendar, Arc::new(Nine));
        centre.remember(workflow.clone());
        Self { centre, workflow }
    }

    async fn submit(&self, id: &str) -> Result<Done, Refusal> {
        let submission: Submission = serde_json::from_value(json!({
            "number": NUMBER,
            "applicant": "示例申请人",
            "answers": {},
            "form": { "bank_branch": "示例支行" },
            "materials": ["articles_of_association", "business_licence", "seal_impression"],
        }))
        .unwrap();
        let command =
            Command { id: id.into(), by: "示例申请人".into(), action: Action::Submit(Box::new(submission)) };
        let with = With { workflow: Some(self.workflow.clone()), ..With::default() };
        self.centre.act(&NUMBER.into(), &command, with).await
    }
}

#[tokio::test]
async fn a_case_that_went_with_a_replaced_server_is_handed_in_again() {
    let store = Failover::new(1);
    // Never acknowledged, because no replica had it.
    Office::over(store.replaced.clone()).submit("submit/1").await.unwrap();
    let done = Office::over(store.clone()).submit("submit/1").await.unwrap();
    assert!(done.happened.is_some(), "it took effect where the case is kept now");
    assert!(store.master.load(&CENTRE.into(), &NUMBER.into()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_refusal_stands_when_the_case_is_the_same_once_more() {
    let store = Failover::new(0);
    let office = Office::over(store.clone());
    office.submit("submit/1").await.unwrap();
    assert!(office.submit("submit/1").await.unwrap().happened.is_none(), "the first answer again");
    let refused = office.submit("submit/2").await;
    assert!(matches!(&refused, Err(Refusal::Rejected(why)) if why.code == "R-CASE-004"), "{refused:?}");
}
