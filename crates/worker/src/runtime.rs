//! Starting everything that runs a centre, and draining it.

use std::sync::Arc;

use onething_policy::{ConfigError, Hall, Snapshot};
use onething_store::{Queue, StoreError, WorkerId};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bell::{Bell, Bells};
use crate::centre::Centre;
use crate::claimer::Claimer;
use crate::courier::{Carrier, Courier, Messenger};
use crate::hall::{self, HallPlan};
use crate::handler::Handler;
use crate::neighbours::{Alone, Neighbours};
use crate::reception::{AT_THE_DOOR_MAX, Reception};
use crate::services::Programs;
use crate::tides::{self, LiveTide};
use crate::timers;

/// Who and what works at a centre.
pub struct Staff {
    /// The windows and desks.
    pub hall: HallPlan,
    /// Programs for automatic steps.
    pub programs: Programs,
    /// The queues of automatic steps to serve.
    pub service_queues: Vec<Queue>,
    /// How many automatic steps run at once.
    pub service_workers: usize,
    /// Who hands notices on.
    pub messenger: Arc<dyn Messenger>,
}

/// A centre that is running.
pub struct Running {
    drain: CancellationToken,
    tracker: TaskTracker,
    shown: watch::Receiver<Snapshot>,
    reception: Reception,
}

/// Starts a centre.
///
/// # Errors
/// The rules of the hall contradict themselves.
pub fn start(centre: &Arc<Centre>, staff: Staff) -> Result<Running, ConfigError> {
    let hall = Hall::new(staff.hall.config.clone())?;
    let (show, shown) = watch::channel(hall.snapshot());
    let (drain, tracker) = (CancellationToken::new(), TaskTracker::new());
    let lease_ms = staff.hall.lease_ms;
    let (door, comes) = mpsc::channel(AT_THE_DOOR_MAX);
    let heard = hall::Heard { happened: centre.listen(), door: comes };
    tracker.spawn(hall::run(centre.clone(), staff.hall, hall, heard, show, drain.clone()));
    for number in 1..=staff.service_workers {
        let name = format!("自动-{number}").into();
        let claimer = Claimer {
            centre: centre.clone(),
            name,
            handler: Arc::new(staff.programs.clone()),
            queues: staff.service_queues.clone(),
            lease_ms,
            ageing_ms: 0,
            bell: Bell::Own(centre.listen()),
            drain: drain.clone(),
        };
        tracker.spawn(claimer.run());
    }
    tracker.spawn(timers::run(centre.clone(), timers::LOOK_EVERY, drain.clone()));
    let courier = Courier {
        carrier: Carrier { centre: centre.clone(), messenger: staff.messenger, neighbours: Arc::new(Alone) },
        lease_ms,
        look_every: timers::LOOK_EVERY,
        drain: drain.clone(),
    };
    tracker.spawn(courier.run());
    tracker.close();
    let reception = Reception { door, shown: shown.clone() };
    Ok(Running { drain, tracker, shown, reception })
}

/// A seat that takes whatever is next in its queues.
pub struct Post {
    /// Its name, which is also who did the work; no other process may use it.
    pub name: Arc<str>,
    /// The queues it serves.
    pub queues: Vec<Queue>,
    /// Who works there.
    pub handler: Arc<dyn Handler>,
}

/// What one of many processes does for a centre. No hall is run: class, age and ready time decide who is next.
pub struct Crew {
    /// The seats, those of automatic steps among them.
    pub posts: Vec<Post>,
    /// How long a claim holds without being renewed, in milliseconds of machine time.
    pub lease_ms: u64,
    /// After so many milliseconds of waiting a step counts as one class better, so that nobody waits for ever; 0 for never.
    pub ageing_ms: u64,
    /// Who hands notices on.
    pub messenger: Arc<dyn Messenger>,
    /// How to find the centres that cases are handed over to.
    pub neighbours: Arc<dyn Neighbours>,
    /// The tides that all processes meet together.
    pub tides: Vec<LiveTide>,
    /// What the store knows this process by; no other may use it.
    pub process: Arc<str>,
}

/// Why a crew cannot join.
#[derive(Debug, thiserror::Error)]
pub enum NotJoined {
    /// The rules of a tide contradict themselves.
    #[error(transparent)]
    Rules(#[from] ConfigError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A crew at work.
pub struct Joined {
    drain: CancellationToken,
    tracker: TaskTracker,
}

/// Joins those who work for a centre already.
///
/// # Errors
/// The rules of a tide contradict themselves, or the store failed.
pub async fn join(centre: &Arc<Centre>, crew: Crew) -> Result<Joined, NotJoined> {
    crew.tides.iter().try_for_each(|tide| tides::Runner::check(&tide.config))?;
    let (drain, tracker) = (CancellationToken::new(), TaskTracker::new());
    let mut bells = Bells::of(centre).await?;
    let mut runners: Vec<tides::Runner> = Vec::new();
    for tide in crew.tides {
        runners.push(tides::Runner {
            centre: centre.clone(),
            me: WorkerId::from(&*crew.process),
            seats: Vec::new(),
            lease_ms: crew.lease_ms,
            ageing_ms: crew.ageing_ms,
            bell: bells.serving(&[Queue::from(tide.config.queue.as_str())]),
            drain: drain.clone(),
            tide,
        });
    }
    for post in crew.posts {
        let bell = bells.serving(&post.queues);
        let claimer = Claimer {
            centre: centre.clone(),
            name: post.name,
            handler: post.handler,
            queues: post.queues,
            lease_ms: crew.lease_ms,
            ageing_ms: crew.ageing_ms,
            bell,
            drain: drain.clone(),
        };
        // A post lends its officer to one tide, the first that names it.
        match runners.iter_mut().find(|it| it.tide.lenders.contains(&claimer.name)) {
            Some(runner) => tracker.spawn(runner.may_call(claimer)),
            None => tracker.spawn(claimer.run()),
        };
    }
    for runner in runners {
        tracker.spawn(runner.run());
    }
    tracker.spawn(bells.ring(drain.clone()));
    tracker.spawn(timers::run(centre.clone(), timers::LOOK_TOGETHER_EVERY, drain.clone()));
    let courier = Courier {
        carrier: Carrier { centre: centre.clone(), messenger: crew.messenger, neighbours: crew.neighbours },
        lease_ms: crew.lease_ms,
        look_every: timers::LOOK_TOGETHER_EVERY,
        drain: drain.clone(),
    };
    tracker.spawn(courier.run());
    tracker.close();
    Ok(Joined { drain, tracker })
}

impl Joined {
    /// Takes nothing new, finishes what is in hand, stops.
    pub async fn drain(self) {
        self.drain.cancel();
        self.tracker.wait().await;
    }
}

impl Running {
    /// The number machine of the hall.
    #[must_use]
    pub fn reception(&self) -> Reception {
        self.reception.clone()
    }

    /// The hall as it was a moment ago.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.shown.borrow().clone()
    }

    /// Takes nothing new, finishes what is in hand, stops.
    pub async fn drain(self) {
        self.drain.cancel();
        self.tracker.wait().await;
    }
}
