//! Who sits where and when: shifts and their breaks, and officers who change places for a tide.
//!
//! The hall says which windows it wants; who is there to sit at them is known here. Whoever has somebody in front of them at
//! the beginning of a break serves them first: that is the hall's rule. Here it is that nobody sits down during a break,
//! that a tidal window keeps the hours of the centre, and that its officer comes from another seat and goes back to it.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::ids::{Skill, WindowId};
use crate::signal::{Signal, WindowKind};

/// A shift: the stretches between its breaks, each with its beginning and its end in epoch milliseconds, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift(SmallVec<[(i64, i64); STRETCHES_USUAL]>);

/// As many stretches as most shifts have at most.
const STRETCHES_USUAL: usize = 2;

/// A shift that never ends.
pub const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

/// The seats of a centre. A driver tells the hall whatever [`Seating::due`] says, one after the other.
#[derive(Default)]
pub struct Seating {
    seats: Vec<Seat>,
    index: FxHashMap<WindowId, usize>,
    /// What is to happen, by time; none is empty. Seats change together, so there are few.
    moments: VecDeque<Moment>,
}

/// What is to happen at one time, in the order in which it was entered.
struct Moment {
    at_ms: i64,
    changes: VecDeque<(usize, Change)>,
}

struct Seat {
    id: WindowId,
    kind: WindowKind,
    skills: Arc<[Skill]>,
    /// How long an officer is on the way to it.
    way_ms: i64,
    /// The shifts that are not over; of a tidal window the hours of the centre.
    shifts: Vec<Shift>,
    is_open: bool,
    pauses: bool,
    /// Whether somebody has come who sits down after the break.
    waits: bool,
    /// The tidal window to which its officer goes or went.
    lent_to: Option<usize>,
    /// Of a tidal window: the seat whose officer sits there or is called.
    lender: Option<usize>,
    /// Of a tidal window: until when it was wanted when it was asked for.
    asked_until_ms: Option<i64>,
}

#[derive(Clone, Copy)]
enum Change {
    /// Whoever sits there may sit down.
    SitsDown,
    Pauses,
    Resumes,
}

/// What the hours of a seat say of a moment.
enum Hours {
    At { ends_ms: i64 },
    Break,
    Off,
}

impl Seating {
    /// Makes a seat known; to a tidal window an officer is `way_ms` on the way. A seat that is known already stays as it is.
    pub fn add(&mut self, id: WindowId, kind: WindowKind, skills: Vec<Skill>, way_ms: i64) {
        if self.index.contains_key(&id) {
            return;
        }
        self.index.insert(id.clone(), self.seats.len());
        self.seats.push(Seat {
            id,
            kind,
            skills: skills.into(),
            way_ms,
            shifts: Vec::new(),
            is_open: false,
            pauses: false,
            waits: false,
            lent_to: None,
            lender: None,
            asked_until_ms: None,
        });
    }

    /// Plans a shift of seats; of a tidal window, hours in which it may be open. Shifts that are over are forgotten.
    pub fn plan<'a>(&mut self, now_ms: i64, ids: impl IntoIterator<Item = &'a WindowId>, shift: &Shift) {
        let Some(&(begins_ms, _)) = shift.0.first() else { return };
        let (mut all, mut sit_down) = (Vec::new(), Vec::new());
        for at in ids.into_iter().filter_map(|id| self.index.get(id).copied()) {
            let seat = &mut self.seats[at];
            seat.shifts.retain(|it| it.ends_ms() > now_ms);
            seat.shifts.push(shift.clone());
            all.push(at);
            sit_down.extend((!seat.is_tidal()).then_some(at));
        }
        let mut enter = |at_ms: i64, seats: &[usize], change| {
            if !seats.is_empty() {
                self.moment(at_ms).extend(seats.iter().map(|&seat| (seat, change)));
            }
        };
        enter(begins_ms, &sit_down, Change::SitsDown);
        for pair in shift.0.windows(2).filter(|pair| pair[0].1 < pair[1].0) {
            enter(pair[0].1, &all, Change::Pauses);
            enter(pair[1].0, &all, Change::Resumes);
        }
    }

    /// When there is something to tell the hall next.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        self.moments.front().map(|moment| moment.at_ms)
    }

    /// What the hall is to be told now, before this is asked again; `None`: nothing more.
    pub fn due(&mut self, now_ms: i64) -> Option<Signal> {
        while let Some((at, change)) = self.next_change(now_ms) {
            let signal = match change {
                Change::SitsDown => self.sit_down(now_ms, at),
                Change::Pauses => self.pause(at),
                Change::Resumes => self.resume(now_ms, at),
            };
            if signal.is_some() {
                return signal;
            }
        }
        None
    }

    fn next_change(&mut self, now_ms: i64) -> Option<(usize, Change)> {
        let moment = self.moments.front_mut().filter(|moment| moment.at_ms <= now_ms)?;
        let next = moment.changes.pop_front();
        if moment.changes.is_empty() {
            self.moments.pop_front();
        }
        next
    }

    /// The hall asks for a tidal window ([`crate::Act::OpenTidal`]). Its officer comes once the lender's seat has closed.
    pub fn asked(&mut self, now_ms: i64, tidal: &WindowId, lender: Option<&WindowId>) {
        let Some(&at) = self.index.get(tidal) else { return };
        self.seats[at].asked_until_ms = self.seats[at].shift_at(now_ms).map(Shift::ends_ms);
        let Some(&lender) = lender.and_then(|id| self.index.get(id)) else {
            self.enter(now_ms, at, Change::SitsDown);
            return;
        };
        self.seats[lender].lent_to = Some(at);
        if let Some(former) = self.seats[at].lender.replace(lender).filter(|former| *former != lender) {
            // Called so long ago that the hall gave them up: they turn back, on the way or waiting there for the end of a break.
            self.seats[former].lent_to = None;
            self.seats[at].waits = false;
            self.moments.retain_mut(|moment| {
                moment.changes.retain(|(seat, change)| *seat != at || !matches!(change, Change::SitsDown));
                !moment.changes.is_empty()
            });
            self.stay(now_ms, former);
        }
    }

    /// A window has closed ([`crate::Act::Closed`]): its officer goes to the tidal window that called, or back from it.
    pub fn closed(&mut self, now_ms: i64, id: &WindowId) {
        let Some(&at) = self.index.get(id) else { return };
        (self.seats[at].is_open, self.seats[at].pauses) = (false, false);
        if let Some(tidal) = self.seats[at].lent_to {
            self.enter(now_ms.saturating_add(self.seats[tidal].way_ms), tidal, Change::SitsDown);
        } else if self.seats[at].is_tidal() {
            self.go_back(now_ms, at);
        } else {
            // Nobody called.
            self.stay(now_ms, at);
        }
    }

    /// Nobody sits down or changes places any more.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    fn enter(&mut self, at_ms: i64, seat: usize, change: Change) {
        self.moment(at_ms).push_back((seat, change));
    }

    /// What is to happen at a time, to which something is added now.
    fn moment(&mut self, at_ms: i64) -> &mut VecDeque<(usize, Change)> {
        let at = self.moments.partition_point(|moment| moment.at_ms < at_ms);
        if self.moments.get(at).is_none_or(|moment| moment.at_ms > at_ms) {
            self.moments.insert(at, Moment { at_ms, changes: VecDeque::new() });
        }
        &mut self.moments[at].changes
    }

    fn sit_down(&mut self, now_ms: i64, at: usize) -> Option<Signal> {
        let seat = &mut self.seats[at];
        seat.waits = false;
        if seat.lent_to.is_some() {
            return None;
        }
        match seat.hours(now_ms) {
            Hours::At { ends_ms } if !seat.is_tidal() || seat.asked_until_ms == Some(ends_ms) => {
                (seat.is_open, seat.pauses) = (true, false);
                Some(Signal::WindowOpened {
                    window: seat.id.clone(),
                    kind: seat.kind.clone(),
                    skills: seat.skills.clone(),
                    shift_ends_ms: (ends_ms != ALWAYS.1).then_some(ends_ms),
                })
            }
            Hours::Break => {
                seat.waits = true;
                None
            }
            Hours::At { .. } | Hours::Off if seat.is_tidal() => {
                let declined = Signal::TidalDeclined { window: seat.id.clone() };
                self.go_back(now_ms, at);
                Some(declined)
            }
            Hours::At { .. } | Hours::Off => None,
        }
    }

    /// Whoever was called to a tidal window goes back to their own seat.
    fn go_back(&mut self, now_ms: i64, tidal: usize) {
        self.seats[tidal].asked_until_ms = None;
        let Some(lender) = self.seats[tidal].lender.take() else { return };
        self.seats[lender].lent_to = None;
        self.stay(now_ms, lender);
    }

    /// Whoever is free at their own seat sits down there again if their shift goes on. When the next one begins is entered.
    fn stay(&mut self, now_ms: i64, at: usize) {
        if self.seats[at].shift_at(now_ms).is_some() {
            self.enter(now_ms, at, Change::SitsDown);
        }
    }

    fn pause(&mut self, at: usize) -> Option<Signal> {
        let seat = &mut self.seats[at];
        seat.pauses = seat.is_open;
        seat.pauses.then(|| Signal::BreakStarted { window: seat.id.clone() })
    }

    fn resume(&mut self, now_ms: i64, at: usize) -> Option<Signal> {
        let seat = &mut self.seats[at];
        if std::mem::take(&mut seat.pauses) {
            return Some(Signal::BreakEnded { window: seat.id.clone() });
        }
        if seat.waits { self.sit_down(now_ms, at) } else { None }
    }
}

impl Seat {
    fn is_tidal(&self) -> bool {
        matches!(self.kind, WindowKind::Tidal { .. })
    }

    fn shift_at(&self, now_ms: i64) -> Option<&Shift> {
        self.shifts.iter().find(|it| it.begins_ms() <= now_ms && now_ms < it.ends_ms())
    }

    fn hours(&self, now_ms: i64) -> Hours {
        match self.shift_at(now_ms) {
            Some(shift) if shift.0.iter().any(|it| (it.0..it.1).contains(&now_ms)) => {
                Hours::At { ends_ms: shift.ends_ms() }
            }
            Some(_) => Hours::Break,
            None => Hours::Off,
        }
    }
}

impl Shift {
    /// The stretches, in order.
    #[must_use]
    pub fn stretches(&self) -> &[(i64, i64)] {
        &self.0
    }

    fn begins_ms(&self) -> i64 {
        self.0.first().map_or(i64::MAX, |first| first.0)
    }

    fn ends_ms(&self) -> i64 {
        self.0.last().map_or(i64::MIN, |last| last.1)
    }
}

/// Stretches, in whatever order they are said.
impl From<Vec<(i64, i64)>> for Shift {
    fn from(mut stretches: Vec<(i64, i64)>) -> Self {
        stretches.sort_unstable();
        Self(stretches.into())
    }
}
