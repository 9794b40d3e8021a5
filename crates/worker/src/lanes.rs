//! The messages of a centre on their way, by destination. Each lane keeps its order and waits by itself when it cannot be
//! sent; what does not fit in memory stays in the store and is read again.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use onething_store::bounds::LIST_MAX;
use onething_store::{OutboxEntry, StoreError};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::courier::{Carrier, Trouble};
use crate::transfer;

/// Messages of one lane held in memory; the others wait in the store alone.
const LANE_MAX: usize = 1000;
/// Messages sent before they are acknowledged together.
const BATCH_MAX: usize = 100;
/// The first pause after a failure, doubled for each further one.
const PAUSE_MIN: Duration = Duration::from_millis(200);
/// The longest pause: when a destination is back, this long until it gets what has waited.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Longest error kept, in characters: all of them together are one word of the store.
const ERROR_CHARS_MAX: usize = 300;
/// Most destinations in trouble that are told.
const TOLD_MAX: usize = 50;

/// All lanes.
pub(crate) struct Lanes {
    carrier: Carrier,
    lanes: BTreeMap<String, Lane>,
    /// Everything up to this message has been sorted into its lane.
    seen: u64,
    under_way: JoinSet<Sent>,
    /// Whether what troubles there are has changed.
    news: bool,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<OutboxEntry>,
    /// The first message that is in the store alone.
    behind: Option<u64>,
    busy: bool,
    tries: u32,
    again_at: Option<Instant>,
    error: Option<String>,
}

/// What became of a batch.
struct Sent {
    lane: String,
    count: usize,
    error: Option<String>,
}

impl Lanes {
    pub(crate) fn new(carrier: Carrier) -> Self {
        Self { carrier, lanes: BTreeMap::new(), seen: 0, under_way: JoinSet::new(), news: false }
    }

    /// Begins anew: who was replaced knows nothing for sure.
    pub(crate) fn forget(&mut self) {
        *self = Self { news: true, ..Self::new(self.carrier.clone()) };
    }

    /// Takes note of what was sent, reads what is new, and sends what can be sent. Whether there is surely more to read.
    pub(crate) async fn round(&mut self) -> Result<bool, StoreError> {
        while let Some(sent) = self.under_way.try_join_next() {
            self.take_note(sent);
        }
        // With nothing in hand everything that is there is new, whatever its number: a store that came back from a copy
        // may count from where the copy was.
        if self.lanes.is_empty() {
            self.seen = 0;
        }
        let more = self.read().await?;
        self.catch_up().await?;
        self.send();
        Ok(more)
    }

    /// Waits until a batch is through; for ever if none is under way.
    pub(crate) async fn something_arrived(&mut self) {
        match self.under_way.join_next().await {
            Some(sent) => self.take_note(sent),
            None => std::future::pending().await,
        }
    }

    /// Waits until nothing is under way.
    pub(crate) async fn finish(&mut self) {
        while let Some(sent) = self.under_way.join_next().await {
            self.take_note(sent);
        }
    }

    /// The troubles there are, if they have changed.
    pub(crate) fn news(&mut self) -> Option<Vec<Trouble>> {
        if !std::mem::take(&mut self.news) {
            return None;
        }
        let troubled = self.lanes.iter().filter_map(|(topic, lane)| Some((topic, lane, lane.error.clone()?)));
        let troubles = troubled.map(|(topic, lane, error)| Trouble {
            to: transfer::destination(topic).map_or_else(|| topic.clone(), |centre| centre.to_string()),
            waiting: lane.waiting.len() as u64,
            since_ms: lane.waiting.front().map_or(0, |first| first.at_ms),
            tries: lane.tries,
            error,
        });
        Some(troubles.take(TOLD_MAX).collect())
    }

    fn take_note(&mut self, sent: Result<Sent, tokio::task::JoinError>) {
        let Ok(Sent { lane, count, error }) = sent else {
            // A batch that came to no end may or may not have arrived: all are read again.
            self.carrier
                .centre
                .report("一批消息发送中断，重新发送 / a batch of messages broke off and is sent again".into());
            self.forget();
            return;
        };
        let Some(lane) = self.lanes.get_mut(&lane) else { return };
        lane.busy = false;
        lane.waiting.drain(..count.min(lane.waiting.len()));
        self.news |= lane.error.is_some() || error.is_some();
        match error {
            Some(error) => {
                lane.tries += 1;
                lane.again_at = Some(Instant::now() + pause(lane.tries));
                lane.error = Some(error.chars().take(ERROR_CHARS_MAX).collect());
            }
            None => (lane.tries, lane.again_at, lane.error) = (0, None, None),
        }
    }

    /// Sorts new messages into their lanes.
    async fn read(&mut self) -> Result<bool, StoreError> {
        let centre = &self.carrier.centre;
        let page = centre.store().outbox_read(centre.id(), self.seen, LIST_MAX).await?;
        let more = page.len() == LIST_MAX;
        for message in page {
            self.seen = message.sequence;
            let lane = self.lanes.entry(message.topic.clone()).or_default();
            if lane.behind.is_none() && lane.waiting.len() < LANE_MAX {
                lane.waiting.push_back(message);
            } else {
                lane.behind.get_or_insert(message.sequence);
            }
        }
        Ok(more)
    }

    /// Reads on where a lane has sent all it had in memory.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        let centre = &self.carrier.centre;
        for (topic, lane) in self.lanes.iter_mut().filter(|(_, lane)| lane.waiting.is_empty() && !lane.busy) {
            let Some(first) = lane.behind else { continue };
            let page = centre.store().outbox_read(centre.id(), first - 1, LIST_MAX).await?;
            let last = page.last().map_or(u64::MAX, |last| last.sequence);
            lane.behind = (page.len() == LIST_MAX && last < self.seen).then_some(last.saturating_add(1));
            // What comes after is sorted in when it is read for the first time.
            let own = page.into_iter().filter(|it| it.topic == *topic && it.sequence <= self.seen);
            lane.waiting.extend(own);
        }
        Ok(())
    }

    fn send(&mut self) {
        let now = Instant::now();
        for (topic, lane) in &mut self.lanes {
            if lane.busy || lane.waiting.is_empty() || lane.again_at.is_some_and(|at| now < at) {
                continue;
            }
            lane.busy = true;
            let batch = lane.waiting.iter().take(BATCH_MAX).cloned().collect();
            self.under_way.spawn(send(self.carrier.clone(), topic.clone(), batch));
        }
        // A destination nobody has written to for a while is nothing to remember.
        self.lanes.retain(|_, lane| lane.busy || !lane.waiting.is_empty() || lane.behind.is_some());
    }
}

/// Sends messages in order until one does not arrive, and acknowledges those that did.
async fn send(carrier: Carrier, lane: String, batch: Vec<OutboxEntry>) -> Sent {
    let (mut arrived, mut error) = (Vec::new(), None);
    for message in &batch {
        match carrier.carry(message).await {
            Ok(()) => arrived.push(message.sequence),
            Err(failed) => {
                error = Some(failed);
                break;
            }
        }
    }
    let centre = &carrier.centre;
    if !arrived.is_empty()
        && let Err(failed) = centre.store().outbox_ack(centre.id(), &arrived).await
    {
        // They arrived, but the store does not know: they are sent again.
        return Sent { lane, count: 0, error: Some(failed.to_string()) };
    }
    Sent { lane, count: arrived.len(), error }
}

fn pause(tries: u32) -> Duration {
    PAUSE_MIN.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(PAUSE_MAX)
}
