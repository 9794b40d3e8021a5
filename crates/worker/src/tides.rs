//! Tides that many processes meet together. One of them at a time holds the duty to decide, looks once a minute, and leaves
//! word which windows are to be open; all read the word, and whoever can spare somebody mans a window. When the holder dies
//! the duty runs out and another goes on from the word, so that all apply the same windows all the time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use onething_policy::{ConfigError, Seen, TideConfig, TideState, TideStep, TideWatch, WindowId};
use onething_store::bounds::LIST_MAX;
use onething_store::{Fence, Queue, Role, StandingPlace, StoreError, TaskId, WorkerId};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::bell::Bell;
use crate::centre::Centre;
use crate::claimer::Claimer;
use crate::handler::Handler;

/// How often the word is read, and the roles that are held are made to last.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a role lasts without being renewed: a few looks.
const ROLE_MS: u64 = 5_000;
const MINUTE_MS: i64 = 60_000;

/// A tide that all processes of a centre meet together.
#[derive(Clone, Debug)]
pub struct LiveTide {
    /// Its rules; `lend` has no meaning here, `lenders` and `spare` have.
    pub config: TideConfig,
    /// Windows that serve its queue all day, in all processes together.
    pub standing: usize,
    /// Most of its windows for which people can be spared, in all processes together (the protected minimum is left out).
    pub spare: usize,
    /// Names of this process's posts whose officers may sit at its windows, first one first.
    pub lenders: Vec<Arc<str>>,
}

/// A post whose officer may be called away: sends whether they are, and hears when they have left.
pub(crate) struct Lendable {
    handler: Arc<dyn Handler>,
    away: watch::Sender<bool>,
    left: watch::Receiver<bool>,
}

impl Lendable {
    /// A post that is manned by `claimer` whenever its officer is not called away, until told to drain.
    pub(crate) fn new(claimer: Claimer) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (away, called) = watch::channel(false);
        let (leave, left) = watch::channel(false);
        let lendable = Self { handler: claimer.handler.clone(), away, left };
        (lendable, sit_or_go(claimer, called, leave))
    }
}

async fn sit_or_go(claimer: Claimer, mut called: watch::Receiver<bool>, leave: watch::Sender<bool>) {
    let drain = claimer.drain.clone();
    while !drain.is_cancelled() {
        let here = drain.child_token();
        let work = claimer.again(here.clone()).run();
        tokio::pin!(work);
        tokio::select! {
            () = &mut work => return,
            asked = becomes(&mut called, true) => if !asked {
                // Nobody is left who could call.
                work.await;
                return;
            },
        }
        here.cancel();
        work.await;
        leave.send_replace(true);
        tokio::select! {
            () = drain.cancelled() => return,
            back = becomes(&mut called, false) => if !back { return },
        }
        leave.send_replace(false);
    }
}

/// Waits until it is said; `false` where nobody is left to say it.
async fn becomes(said: &mut watch::Receiver<bool>, wanted: bool) -> bool {
    said.wait_for(|said| *said == wanted).await.is_ok()
}

/// What one process does about one tide.
pub(crate) struct Runner {
    pub(crate) centre: Arc<Centre>,
    pub(crate) tide: LiveTide,
    /// The process, as it is known to the store.
    pub(crate) me: WorkerId,
    pub(crate) seats: Vec<Lendable>,
    pub(crate) lease_ms: u64,
    pub(crate) ageing_ms: u64,
    pub(crate) bell: Bell,
    pub(crate) drain: CancellationToken,
}

/// The duty to decide, while this process holds it.
struct Duty {
    fence: Fence,
    watch: TideWatch,
    minute: i64,
    /// Tasks seen before; nothing before the first look.
    known: Option<BTreeSet<TaskId>>,
    /// Since when an open window is manned by nobody, by window.
    empty: BTreeMap<WindowId, i64>,
}

/// A window that this process mans.
struct Manned {
    fence: Fence,
    lender: usize,
    close: CancellationToken,
}

impl Runner {
    /// Checks the rules before anything starts.
    pub(crate) fn check(config: &TideConfig) -> Result<(), ConfigError> {
        TideWatch::new(config.clone(), TideState::default()).map(drop)
    }

    /// A post whose officer this tide may call; the answer mans it.
    pub(crate) fn may_call(&mut self, claimer: Claimer) -> impl Future<Output = ()> + Send + use<> {
        let (lendable, post) = Lendable::new(claimer);
        self.seats.push(lendable);
        post
    }

    pub(crate) async fn run(self) {
        let mut duty = None;
        let mut manned = BTreeMap::new();
        // Those who sit at tidal windows go with this process.
        let mut sitting = JoinSet::new();
        while !self.drain.is_cancelled() {
            let looked = match self.plan(&mut duty).await {
                Ok(open) => self.man(&open, &mut manned, &mut sitting).await,
                Err(error) => Err(error),
            };
            if let Err(error) = looked {
                self.centre.report(format!("{}：{error}", self.role()));
            }
            tokio::select! {
                () = self.drain.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        while sitting.join_next().await.is_some() {}
        let given_up = manned.iter().map(|(window, it)| (self.role_of(window), it.fence));
        let given_up: Vec<(String, Fence)> = given_up.chain(duty.map(|duty| (self.role(), duty.fence))).collect();
        for (role, fence) in given_up {
            // What is not given up runs out.
            let _late = self.centre.store().leave_role(self.centre.id(), &role, fence).await;
        }
    }

    fn role(&self) -> String {
        format!("tide/{}", self.tide.config.campaign)
    }

    fn role_of(&self, window: &WindowId) -> String {
        format!("tide/{}/{window}", self.tide.config.campaign)
    }

    async fn take(&self, role: &str) -> Result<Role, StoreError> {
        let now = self.centre.clock().machine_now();
        self.centre.store().take_role(self.centre.id(), role, &self.me, ROLE_MS, now).await
    }

    /// Which windows are to be open: decided here by whoever holds the duty, else read.
    async fn plan(&self, duty: &mut Option<Duty>) -> Result<BTreeSet<WindowId>, StoreError> {
        let role = self.take(&self.role()).await?;
        let said: TideState = serde_json::from_slice(&role.word).unwrap_or_default();
        if role.holder != self.me {
            *duty = None;
            return Ok(said.open.into_keys().collect());
        }
        let held = match duty.take().filter(|duty| duty.fence == role.fence) {
            Some(held) => held,
            None => {
                self.centre.report(format!("{}：由本进程决定 / decided by this process", self.role()));
                let open: BTreeSet<WindowId> = said.open.keys().cloned().collect();
                // The rules were checked before anything started.
                let Ok(watch) = TideWatch::new(self.tide.config.clone(), said) else { return Ok(open) };
                Duty { fence: role.fence, watch, minute: i64::MIN, known: None, empty: BTreeMap::new() }
            }
        };
        let held = duty.insert(held);
        let minute = self.centre.clock().now().div_euclid(MINUTE_MS);
        if held.minute != minute {
            held.minute = minute;
            self.decide(held).await?;
            let word = serde_json::to_vec(&held.watch.state()).unwrap_or_default();
            let now = self.centre.clock().machine_now();
            if !self.centre.store().say(self.centre.id(), &self.role(), held.fence, &word, now).await? {
                *duty = None;
                return self.read().await;
            }
        }
        Ok(duty.as_ref().map(|held| held.watch.state().open.into_keys().collect()).unwrap_or_default())
    }

    async fn read(&self) -> Result<BTreeSet<WindowId>, StoreError> {
        let role = self.centre.store().role(self.centre.id(), &self.role()).await?;
        let said: TideState = role.and_then(|role| serde_json::from_slice(&role.word).ok()).unwrap_or_default();
        Ok(said.open.into_keys().collect())
    }

    /// Looks at the queue and decides.
    async fn decide(&self, duty: &mut Duty) -> Result<(), StoreError> {
        let (now, machine_now) = (self.centre.clock().now(), self.centre.clock().machine_now());
        for window in duty.watch.state().open.into_keys() {
            let held = self.centre.store().role(self.centre.id(), &self.role_of(&window)).await?;
            if held.is_some_and(|role| role.is_held(machine_now)) {
                duty.empty.remove(&window);
                continue;
            }
            let since = *duty.empty.entry(window.clone()).or_insert(now);
            if now - since >= self.tide.config.answer_ms {
                duty.empty.remove(&window);
                duty.watch.decline(now, &window);
                self.centre.report(format!("潮汐窗口 {window} 没有人来 / nobody came to the tidal window {window}"));
            }
        }
        let (waiting, standing) = self.tasks(machine_now).await?;
        // Whoever takes over has seen nothing yet: what stands there came before.
        let arrived = duty.known.as_ref().map_or(0, |known| standing.difference(known).count());
        duty.known = Some(standing);
        let seen = Seen {
            waiting,
            arrived: u32::try_from(arrived).unwrap_or(u32::MAX),
            standing: self.tide.standing,
            spare: self.tide.spare,
        };
        match duty.watch.judge(now, seen) {
            TideStep::Stay => {}
            TideStep::Open(window) => {
                self.centre.report(format!("潮汐窗口 {window} 开放 / tidal window {window} opens"));
            }
            TideStep::Close(window) => {
                self.centre.report(format!("潮汐窗口 {window} 关闭 / tidal window {window} closes"));
            }
            TideStep::AtMaximum => {
                let campaign = &self.tide.config.campaign;
                self.centre.report(format!("潮汐 {campaign} 没有窗口可开了 / the tide {campaign} has no window left"));
            }
        }
        Ok(())
    }

    /// How many wait in the tide's queue, and every task of it that waits or is in hand.
    async fn tasks(&self, machine_now: i64) -> Result<(usize, BTreeSet<TaskId>), StoreError> {
        let queue = Queue::from(self.tide.config.queue.as_str());
        let (mut waiting, mut all, mut cursor) = (0, BTreeSet::new(), 0);
        loop {
            let page = self.centre.store().tasks(self.centre.id(), cursor, LIST_MAX).await?;
            for task in page.entries.into_iter().filter(|task| task.queue == queue) {
                let waits = matches!(task.place, StandingPlace::Waiting) && task.ready_at_ms <= machine_now;
                // A page may name a task twice.
                waiting += usize::from(all.insert(task.task) && waits);
            }
            cursor = page.next;
            if cursor == 0 {
                return Ok((waiting, all));
            }
        }
    }

    /// Mans windows that are to be open while somebody can be spared, and closes those that are not.
    async fn man(
        &self,
        open: &BTreeSet<WindowId>,
        manned: &mut BTreeMap<WindowId, Manned>,
        sitting: &mut JoinSet<WindowId>,
    ) -> Result<(), StoreError> {
        while let Some(closed) = sitting.try_join_next() {
            let Some((window, it)) = closed.ok().and_then(|window| manned.remove_entry(&window)) else { continue };
            self.centre.store().leave_role(self.centre.id(), &self.role_of(&window), it.fence).await?;
        }
        for (window, it) in manned.iter() {
            let role = self.take(&self.role_of(window)).await?;
            if !open.contains(window) || role.holder != self.me || role.fence != it.fence {
                it.close.cancel();
            }
        }
        for window in open {
            if manned.contains_key(window) {
                continue;
            }
            let free = |nth: &usize| manned.values().all(|it| it.lender != *nth);
            let Some(lender) = (0..self.seats.len()).find(free) else { return Ok(()) };
            let role = self.take(&self.role_of(window)).await?;
            if role.holder == self.me {
                let close = self.drain.child_token();
                let seat = self.seat(window, lender, close.clone());
                sitting.spawn(seat);
                manned.insert(window.clone(), Manned { fence: role.fence, lender, close });
            }
        }
        Ok(())
    }

    /// Calls the officer, lets them work at the window until it closes, and sends them back.
    fn seat(
        &self,
        window: &WindowId,
        lender: usize,
        close: CancellationToken,
    ) -> impl Future<Output = WindowId> + use<> {
        let lender = &self.seats[lender];
        let (away, mut left) = (lender.away.clone(), lender.left.clone());
        let claimer = Claimer {
            centre: self.centre.clone(),
            name: format!("{window}@{}", self.me.as_str()).into(),
            handler: lender.handler.clone(),
            queues: vec![Queue::from(self.tide.config.queue.as_str())],
            lease_ms: self.lease_ms,
            ageing_ms: self.ageing_ms,
            bell: self.bell.again(),
            drain: close.clone(),
        };
        let window = window.clone();
        async move {
            away.send_replace(true);
            tokio::select! {
                gone = becomes(&mut left, true) => if gone { claimer.run().await },
                () = close.cancelled() => {}
            }
            away.send_replace(false);
            window
        }
    }
}

#[cfg(test)]
mod tests;
