//! The hall: what it holds, and which part answers which signal.

mod alarms;
mod dispatch;
mod people;
mod shifts;
mod tides;
mod timers;
mod view;
mod work;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::act::Act;
use crate::config::{ConfigError, HallConfig, QUEUES_MAX};
use crate::ids::{CampaignId, Skill, WindowId};
use crate::places::Places;
use crate::queue::Queue;
use crate::rates::ArrivalRates;
use crate::signal::{Signal, Work};
use crate::tide::Tide;
use crate::window::{Crew, Window};
use timers::{Timer, Timers};
use work::Barred;

/// The windows and queues of one centre. Feed it signals; carry out the acts it returns.
///
/// After every call: work is in hand at one window at most, a window has one work in hand at most, and no idle window
/// has work waiting that it can do.
pub struct Hall {
    config: HallConfig,
    /// The latest time it was told; time never runs backwards.
    now_ms: i64,
    /// Grows with every arrival and every idle window: what breaks ties.
    seq: u64,
    queues: Vec<Queue>,
    queue_index: FxHashMap<Skill, usize>,
    windows: Vec<Window>,
    window_index: FxHashMap<WindowId, usize>,
    /// Windows that have been opened for a tide, by index.
    tidal: Vec<usize>,
    /// The first is of those who serve nothing.
    crews: Vec<Crew>,
    places: Places,
    /// Windows that must not do a task. Only tasks that bar somebody stand here, so a hall without any pays nothing.
    barred: BTreeMap<Work, Barred>,
    timers: Timers,
    tides: Vec<Tide>,
    /// Queues where an idle window and waiting work may have met since the last dispatch.
    touched: Vec<usize>,
}

impl Hall {
    /// An empty hall with all windows closed.
    ///
    /// # Errors
    /// If the rules contradict themselves; the error names the field.
    pub fn new(config: HallConfig) -> Result<Hall, ConfigError> {
        config.validate()?;
        let tides = config.tides.iter().cloned().map(Tide::new).collect();
        Ok(Hall {
            config,
            now_ms: i64::MIN,
            seq: 0,
            queues: Vec::new(),
            queue_index: FxHashMap::default(),
            windows: Vec::new(),
            window_index: FxHashMap::default(),
            tidal: Vec::new(),
            crews: vec![Crew::default()],
            places: Places::default(),
            barred: BTreeMap::new(),
            timers: Timers::default(),
            tides,
            touched: Vec::new(),
        })
    }

    /// Tells the hall that `signal` happened at `now_ms` (epoch milliseconds) and returns what is to be done.
    ///
    /// A time before the latest one counts as the latest one.
    pub fn on(&mut self, now_ms: i64, signal: Signal) -> Vec<Act> {
        let mut acts = Vec::new();
        self.on_into(now_ms, signal, &mut acts);
        acts
    }

    /// As [`Hall::on`], but appends to a buffer that the caller reuses.
    pub fn on_into(&mut self, now_ms: i64, signal: Signal, acts: &mut Vec<Act>) {
        self.now_ms = self.now_ms.max(now_ms);
        if self.next_due_ms().is_some_and(|due_ms| due_ms <= self.now_ms) {
            self.pass_time(acts);
        }
        self.hear(signal, acts);
        if !self.touched.is_empty() {
            self.dispatch(acts);
        }
    }

    fn hear(&mut self, signal: Signal, acts: &mut Vec<Act>) {
        match signal {
            Signal::WindowOpened { window, kind, skills, shift_ends_ms } => {
                self.open(window, kind, skills, shift_ends_ms, acts);
            }
            Signal::WindowClosing { window } => self.with_window(&window, |hall, at| hall.close_when_free(at, acts)),
            Signal::ShiftExtended { window, until_ms } => {
                self.with_window(&window, |hall, at| hall.extend_shift(at, until_ms));
            }
            Signal::BreakStarted { window } => self.with_window(&window, |hall, at| hall.start_break(at)),
            Signal::BreakEnded { window } => self.with_window(&window, |hall, at| hall.end_break(at, acts)),
            Signal::TicketTaken { ticket, queue, class, appointment_ms } => {
                self.take_ticket(ticket, &queue, class, appointment_ms, acts);
            }
            Signal::TicketWithdrawn { ticket } => self.withdraw(&Work::Ticket(ticket)),
            Signal::NoShow { ticket } => self.no_show(ticket, acts),
            Signal::TicketTransferred { ticket, queue } => self.transfer(ticket, &queue, acts),
            Signal::TaskQueued { task, queue, class, ready_at_ms, barred } => {
                self.queue_task(task, &queue, class, ready_at_ms, barred, acts);
            }
            Signal::TaskWithdrawn { task } => self.withdraw(&Work::Task(task)),
            Signal::ServiceFinished { window, work } => {
                self.with_window(&window, |hall, at| hall.finish(at, work, acts));
            }
            Signal::LeaseExpired { window, task } => {
                self.with_window(&window, |hall, at| hall.lose_window(at, &Work::Task(task), acts));
            }
            Signal::ForecastChanged { campaign, forecast } => self.change_forecast(&campaign, forecast),
            Signal::TidalDeclined { window } => self.decline(&window),
            Signal::MinutePassed => {
                self.judge_tides(acts);
                self.judge_queues(acts);
                self.judge_barred(acts);
            }
        }
    }

    /// What a tide has learned of its arrivals so far; `None` for one that does not learn.
    pub fn learned(&self, campaign: &CampaignId) -> Option<&ArrivalRates> {
        let tide = self.tides.iter().find(|it| it.config.campaign == *campaign)?;
        tide.today.as_ref().map(|today| &today.rates)
    }

    /// When something falls due by itself next: a task ready, an appointment, the end of a shift. The driver sends any
    /// signal at or after that time; [`Signal::MinutePassed`] each minute is enough if a minute late does no harm.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.timers.next_ms()
    }

    /// What is due happens. Apart from the signals, few of which need it.
    #[inline(never)]
    fn pass_time(&mut self, acts: &mut Vec<Act>) {
        while let Some(timer) = self.timers.due(self.now_ms) {
            match timer {
                Timer::Ready(work) => self.make_ready(work),
                Timer::Due(work) => self.make_due(work),
                Timer::ShiftEnd(window) => self.end_shift(window, acts),
            }
        }
    }

    fn with_window(&mut self, id: &WindowId, change: impl FnOnce(&mut Hall, usize)) {
        if let Some(&at) = self.window_index.get(id) {
            change(self, at);
        }
    }

    fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    /// The index of the queue called `name`, made if it is new; `None` past [`QUEUES_MAX`].
    fn queue_named(&mut self, name: &Skill) -> Option<usize> {
        if let Some(&at) = self.queue_index.get(name) {
            return Some(at);
        }
        if self.queues.len() >= QUEUES_MAX {
            return None;
        }
        let at = self.queues.len();
        let tides = (0..self.tides.len()).filter(|&tide| self.tides[tide].config.queue == *name).collect();
        self.queues.push(Queue::new(*name, self.config.rule(name).clone(), tides));
        self.queue_index.insert(*name, at);
        Some(at)
    }

    /// Whether any window will take more work of this queue.
    fn is_served(&self, queue: usize) -> bool {
        self.windows_of(&self.queues[queue]).any(Window::serves)
    }

    /// The windows that have the skill, closed ones too.
    fn windows_of(&self, queue: &Queue) -> impl Iterator<Item = &Window> {
        let windows = queue.crews.iter().flat_map(|&crew| &self.crews[crew].windows);
        windows.map(|&at| &self.windows[at])
    }

    fn window_id(&self, at: usize) -> WindowId {
        self.windows[at].id.clone()
    }
}
