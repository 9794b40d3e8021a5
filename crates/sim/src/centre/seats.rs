//! Seats: shifts, breaks, sickness, and people who change places for a tide.

use jiff::civil::Date;
use onething_engine::calendar::Millis;
use onething_policy::{Signal, WindowId};
use rand::RngExt;

use super::measures::Presence;
use super::run::{Event, Run};
use crate::scenario::{StaffGroup, manned};

/// One seat during a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Seat {
    /// Since when somebody sits there.
    pub(super) open_since_ms: Option<Millis>,
    /// Since when somebody has been at work there.
    work_since_ms: Option<Millis>,
    /// Breaks taken since it was opened.
    pub(super) breaks_ms: i64,
    /// Since when it has been on a break.
    pub(super) paused_ms: Option<Millis>,
    /// Its shifts of today.
    shifts: Vec<(Millis, Millis)>,
    /// When the shift that runs, or ran last, ends.
    pub(super) shift_end_ms: Millis,
    /// The tidal window to which its officer goes or went.
    pub(super) lent_to: Option<u32>,
    /// Of a tidal window: whose officer sits there.
    pub(super) borrowed_from: Option<u32>,
}

impl Seat {
    /// When the shift that runs at a moment ends.
    fn shift_at(&self, now_ms: Millis) -> Option<Millis> {
        self.shifts.iter().find(|(from_ms, to_ms)| (*from_ms..*to_ms).contains(&now_ms)).map(|it| it.1)
    }
}

/// The shifts of one seat on one day, each as the stretches between its breaks. By a roster the seats of a group are
/// manned in order of their numbers, and a shift goes on after the centre's own break.
fn shifts(
    group: &StaffGroup,
    number: u32,
    date: Date,
    midnight: Millis,
    spans: &[(Millis, Millis)],
) -> Vec<Vec<(Millis, Millis)>> {
    let at = |minute: u16| midnight + i64::from(minute) * 60_000;
    if group.roster.is_empty() {
        let time = |time: jiff::civil::Time| at(time.hour() as u16 * 60 + time.minute() as u16);
        let own: Vec<(Millis, Millis)> = group.hours.iter().map(|it| (time(it.from), time(it.to))).collect();
        return vec![if own.is_empty() { spans.to_vec() } else { own }];
    }
    let mut shifts: Vec<Vec<(Millis, Millis)>> = Vec::new();
    let manned = manned(&group.roster, date.weekday().to_monday_zero_offset() as usize);
    let on_duty = || manned.iter().filter(|it| it.2 >= number).map(|it| (at(it.0), at(it.1)));
    for (nth, &(opens, closes)) in spans.iter().enumerate() {
        for (from, to) in on_duty().map(|it| (it.0.max(opens), it.1.min(closes))).filter(|it| it.0 < it.1) {
            let after_break = |last: Millis| nth > 0 && last == spans[nth - 1].1 && from == opens;
            match shifts.last_mut().and_then(|shift| shift.last_mut().map(|last| (last.1, last))) {
                Some((until, last)) if until == from => last.1 = to,
                Some((until, _)) if after_break(until) => {
                    shifts.last_mut().into_iter().for_each(|it| it.push((from, to)))
                }
                _ => shifts.push(vec![(from, to)]),
            }
        }
    }
    shifts
}

impl Run<'_> {
    /// Enters the shifts and breaks of a day.
    pub(super) fn begin_shifts(&mut self, day: usize) {
        let scenario = &self.model.scenario;
        let (date, spans) = &scenario.days[day];
        let midnight = self.model.calendar.start_of_day(*date);
        for seat in 0..self.model.seats.len() {
            let Some(group) = self.model.seats[seat].group else {
                // A tidal window pauses as the centre does.
                self.enter_breaks(seat, spans);
                continue;
            };
            let group = &scenario.file.staff[group];
            let chance: f64 = self.people.of(u64::MAX - ((day as u64) << 20 | seat as u64)).random();
            if chance < group.sick {
                continue;
            }
            self.seats[seat].shifts.clear();
            for shift in shifts(group, self.model.seats[seat].number, *date, midnight, spans) {
                let (Some(first), Some(last)) = (shift.first(), shift.last()) else { continue };
                self.seats[seat].shifts.push((first.0, last.1));
                self.agenda.enter(first.0, Event::Opens { seat: seat as u32 });
                self.enter_breaks(seat, &shift);
            }
        }
    }

    fn enter_breaks(&mut self, seat: usize, spans: &[(Millis, Millis)]) {
        for pair in spans.windows(2).filter(|pair| pair[0].1 < pair[1].0) {
            self.agenda.enter(pair[0].1, Event::Pauses { seat: seat as u32 });
            self.agenda.enter(pair[1].0, Event::Resumes { seat: seat as u32 });
        }
    }

    pub(super) fn open_seat(&mut self, seat: u32) {
        let plan = &self.model.seats[seat as usize];
        let state = &mut self.seats[seat as usize];
        if let Some(end_ms) = state.shift_at(self.now_ms) {
            state.shift_end_ms = end_ms;
        }
        if state.lent_to.is_some() {
            return;
        }
        if state.open_since_ms.is_none() {
            (state.open_since_ms, state.breaks_ms, state.paused_ms) = (Some(self.now_ms), 0, None);
            state.work_since_ms = Some(self.now_ms);
        }
        let signal = Signal::WindowOpened {
            window: plan.id.clone(),
            kind: plan.kind.clone(),
            skills: plan.queues.clone(),
            shift_ends_ms: Some(state.shift_end_ms),
        };
        self.tell(signal);
    }

    pub(super) fn pause(&mut self, seat: u32) {
        let state = &mut self.seats[seat as usize];
        if state.open_since_ms.is_some() {
            state.paused_ms = Some(self.now_ms);
            self.note_work(seat);
            self.tell(Signal::BreakStarted { window: self.model.seats[seat as usize].id.clone() });
        }
    }

    pub(super) fn resume(&mut self, seat: u32) {
        let state = &mut self.seats[seat as usize];
        if let Some(paused_ms) = state.paused_ms.take() {
            state.breaks_ms += self.now_ms - paused_ms;
            state.work_since_ms = Some(self.now_ms);
            self.tell(Signal::BreakEnded { window: self.model.seats[seat as usize].id.clone() });
        }
    }

    /// The hall asks for a tidal window; whoever lends an officer is told to close by the hall itself.
    pub(super) fn ask_tidal(&mut self, window: &WindowId, lender: Option<&WindowId>) {
        let Some(tidal) = self.seat_of(window) else { return };
        match lender.and_then(|id| self.seat_of(id)) {
            Some(lender) => {
                self.seats[lender as usize].lent_to = Some(tidal);
                self.seats[tidal as usize].borrowed_from = Some(lender);
            }
            None => self.agenda.enter(self.now_ms, Event::Takes { seat: tidal }),
        }
    }

    pub(super) fn take_tidal_seat(&mut self, tidal: u32) {
        let closes = self.model.days[self.day].closes;
        if self.now_ms >= closes {
            self.give_back(tidal);
            return;
        }
        self.seats[tidal as usize].shift_end_ms = closes;
        self.open_seat(tidal);
    }

    pub(super) fn closed(&mut self, window: &WindowId) {
        let Some(seat) = self.seat_of(window) else { return };
        self.leave_seat(seat);
        if let Some(tidal) = self.seats[seat as usize].lent_to {
            let file = &self.model.scenario.file;
            let tide = file.tides.get(self.group_of(tidal) - file.staff.len());
            let way_ms = tide.map_or(0, |tide| i64::from(tide.lend.move_minutes) * 60_000);
            self.agenda.enter(self.now_ms + way_ms, Event::Takes { seat: tidal });
        } else if self.seats[seat as usize].borrowed_from.is_some() {
            self.give_back(seat);
        }
    }

    /// Whoever sat at a tidal window goes back to their own seat while its shift lasts.
    fn give_back(&mut self, tidal: u32) {
        let Some(lender) = self.seats[tidal as usize].borrowed_from.take() else { return };
        let state = &mut self.seats[lender as usize];
        state.lent_to = None;
        if state.shift_at(self.now_ms).is_some() {
            self.agenda.enter(self.now_ms, Event::Opens { seat: lender });
        }
    }

    /// Books a stretch of work for the picture of the windows.
    fn note_work(&mut self, seat: u32) {
        if let Some(from_ms) = self.seats[seat as usize].work_since_ms.take().map(|it| it.max(self.warm_ms))
            && from_ms < self.now_ms
        {
            self.report.at_work.push(Presence { seat: seat as usize, from_ms, to_ms: self.now_ms });
        }
    }

    /// Books the time at a seat that somebody leaves.
    pub(super) fn leave_seat(&mut self, seat: u32) {
        self.note_work(seat);
        let now_ms = self.now_ms;
        let state = &mut self.seats[seat as usize];
        let Some(since_ms) = state.open_since_ms.take() else { return };
        let breaks_ms = state.breaks_ms + state.paused_ms.take().map_or(0, |paused_ms| now_ms - paused_ms);
        let (shift_end_ms, calendar) = (state.shift_end_ms, &self.model.calendar);
        let same_day = calendar.date_of(since_ms) == calendar.date_of(now_ms);
        let (from_ms, to_ms) = (since_ms.max(self.warm_ms), now_ms.min(self.until_ms));
        let staffed_ms = if same_day {
            now_ms - since_ms - breaks_ms
        } else {
            // A task in hand at closing rests with its officer until the next morning, day after day where work never
            // runs out.
            calendar.business_millis_between(from_ms, to_ms).unwrap_or(0)
        };
        if from_ms < to_ms {
            let group = self.group_of(seat);
            self.report.groups[group].staffed_ms += staffed_ms;
            self.report.overtime_ms += if same_day { (now_ms - shift_end_ms.max(since_ms)).max(0) } else { 0 };
            if self.model.seats[seat as usize].group.is_none() {
                self.opened_for_tide(seat as usize, since_ms);
            }
        }
    }

    /// The staff group of a seat, or the tide of a tidal window.
    pub(super) fn group_of(&self, seat: u32) -> usize {
        let file = &self.model.scenario.file;
        self.model.seats[seat as usize].group.unwrap_or_else(|| {
            let first = self.model.seats.iter().position(|it| it.group.is_none()).unwrap_or(0);
            let mut nth = seat as usize - first;
            let tide = file.tides.iter().position(|tide| {
                let here = nth < tide.windows as usize;
                nth = nth.saturating_sub(tide.windows as usize);
                here
            });
            file.staff.len() + tide.unwrap_or(0)
        })
    }
}
