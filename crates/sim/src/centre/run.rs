//! One run: the agenda, the hall, the cases. What the hall says is carried out at once, as the worker does.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use onething_engine::Decider;
use onething_engine::calendar::Millis;
use onething_engine::command::Submission;
use onething_policy::{Act, Hall, Seating, Signal, TaskRef, TicketId, WindowId, Work};
use rustc_hash::FxHashMap;

use super::cases::Open;
use super::comings::Stream;
use super::journal::Journal;
use super::measures::{CaseCounts, Counts, GroupUse, Inside, Presence, RunReport, Unbalanced, WaitLog};
use super::model::Model;
use super::people::Visitor;
use super::queues::Queues;
use super::seats::Seat;
use super::verdicts::steps_source;
use crate::agenda::Agenda;
use crate::applications::APPLICANT;
use crate::chance::Source;
use crate::eventlog::Row;

const MINUTE_MS: i64 = 60_000;
const QUARTER_MS: i64 = 15 * MINUTE_MS;
/// Every name fits in so many bytes: five digits, a dash, thirteen digits.
const NAME_BYTES: usize = 19;

/// A window was given a task, or somebody was called to it. What is done there for whoever was called stands after the
/// call as a task of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// When.
    pub at_ms: Millis,
    /// The window.
    pub window: WindowId,
    /// The task or the person.
    pub work: Work,
    /// Of a person: for which time they are called, from 1; of a task 0.
    pub call: u8,
}

/// What happens. People and cases are known by numbers that are never given again.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Arrival { source: u32 },
    DayBegins { day: u32 },
    Seats,
    Minute,
    HallDue,
    Quarter,
    GivesUp { visitor: u64 },
    Absent { visitor: u64 },
    Served { seat: u32, visitor: u64 },
    LetGo { visitor: u64 },
    Done { seat: u32, case: u64, task: u32 },
    MachineDone { case: u64, task: u32 },
    MachineReady { case: u64, task: u32 },
    Timer { case: u64, timer: u32 },
    Comes { case: u64, task: u32 },
}

/// A run under way.
pub(super) struct Run<'m> {
    pub(super) model: &'m Model,
    pub(super) agenda: Agenda<Event>,
    pub(super) hall: Hall,
    /// What the hall wants done and is not done yet: of what is being told, the next comes last.
    acts: Vec<Act>,
    /// `None` before the first decision and while one is being followed.
    pub(super) decider: Option<Box<Decider>>,
    pub(super) now_ms: Millis,
    pub(super) end_ms: Millis,
    pub(super) warm_ms: Millis,
    /// Midnight after the last day on which people come: the run-on is for cases to end, and who sits there then counts
    /// for nothing.
    pub(super) until_ms: Millis,
    pub(super) day: usize,
    pub(super) steps: Source,
    pub(super) people: Source,
    /// Who applies: the run's own word, so that no run on another core counts who holds it.
    pub(super) applicant: Arc<str>,
    /// What was handed in last; the next takes its room.
    pub(super) submission: Option<Box<Submission>>,
    pub(super) sources: Vec<Stream>,
    /// Arrivals so far by source.
    pub(super) number: Vec<u64>,
    pub(super) seats: Vec<Seat>,
    pub(super) seating: Seating,
    /// For when the agenda has the seats' next change; `MAX`: for no time.
    pub(super) seats_due_ms: Millis,
    pub(super) cases: FxHashMap<u64, Box<Open>>,
    /// Cases that are over and cleared: their room is used again.
    #[allow(clippy::vec_box, reason = "a case goes from here to the open ones and back without being copied")]
    pub(super) closed: Vec<Box<Open>>,
    pub(super) visitors: FxHashMap<u64, Visitor>,
    /// Those who wait at a window for programs, each with the seat and since when.
    pub(super) holding: FxHashMap<u64, (u32, Millis)>,
    pub(super) machines_free: u32,
    pub(super) machine_queue: VecDeque<(u64, u32)>,
    hall_due_ms: Millis,
    /// Whether the hall hears of every minute.
    minutes: bool,
    /// Timers in the agenda whose case no longer waits for them.
    pub(super) stale: usize,
    pub(super) queues: Queues,
    pub(super) inside: Inside,
    pub(super) cases_inside: Inside,
    pub(super) target_ms: i64,
    pub(super) report: RunReport,
    pub(super) log: Option<Vec<Assignment>>,
    pub(super) journal: Option<Box<Journal>>,
    pub(super) refused: Option<String>,
}

impl Model {
    /// Runs the scenario once under a seed.
    #[must_use]
    pub fn run(&self, seed: u64) -> RunReport {
        let mut run = Run::new(self, seed);
        run.go();
        run.report()
    }

    /// The same, with everything that a window was given.
    #[must_use]
    pub fn run_logged(&self, seed: u64) -> (RunReport, Vec<Assignment>) {
        let mut run = Run::new(self, seed);
        run.log = Some(Vec::new());
        run.go();
        let log = run.log.take().unwrap_or_default();
        (run.report(), log)
    }

    /// The same, as an event log: everybody who came, and every step that ended.
    #[must_use]
    pub fn run_journal(&self, seed: u64) -> (RunReport, Vec<Row>) {
        let mut run = Run::new(self, seed);
        run.journal = Some(Box::default());
        run.go();
        let rows = run.journal.take().map(|journal| journal.rows).unwrap_or_default();
        (run.report(), rows)
    }
}

impl<'m> Run<'m> {
    fn new(model: &'m Model, seed: u64) -> Self {
        let from_ms = model.days.first().map_or(0, |day| day.opens);
        // Checked when the model was made.
        #[allow(clippy::expect_used, reason = "the model checked these rules")]
        let hall = Hall::new(model.numbered_hall()).expect("rules that the model checked");
        let (sources, groups) = (model.sources.len(), model.groups().len());
        let file = &model.scenario.file;
        Self {
            agenda: Agenda::new(from_ms),
            hall,
            acts: Vec::new(),
            decider: None,
            now_ms: from_ms,
            end_ms: model.days.last().map_or(0, |day| day.closes),
            warm_ms: model.days.get(file.warm_up_days as usize).map_or(0, |day| day.opens),
            until_ms: model.until_ms(),
            day: 0,
            steps: steps_source(seed),
            people: people_source(seed),
            applicant: APPLICANT.into(),
            submission: None,
            sources: model.streams(seed),
            number: vec![0; sources],
            seats: model.seats.iter().map(|_| Seat::default()).collect(),
            seating: model.seating(),
            seats_due_ms: i64::MAX,
            cases: FxHashMap::default(),
            closed: Vec::new(),
            visitors: FxHashMap::default(),
            holding: FxHashMap::default(),
            machines_free: file.machines,
            machine_queue: VecDeque::new(),
            hall_due_ms: i64::MAX,
            minutes: false,
            stale: 0,
            queues: Queues::default(),
            inside: Inside::new(from_ms),
            cases_inside: Inside::new(from_ms),
            target_ms: (file.target.wait_minutes * MINUTE_MS as f64) as i64,
            report: RunReport {
                counts: vec![Counts::default(); sources],
                waits: (0..sources).map(|_| WaitLog::new()).collect(),
                by_hour: vec![BTreeMap::new(); sources],
                lost_by_hour: vec![BTreeMap::new(); sources],
                tasks: BTreeMap::new(),
                cases: vec![CaseCounts::default(); sources],
                stuck: BTreeMap::new(),
                groups: vec![GroupUse::default(); groups],
                curves: BTreeMap::new(),
                // Before and after noon.
                at_work: Vec::with_capacity(2 * model.seats.len() * model.days.len()),
                openings: Vec::new(),
                overtime_ms: 0,
                events: 0,
                cases_open_max: 0,
                balanced: Ok(()),
            },
            log: None,
            journal: None,
            refused: None,
            model,
        }
    }

    fn go(&mut self) {
        for (day, plan) in self.model.days.iter().enumerate() {
            self.agenda.enter(plan.opens, Event::DayBegins { day: day as u32 });
        }
        (0..self.model.sources.len()).for_each(|source| self.next_arrival(source));
        while let Some((now_ms, event)) = self.agenda.take_before(self.end_ms) {
            self.now_ms = now_ms;
            self.report.events += 1;
            self.happen(event);
            if self.refused.is_some() {
                return;
            }
        }
        self.now_ms = self.end_ms;
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrival { source } => self.arrive(source as usize),
            Event::DayBegins { day } => self.begin_day(day as usize),
            Event::Seats => self.seats_due(),
            Event::Minute => self.minute(),
            Event::HallDue => {
                self.hall_due_ms = i64::MAX;
                self.tell(Signal::MinutePassed);
            }
            Event::Quarter => self.quarter(),
            Event::GivesUp { visitor } => self.give_up(visitor),
            Event::Absent { visitor } => self.absent(visitor),
            Event::Served { seat, visitor } => self.served(seat, visitor),
            Event::LetGo { visitor } => self.let_go(visitor),
            Event::Done { seat, case, task } => self.done(seat, case, task),
            Event::MachineDone { case, task } => self.machine_done(case, task),
            Event::MachineReady { case, task } => self.machine_ready(case, task),
            Event::Timer { case, timer } => self.timer(case, timer),
            Event::Comes { case, task } => self.comes(case, task),
        }
    }

    fn begin_day(&mut self, day: usize) {
        self.day = day;
        let plan = &self.model.days[day];
        let (opens, closes) = (plan.opens, plan.closes);
        self.begin_shifts(day);
        if plan.tides && !std::mem::replace(&mut self.minutes, true) {
            self.agenda.enter(opens.next_multiple_of_minute(), Event::Minute);
        }
        let mut quarter_ms = opens - opens.rem_euclid(QUARTER_MS);
        while quarter_ms <= closes && opens < self.until_ms {
            self.agenda.enter(quarter_ms, Event::Quarter);
            quarter_ms += QUARTER_MS;
        }
    }

    /// On days on which a tide is watched for, the hall hears of every minute until the last tidal window has closed.
    fn minute(&mut self) {
        self.tell(Signal::MinutePassed);
        let plan = &self.model.days[self.day];
        let mut seats = self.model.seats.iter().zip(&self.seats);
        if plan.tides && self.now_ms < plan.closes
            || seats.any(|(plan, seat)| plan.group.is_none() && seat.open_since_ms.is_some())
        {
            self.agenda.enter(self.now_ms + MINUTE_MS, Event::Minute);
        } else {
            self.minutes = false;
            self.time_hall();
        }
    }

    fn quarter(&mut self) {
        if self.now_ms < self.warm_ms {
            return;
        }
        let quarter = ((self.now_ms + 8 * 3_600_000).rem_euclid(86_400_000) / QUARTER_MS) as usize;
        self.queues.note(quarter);
    }

    /// Tells the hall something and does what it answers. There, windows have the numbers of their seats, and work the numbers
    /// of its people, cases and tasks.
    pub(super) fn tell(&mut self, signal: Signal) {
        let before = self.acts.len();
        self.hall.on_into(self.now_ms, signal, &mut self.acts);
        if self.acts.len() > before {
            self.carry_out_from(before);
        }
        self.time_hall();
    }

    /// Does what the hall wants done, but not what it wanted before; tells it what follows, and so on; none is left. Apart
    /// from what is told, which mostly asks for nothing.
    #[inline(never)]
    fn carry_out_from(&mut self, before: usize) {
        let mut signals = Vec::new();
        loop {
            // The last one is done first. What is told meanwhile is answered, and that done, before the next.
            self.acts[before..].reverse();
            while self.acts.len() > before
                && let Some(act) = self.acts.pop()
            {
                self.carry_out(act, &mut signals);
            }
            let Some(signal) = signals.pop() else { return };
            self.hall.on_into(self.now_ms, signal, &mut self.acts);
        }
    }

    /// Where no minute is told, the hall must hear when something falls due by itself.
    fn time_hall(&mut self) {
        if self.minutes {
            return;
        }
        if let Some(due_ms) = self.hall.next_due_ms().filter(|due_ms| *due_ms < self.hall_due_ms) {
            self.hall_due_ms = due_ms;
            self.agenda.enter(due_ms, Event::HallDue);
        }
    }

    fn carry_out(&mut self, act: Act, signals: &mut Vec<Signal>) {
        match act {
            Act::Assign { window, task } => self.assigned(window, task, signals),
            Act::Call { window, ticket, call } => self.called(&window, ticket, call),
            Act::OpenTidal { window, lender, .. } => self.ask_tidal(&window, lender.as_ref()),
            Act::Closed { window } => self.closed(&window),
            Act::Dropped { ticket, .. } => self.dropped(ticket),
            Act::Refused { what: onething_policy::Subject::Work(Work::Ticket(ticket)), .. } => self.turned_away(ticket),
            Act::Drain { .. } | Act::Divert { .. } | Act::Refused { .. } | Act::Alarm(_) => {}
        }
    }

    /// Notes what a window was given.
    pub(super) fn note_given(&mut self, seat: u32, call: u8, work: impl FnOnce() -> Work) {
        if let Some(log) = &mut self.log {
            let window = self.model.seats[seat as usize].id.clone();
            log.push(Assignment { at_ms: self.now_ms, window, work: work(), call });
        }
    }

    pub(super) fn is_warm(&self, came_ms: Millis) -> bool {
        came_ms >= self.warm_ms
    }

    fn report(mut self) -> RunReport {
        let now_ms = self.now_ms;
        for seat in 0..self.seats.len() as u32 {
            self.leave_seat(seat);
        }
        self.close_books();
        let people = self.visitors.values().map(|it| i128::from(it.came_ms)).sum();
        let cases = self.cases.values().map(|it| i128::from(it.came_ms)).sum();
        self.report.balanced = match self.refused.take() {
            Some(refused) => Err(Unbalanced::Refused(refused)),
            None => self
                .inside
                .balance("people", self.visitors.len() as u64, people, now_ms)
                .and_then(|()| self.cases_inside.balance("cases", self.cases.len() as u64, cases, now_ms)),
        };
        let days =
            self.model.days.iter().filter(|day| (self.warm_ms..self.until_ms).contains(&day.opens)).count().max(1)
                as f64;
        self.report.curves = self.queues.curves(days);
        self.report.tasks = self.queues.waits();
        self.report.cases_open_max = self.cases_inside.most();
        self.report
    }

    pub(super) fn opened_for_tide(&mut self, seat: usize, from_ms: Millis) {
        self.report.openings.push(Presence { seat, from_ms, to_ms: self.now_ms });
    }
}

trait Minutes {
    fn next_multiple_of_minute(self) -> Self;
}

impl Minutes for Millis {
    /// The first whole minute that is not before it.
    fn next_multiple_of_minute(self) -> Self {
        (self + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS
    }
}

/// The source of the draws about people under a seed.
#[must_use]
pub fn people_source(seed: u64) -> Source {
    Source::new(seed, &["people"])
}

/// The name of a case. Every case gets one, and formatting is dear: the digits are written from the last to the first.
pub(super) fn name_of(key: u64) -> Arc<str> {
    let mut name = [b'0'; NAME_BYTES];
    let mut at = NAME_BYTES;
    let mut write = |mut number: u64, digits_min: usize| {
        let last = at;
        while number > 0 || last - at < digits_min {
            at -= 1;
            name[at] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        at
    };
    write(key >> 8 & 0xFF_FFFF_FFFF, 6);
    let dash = write(0, 1);
    let first = write(key >> 48, 1);
    name[dash] = b'-';
    str::from_utf8(&name[first..]).unwrap_or_default().into()
}

/// The number of a person or case in the name of a ticket or case: source, arrival, visit.
#[must_use]
pub fn key_of(name: &str) -> Option<u64> {
    let (name, visit) = match name.split_once('/') {
        Some((name, visit)) => (name, number(visit)?),
        None => (name, 0),
    };
    let (source, arrival) = name.split_once('-')?;
    let (source, arrival) = (number(source)?, number(arrival)?);
    let fits = source < 1 << 16 && arrival < 1 << 40 && visit < 1 << 8;
    fits.then_some(source << 48 | arrival << 8 | visit)
}

/// A number of digits alone.
fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|it| it.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The ticket of a visit (取号): of somebody's first one the name of their case.
#[must_use]
pub fn ticket_of(key: u64) -> TicketId {
    match key & 0xFF {
        0 => name_of(key).into(),
        visit => format!("{}/{visit}", name_of(key)).into(),
    }
}

/// A task of a case, as a real centre calls it.
pub(super) fn task_of(case: &str, task: u32) -> TaskRef {
    format!("{case}#{task}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_number_it_was_made_of_and_no_other_text_does() {
        for key in [1 << 48, 3 << 48 | 7 << 8, 14 << 48 | 1_234_567 << 8 | 63] {
            assert_eq!(key_of(&ticket_of(key).to_string()), Some(key));
            let case = key & !0xFF;
            assert_eq!(key_of(&name_of(key)), Some(case));
        }
        assert_eq!(name_of(3 << 48 | 7 << 8).as_ref(), "3-000007");
        for strange in
            ["", "-", "3", "3-", "-7", "3-7/", "3-7/256", "70000-1", "3-7x", "99999999999999999999-1", "A017"]
        {
            assert_eq!(key_of(strange), None, "{strange}");
        }
    }
}
