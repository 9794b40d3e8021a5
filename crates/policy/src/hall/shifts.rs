//! Windows open, pause, drain, close, and are lost.

use std::sync::Arc;

use super::Hall;
use super::timers::Timer;
use crate::act::{Act, Alarm, Refusal, Subject};
use crate::config::WINDOWS_MAX;
use crate::ids::{Skill, WindowId};
use crate::signal::{WindowKind, Work};
use crate::window::{After, Crew, Seat, Window};

impl Hall {
    pub(super) fn open(
        &mut self,
        id: WindowId,
        kind: WindowKind,
        skills: Arc<[Skill]>,
        shift_ends_ms: Option<i64>,
        acts: &mut Vec<Act>,
    ) {
        let Some(at) = self.window_named(&id, &kind) else {
            acts.push(Act::Refused { what: Subject::Window(id), why: Refusal::TooManyWindows });
            return;
        };
        if !self.set_skills(at, skills) {
            acts.push(Act::Refused { what: Subject::Window(id), why: Refusal::TooManyQueues });
            return;
        }
        self.answer(&id);
        self.leave_idle(at);
        let (busy, was_open) = (matches!(self.windows[at].seat, Seat::Busy(_)), self.windows[at].is_open());
        if matches!(kind, WindowKind::Tidal { .. }) && !self.tidal.contains(&at) {
            self.tidal.push(at);
        }
        let window = &mut self.windows[at];
        (window.kind, window.after) = (kind, After::Serve);
        if !was_open {
            window.opened_ms = self.now_ms;
        }
        self.set_shift_end(at, shift_ends_ms);
        if !busy {
            self.become_idle(at);
        }
    }

    /// The index of a window, made closed if it is new; `None` past [`WINDOWS_MAX`].
    fn window_named(&mut self, id: &WindowId, kind: &WindowKind) -> Option<usize> {
        if let Some(&at) = self.window_index.get(id) {
            return Some(at);
        }
        if self.windows.len() >= WINDOWS_MAX {
            return None;
        }
        let at = self.windows.len();
        self.windows.push(Window {
            id: id.clone(),
            kind: kind.clone(),
            names: Arc::default(),
            crew: 0,
            seat: Seat::Closed,
            since_ms: self.now_ms,
            opened_ms: self.now_ms,
            shift_end: None,
            after: After::Serve,
            served: 0,
        });
        self.crews[0].windows.push(at);
        self.window_index.insert(id.clone(), at);
        Some(at)
    }

    /// Has a window serve these queues; false, and nothing changes, if they would be too many. Nearly always it served them
    /// before.
    fn set_skills(&mut self, at: usize, names: Arc<[Skill]>) -> bool {
        let known = &self.windows[at].names;
        if Arc::ptr_eq(known, &names) || *known == names {
            return true;
        }
        let Some(mut skills) = names.iter().map(|name| self.queue_named(name)).collect::<Option<Vec<usize>>>() else {
            return false;
        };
        skills.sort_unstable();
        skills.dedup();
        self.leave_idle(at);
        self.crews[self.windows[at].crew].windows.retain(|window| *window != at);
        let crew = self.crew_of(skills);
        self.crews[crew].windows.push(at);
        (self.windows[at].names, self.windows[at].crew) = (names, crew);
        true
    }

    /// Those who serve these queues, made if there are none.
    fn crew_of(&mut self, skills: Vec<usize>) -> usize {
        if let Some(known) = self.crews.iter().position(|crew| crew.skills == skills) {
            return known;
        }
        let left = self.crews.iter().skip(1).position(|crew| crew.windows.is_empty());
        let at = left.map_or(self.crews.len(), |nth| nth + 1);
        if left.is_none() {
            self.crews.push(Crew::default());
        }
        for &skill in &self.crews[at].skills {
            self.queues[skill].crews.retain(|crew| *crew != at);
        }
        for &skill in &skills {
            self.queues[skill].crews.push(at);
        }
        self.crews[at].skills = skills;
        at
    }

    fn set_shift_end(&mut self, at: usize, ends_ms: Option<i64>) {
        if let Some(key) = self.windows[at].shift_end.take() {
            self.timers.remove(key);
        }
        if let Some(ends_ms) = ends_ms {
            let key = (ends_ms, self.next_seq());
            self.timers.insert(key, Timer::ShiftEnd(at));
            self.windows[at].shift_end = Some(key);
        }
    }

    pub(super) fn extend_shift(&mut self, at: usize, until_ms: i64) {
        let window = &mut self.windows[at];
        if !window.is_open() {
            return;
        }
        if matches!(window.after, After::ShiftOver | After::Overtime) {
            window.after = After::Serve;
        }
        self.set_shift_end(at, Some(until_ms));
    }

    /// The shift is over: the window goes now, or as soon as it may.
    pub(super) fn end_shift(&mut self, at: usize, acts: &mut Vec<Act>) {
        let window = &mut self.windows[at];
        window.shift_end = None;
        if !window.is_open() || window.after == After::Close {
            return;
        }
        window.after = After::ShiftOver;
        acts.push(Act::Drain { window: window.id.clone() });
        let busy = matches!(window.seat, Seat::Busy(_));
        if busy || self.windows[at].seat == Seat::Break && self.must_stay(at) {
            return;
        }
        self.leave_idle(at);
        self.close(at, acts);
    }

    /// Whether people wait whom this window can serve and no other will.
    pub(super) fn must_stay(&self, at: usize) -> bool {
        let needed = |&skill: &usize| self.queues[skill].people > 0 && !self.is_served(skill);
        self.config.overtime && self.crews[self.windows[at].crew].skills.iter().any(needed)
    }

    pub(super) fn say_overtime(&mut self, at: usize, acts: &mut Vec<Act>) {
        let window = &mut self.windows[at];
        if window.after != After::Overtime {
            window.after = After::Overtime;
            acts.push(Act::Alarm(Alarm::Overtime { window: window.id.clone() }));
        }
    }

    pub(super) fn start_break(&mut self, at: usize) {
        let window = &mut self.windows[at];
        match window.seat {
            Seat::Idle(_) => {
                self.leave_idle(at);
                self.set_seat(at, Seat::Break);
            }
            Seat::Busy(_) if window.after == After::Serve => window.after = After::Break,
            _ => {}
        }
    }

    pub(super) fn end_break(&mut self, at: usize, acts: &mut Vec<Act>) {
        let window = &mut self.windows[at];
        if window.after == After::Break {
            window.after = After::Serve;
        }
        if window.seat == Seat::Break {
            self.free(at, acts);
        }
    }

    /// Nothing new for this window; it closes now if nothing is in hand.
    pub(super) fn close_when_free(&mut self, at: usize, acts: &mut Vec<Act>) {
        let window = &mut self.windows[at];
        if !window.is_open() {
            return;
        }
        window.after = After::Close;
        if matches!(window.seat, Seat::Busy(_)) {
            self.divert_from(at, acts);
            return;
        }
        self.leave_idle(at);
        self.close(at, acts);
    }

    /// Closes a window that has nothing in hand and is in no idle list.
    pub(super) fn close(&mut self, at: usize, acts: &mut Vec<Act>) {
        self.set_seat(at, Seat::Closed);
        self.set_shift_end(at, None);
        acts.push(Act::Closed { window: self.window_id(at) });
        self.divert_from(at, acts);
    }

    fn divert_from(&mut self, at: usize, acts: &mut Vec<Act>) {
        let crew = self.windows[at].crew;
        for nth in 0..self.crews[crew].skills.len() {
            self.divert_orphans(self.crews[crew].skills[nth], acts);
        }
    }

    /// The lease of what the window had in hand expired: the work goes back to its place, the window is not trusted.
    pub(super) fn lose_window(&mut self, at: usize, work: &Work, acts: &mut Vec<Act>) {
        let Seat::Busy(in_hand) = self.windows[at].seat else { return };
        if self.places[in_hand].work != *work {
            return;
        }
        self.put_back(in_hand, self.places[in_hand].queue);
        if self.windows[at].after == After::Close {
            self.close(at, acts);
            return;
        }
        self.set_seat(at, Seat::Lost);
        acts.push(Act::Alarm(Alarm::WindowLost { window: self.window_id(at) }));
    }
}
