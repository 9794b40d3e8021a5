//! Random work on a store: steps, a small world for them, and everything that can be read of it, as text. A store does
//! what the store in memory does if every answer and every text is the same.

use onething_store::conformance::message;
use onething_store::{
    CaseId, CentreId, Claim, Claimed, Commit, CommitOutcome, Fence, Filter, Index, Lease, Queue, QueuedTask, Store,
    TaskId, TimerId,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Steps of one run.
const STEPS_MAX: usize = 60;
/// Set to the number a failure has printed to repeat it.
pub(crate) const SEED: &str = "ONETHING_STORE_SEED";

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Commit(Box<Plan>),
    Claim { worker: u8, queues: u8, only: Option<(u8, u8)> },
    Renew { lease: usize, lease_ms: u64 },
    Release { lease: usize, ready_after_ms: i64 },
    Acknowledge { nth: usize },
    Setting { key: u8, value: u8 },
    Blob { key: u8, value: u8 },
    TakeRole { role: u8, worker: u8, lease_ms: u64 },
    Say { role: u8, fence_off: u64, value: u8 },
    LeaveRole { role: u8 },
    Pass { ms: i64 },
    Reopen,
}

/// What a commit will hold; numbers name things of a small world so that they meet often.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    case: u8,
    command: u8,
    version_off: u64,
    events: usize,
    enqueue: Vec<(u8, u8, u8, i64)>,
    withdraw: Vec<u8>,
    timers_set: Vec<(u8, i64)>,
    timers_cancel: Vec<u8>,
    requires_timer: Option<u8>,
    settle: Option<usize>,
    claim: Option<u8>,
    messages: usize,
    applicant: u8,
}

fn plan() -> impl Strategy<Value = Plan> {
    let names = (0..4_u8, any::<u8>(), prop_oneof![9 => Just(0), 1 => 1..3_u64], 0..3_usize);
    let tasks = prop::collection::vec((0..6_u8, 0..2_u8, 0..3_u8, -20..60_i64), 0..3);
    let moves = (tasks, prop::collection::vec(0..6_u8, 0..2), prop::option::weighted(0.4, any::<usize>()));
    let timers = prop::collection::vec((0..4_u8, 0..90_i64), 0..3);
    let timers = (timers, prop::collection::vec(0..4_u8, 0..2), prop::option::weighted(0.2, 0..4_u8));
    let rest = (prop::option::weighted(0.5, 0..3_u8), 0..3_usize, 0..3_u8);
    (names, moves, timers, rest).prop_map(|(names, moves, timers, rest)| {
        let (case, command, version_off, events) = names;
        let (enqueue, withdraw, settle) = moves;
        let (timers_set, timers_cancel, requires_timer) = timers;
        let (claim, messages, applicant) = rest;
        Plan {
            case,
            command,
            version_off,
            events,
            enqueue,
            withdraw,
            timers_set,
            timers_cancel,
            requires_timer,
            settle,
            claim,
            messages,
            applicant,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => plan().prop_map(|plan| Step::Commit(Box::new(plan))),
        4 => (0..3_u8, 0..4_u8, prop::option::weighted(0.2, (0..4_u8, 0..6_u8)))
            .prop_map(|(worker, queues, only)| Step::Claim { worker, queues, only }),
        2 => (any::<usize>(), 1..200_u64).prop_map(|(lease, lease_ms)| Step::Renew { lease, lease_ms }),
        2 => (any::<usize>(), -10..90_i64).prop_map(|(lease, ready_after_ms)| Step::Release { lease, ready_after_ms }),
        1 => (0..20_usize).prop_map(|nth| Step::Acknowledge { nth }),
        1 => (0..2_u8, 0..3_u8).prop_map(|(key, value)| Step::Setting { key, value }),
        1 => (0..2_u8, 0..3_u8).prop_map(|(key, value)| Step::Blob { key, value }),
        2 => (0..2_u8, 0..3_u8, 1..100_u64)
            .prop_map(|(role, worker, lease_ms)| Step::TakeRole { role, worker, lease_ms }),
        1 => (0..2_u8, 0..2_u64, any::<u8>()).prop_map(|(role, fence_off, value)| Step::Say { role, fence_off, value }),
        1 => (0..2_u8).prop_map(|role| Step::LeaveRole { role }),
        3 => (1..80_i64).prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Reopen),
    ]
}

pub(crate) struct World {
    pub(crate) centre: CentreId,
    pub(crate) now_ms: i64,
    pub(crate) leases: Vec<Lease>,
}

impl World {
    fn commit(&self, plan: &Plan, version: u64) -> Commit {
        let case = CaseId::from(format!("k{}", plan.case));
        let task = |number: u8| TaskId::new(case.clone(), u32::from(number));
        let timer = |number: u8| TimerId::new(case.clone(), u32::from(number));
        let (command, version) = (format!("c{}", plan.command), version + plan.version_off);
        let mut commit = Commit::new(self.centre.clone(), command.as_str().into(), case.clone(), version, self.now_ms);
        commit.events = (0..plan.events).map(|event| vec![plan.command, event as u8]).collect();
        commit.state = vec![plan.command; 5];
        commit.reply = vec![plan.command];
        let state = format!("s{}", plan.command % 3);
        commit.index = Index { state, package: "p".into(), applicant: format!("a{}", plan.applicant) };
        let queued = plan.enqueue.iter().map(|(number, queue, class, ready)| QueuedTask {
            task: task(*number),
            queue: format!("q{queue}").into(),
            class: *class,
            ready_at_ms: self.now_ms + ready,
            payload: vec![*number],
        });
        commit.enqueue = queued.collect();
        commit.withdraw = plan.withdraw.iter().map(|number| task(*number)).collect();
        commit.timers_set = plan.timers_set.iter().map(|(number, due)| (timer(*number), self.now_ms + due)).collect();
        commit.timers_cancel = plan.timers_cancel.iter().map(|number| timer(*number)).collect();
        commit.requires_timer = plan.requires_timer.map(timer);
        let own: Vec<_> = self.leases.iter().filter(|it| it.task.case == case).collect();
        commit.settle = plan.settle.filter(|_| !own.is_empty()).map(|lease| own[lease % own.len()].clone());
        commit.claim = plan.claim.map(|worker| claim(worker, 3, None));
        commit.outbox = (0..plan.messages).map(|number| message("t", &format!("{number}"))).collect();
        commit
    }
}

fn claim(worker: u8, queues: u8, only: Option<(u8, u8)>) -> Claim {
    let queues = (0..2).filter(|queue| queues & (1 << queue) != 0).map(|queue| format!("q{queue}").into()).collect();
    let only = only.map(|(case, number)| TaskId::new(format!("k{case}"), u32::from(number)));
    Claim { worker: format!("w{worker}").into(), queues, only, lease_ms: 50, ageing_ms: u64::from(worker) * 30 }
}

/// The text of a claimed task, whether or not the store brought its case along; if it did, that is the case as it is.
async fn told(store: &dyn Store, centre: &CentreId, claimed: Option<Claimed>) -> String {
    let Some(mut claimed) = claimed else { return "none".to_owned() };
    if let Some(case) = claimed.case.take() {
        assert_eq!(store.load(centre, &claimed.lease.task.case).await.unwrap().as_ref(), Some(&*case));
    }
    format!("{claimed:?}")
}

/// Does one step; the text of its answer.
pub(crate) async fn act(store: &dyn Store, world: &World, step: &Step) -> (String, Option<Lease>) {
    let (centre, now_ms) = (&world.centre, world.now_ms);
    let pick = |lease: usize| world.leases.get(lease % world.leases.len().max(1));
    match step {
        Step::Commit(plan) => {
            let loaded = store.load(centre, &format!("k{}", plan.case).into()).await.unwrap();
            let outcome = store.commit(world.commit(plan, loaded.map_or(0, |it| it.version))).await;
            match outcome {
                Ok(CommitOutcome::Committed { version, head, claimed }) => {
                    let lease = claimed.as_ref().map(|it| it.lease.clone());
                    (format!("{version} {head:?} {}", told(store, centre, claimed).await), lease)
                }
                other => (format!("{other:?}"), None),
            }
        }
        Step::Claim { worker, queues, only } => {
            let claimed = store.claim(centre, &claim(*worker, *queues, *only), now_ms).await.unwrap();
            let lease = claimed.as_ref().map(|it| it.lease.clone());
            (told(store, centre, claimed).await, lease)
        }
        Step::Renew { lease, lease_ms } => match pick(*lease) {
            Some(lease) => (format!("{:?}", store.renew(centre, lease, *lease_ms, now_ms).await), None),
            None => Default::default(),
        },
        Step::Release { lease, ready_after_ms } => match pick(*lease) {
            Some(lease) => (format!("{:?}", store.release(centre, lease, now_ms + ready_after_ms, now_ms).await), None),
            None => Default::default(),
        },
        Step::Acknowledge { nth } => {
            let waiting = store.outbox_read(centre, 0, 200).await.unwrap();
            // One that is gone already, where there are not so many.
            let sequence = waiting.get(*nth).map_or(1, |message| message.sequence);
            (format!("{:?}", store.outbox_ack(centre, &[sequence]).await), None)
        }
        Step::Setting { key, value } => {
            (format!("{:?}", store.meta_set(&format!("{centre}/m{key}"), &[*value]).await), None)
        }
        Step::Blob { key, value } => {
            (format!("{:?}", store.put_blob(&format!("{centre}/b{key}"), &[*value]).await), None)
        }
        Step::TakeRole { role, worker, lease_ms } => {
            let (role, worker) = (format!("r{role}"), format!("w{worker}").into());
            (format!("{:?}", store.take_role(centre, &role, &worker, *lease_ms, now_ms).await), None)
        }
        Step::Say { role, fence_off, value } => {
            let role = format!("r{role}");
            let fence = store.role(centre, &role).await.unwrap().map_or(0, |role| role.fence.0) + fence_off;
            (format!("{:?}", store.say(centre, &role, Fence(fence), &[*value], now_ms).await), None)
        }
        Step::LeaveRole { role } => {
            let role = format!("r{role}");
            let fence = store.role(centre, &role).await.unwrap().map_or(Fence(0), |role| role.fence);
            (format!("{:?}", store.leave_role(centre, &role, fence).await), None)
        }
        Step::Pass { .. } | Step::Reopen => Default::default(),
    }
}

/// Everything that can be read, as text.
pub(crate) async fn read(store: &dyn Store, world: &World) -> String {
    let (centre, now_ms) = (&world.centre, world.now_ms);
    let mut all = Vec::new();
    let mut note = |what: &dyn std::fmt::Debug| all.push(format!("{what:?}"));
    // A store in a file counts arrivals from its opening.
    let mut depths = store.queues(centre, None, 10, now_ms).await.unwrap();
    depths.retain(|depth| depth.waiting + depth.leased > 0);
    depths.iter_mut().for_each(|depth| depth.arrived = 0);
    note(&depths);
    for queue in ["q0", "q1"] {
        note(&store.queued(centre, &Queue::from(queue), 50, now_ms).await);
    }
    note(&store.due_timers(centre, now_ms, 50).await);
    note(&store.due_timers(centre, i64::MAX, 50).await);
    note(&store.outbox_read(centre, 0, 200).await);
    note(&store.case_count(centre).await);
    // A store may hold other centres.
    note(&store.centres(None, 1000).await.unwrap().contains(centre));
    for case in 0..4 {
        let case = CaseId::from(format!("k{case}"));
        note(&store.load(centre, &case).await);
        note(&store.history(centre, &case, 1, 500).await);
        note(&store.verify(centre, &case).await);
    }
    for command in 0..=255 {
        note(&store.reply_of(centre, &format!("c{command}").into()).await);
    }
    for applicant in [None, Some("a1".to_owned())] {
        for state in [None, Some("s1".to_owned())] {
            let filter = Filter { state, package: None, applicant: applicant.clone() };
            note(&store.search(centre, &filter, None, 50).await);
        }
    }
    for role in ["r0", "r1"] {
        note(&store.role(centre, role).await);
    }
    for key in ["m0", "m1", "b0", "b1"] {
        let key = format!("{centre}/{key}");
        note(&store.meta_get(&key).await);
        note(&store.get_blob(&key).await);
    }
    all.join("\n")
}

/// Makes `runs` runs and checks each; on a failure says how `test` repeats it.
pub(crate) fn run(runs: u32, test: &str, check: impl AsyncFn(Vec<Step>)) {
    let seed: u64 = match std::env::var(SEED) {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64,
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: runs, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let result = runner.run(&prop::collection::vec(step(), 1..STEPS_MAX), |steps| {
        runtime.block_on(check(steps));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}\nrepeat with: {SEED}={seed} {test}");
    }
}
