//! Seats as a run counts them, and when whose shifts are. Who sits where is `policy::Seating`'s to say.

use std::borrow::Cow;

use jiff::civil::Date;
use onething_engine::calendar::{Millis, Uncovered};
use onething_policy::{Seating, Shift, Signal, WindowId, WindowKind};
use rand::RngExt;

use super::measures::Presence;
use super::model::Model;
use super::run::{Event, Run};
use crate::chance::Source;
use crate::scenario::{StaffGroup, manned};

/// One seat during a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Seat {
    /// Since when somebody sits there.
    pub(super) open_since_ms: Option<Millis>,
    /// Since when somebody has been at work there.
    work_since_ms: Option<Millis>,
    /// Breaks taken since it was opened.
    breaks_ms: i64,
    /// Since when it has been on a break.
    paused_ms: Option<Millis>,
    /// When the shift that runs, or ran last, ends.
    shift_end_ms: Millis,
}

/// The shifts of one seat on one day, each as the stretches between its breaks. By a roster the seats of a group are
/// manned in order of their numbers, and a shift goes on after the centre's own break.
fn shifts(group: &StaffGroup, number: u32, date: Date, midnight: Millis, spans: &[(Millis, Millis)]) -> Vec<Shift> {
    let at = |minute: u16| midnight + i64::from(minute) * 60_000;
    if group.roster.is_empty() {
        let time = |time: jiff::civil::Time| at(time.hour() as u16 * 60 + time.minute() as u16);
        let own: Vec<(Millis, Millis)> = group.hours.iter().map(|it| (time(it.from), time(it.to))).collect();
        return vec![own.into()];
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
    shifts.into_iter().map(Shift::from).collect()
}

impl Model {
    /// Every seat, by its number, at which nobody sits yet and no shift is planned.
    pub(super) fn seating(&self) -> Seating {
        let (file, mut seating) = (&self.scenario.file, Seating::default());
        for (seat, nth) in self.seats.iter().zip(0..) {
            let tide = self.group_of(nth as usize).checked_sub(file.staff.len()).and_then(|nth| file.tides.get(nth));
            let way_ms = tide.map_or(0, |tide| i64::from(tide.lend.move_minutes) * 60_000);
            seating.add(WindowId::numbered(nth), seat.kind.clone(), seat.queues.clone(), way_ms);
        }
        seating
    }

    /// The shifts of a seat on a day, the first of all days being 0; none when its officer is sick. Of a tidal window the
    /// hours of the centre, in which it may be open.
    #[must_use]
    pub fn shifts(&self, people: &Source, day: usize, seat: usize) -> Cow<'_, [Shift]> {
        let hours_of_centre = || Cow::Borrowed(std::slice::from_ref(&self.days[day].hours));
        let Some(group) = self.seats[seat].group else { return hours_of_centre() };
        let group = &self.scenario.file.staff[group];
        let chance = || people.of(u64::MAX - ((day as u64) << 20 | seat as u64)).random::<f64>();
        if group.sick > 0.0 && chance() < group.sick {
            return Cow::Borrowed(&[]);
        }
        if group.roster.is_empty() && group.hours.is_empty() {
            return hours_of_centre();
        }
        let (date, spans) = &self.scenario.days[day];
        shifts(group, self.seats[seat].number, *date, self.calendar.start_of_day(*date), spans).into()
    }

    /// When somebody at a seat is through with a task that takes so long, in milliseconds. What has been begun at a window is
    /// finished, as for a person in front of it; what lies on a desk rests while the centre is closed.
    ///
    /// # Errors
    /// A year on the way is not covered by the calendar.
    pub fn ends_ms(&self, seat: usize, began_ms: Millis, takes_ms: i64) -> Result<Millis, Uncovered> {
        match self.seats[seat].kind {
            WindowKind::Desk => self.calendar.after_business_millis(began_ms, takes_ms),
            _ => Ok(began_ms + takes_ms),
        }
    }
}

impl Run<'_> {
    /// Enters the shifts and breaks of a day.
    pub(super) fn begin_shifts(&mut self, day: usize) {
        let shifts_of = |seat| self.model.shifts(&self.people, day, seat);
        let shifts: Vec<Cow<'_, [Shift]>> = (0..self.model.seats.len()).map(shifts_of).collect();
        let mut planned: Vec<(&Shift, WindowId)> = Vec::with_capacity(shifts.len());
        for (shifts, nth) in shifts.iter().zip(0..) {
            planned.extend(shifts.iter().map(|shift| (shift, WindowId::numbered(nth))));
        }
        let mut times: Vec<Millis> = Vec::new();
        // Of seats that follow each other most have the same shift.
        for alike in planned.chunk_by(|one, next| one.0 == next.0) {
            let shift = alike[0].0;
            times.extend(shift.stretches().iter().flat_map(|it| [it.0, it.1]));
            self.seating.plan(self.now_ms, alike.iter().map(|it| &it.1), shift);
        }
        times.sort_unstable();
        times.dedup();
        // Entered now, so that seats change before anything else that happens at the same moment.
        times.into_iter().for_each(|at_ms| self.agenda.enter(at_ms, Event::Seats));
        self.time_seats();
    }

    /// Whoever sits down, pauses or goes on now does so.
    pub(super) fn seats_due(&mut self) {
        if self.now_ms < self.seats_due_ms {
            // Something came before this was due, and what was due then is entered anew.
            return;
        }
        self.seats_due_ms = i64::MAX;
        while let Some(signal) = self.seating.due(self.now_ms) {
            self.note_seat(&signal);
            self.tell(signal);
        }
        self.time_seats();
    }

    fn time_seats(&mut self) {
        if let Some(due_ms) = self.seating.next_due_ms().filter(|due_ms| *due_ms < self.seats_due_ms) {
            self.seats_due_ms = due_ms;
            self.agenda.enter(due_ms, Event::Seats);
        }
    }

    fn note_seat(&mut self, signal: &Signal) {
        let (Signal::WindowOpened { window, .. } | Signal::BreakStarted { window } | Signal::BreakEnded { window }) =
            signal
        else {
            return;
        };
        let Some(seat) = window.number() else { return };
        let now_ms = self.now_ms;
        let state = &mut self.seats[seat as usize];
        match signal {
            Signal::WindowOpened { shift_ends_ms, .. } => {
                state.shift_end_ms = shift_ends_ms.unwrap_or(Millis::MAX);
                if state.open_since_ms.is_none() {
                    (state.open_since_ms, state.breaks_ms, state.paused_ms) = (Some(now_ms), 0, None);
                    state.work_since_ms = Some(now_ms);
                }
            }
            Signal::BreakStarted { .. } => {
                state.paused_ms = Some(now_ms);
                self.note_work(seat);
            }
            _ => {
                state.breaks_ms += state.paused_ms.take().map_or(0, |paused_ms| now_ms - paused_ms);
                state.work_since_ms = Some(now_ms);
            }
        }
    }

    /// The hall asks for a tidal window; whoever lends an officer is told to close by the hall itself.
    pub(super) fn ask_tidal(&mut self, window: &WindowId, lender: Option<&WindowId>) {
        self.seating.asked(self.now_ms, window, lender);
        self.time_seats();
    }

    pub(super) fn closed(&mut self, window: &WindowId) {
        let Some(seat) = window.number() else { return };
        self.leave_seat(seat);
        self.seating.closed(self.now_ms, window);
        self.time_seats();
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
        let same_day = calendar.is_same_day(since_ms, now_ms);
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
        self.model.group_of(seat as usize)
    }
}
