//! The statutory clocks of a case: one for each matter, one for the package.

use super::Draft;
use crate::case::{Part, PartStatus, Purpose};
use crate::clock::{Article, watch};
use crate::definition::{ClockStart, StopReason};
use crate::event::Event;
use crate::rejection::Rejection;

impl Draft<'_> {
    /// Starts the clock of a part of an accepted case, once.
    pub(super) fn start_clock(&mut self, part: u8) -> Result<(), Rejection> {
        let (Some(accepted), Some(running)) = (self.case.accepted, self.case.part(part)) else { return Ok(()) };
        if running.ledger.started_at().is_some() {
            return Ok(());
        }
        let plan = self.workflow.plan(part);
        let waited = plan
            .waits_for
            .iter()
            .any(|other| self.case.part(*other).is_some_and(|other| matches!(other.status, PartStatus::Closed(_))));
        let at = match &plan.starts {
            ClockStart::Acceptance | ClockStart::Receipt if waited => self.now,
            ClockStart::Acceptance => accepted.at,
            ClockStart::Receipt => self.case.received_at,
            ClockStart::PeriodEnd { periods } => {
                let received = self.calendar.date_of(self.case.received_at);
                let period = periods.iter().find(|period| period.from <= received && received <= period.to);
                period.map_or(accepted.at, |period| self.calendar.end_of_day(period.to))
            }
        };
        self.clock_started(part, at);
        // Accepted by silence it began days ago, and its limits may have passed.
        self.show_light(part)?;
        if part > 0 { self.follow_matters() } else { Ok(()) }
    }

    pub(super) fn stop_clock(&mut self, part: u8, reason: StopReason, basis: Article) -> Result<(), Rejection> {
        if self.counts(part) {
            self.emit(Event::ClockStopped { part, reason, basis });
            self.time_light(part)?;
            self.follow_matters()?;
        }
        Ok(())
    }

    pub(super) fn resume_clock(&mut self, part: u8, reason: StopReason) -> Result<(), Rejection> {
        if self.counts(part) {
            self.emit(Event::ClockResumed { part, reason });
            self.time_light(part)?;
            self.follow_matters()?;
        }
        Ok(())
    }

    pub(super) fn end_clock(&mut self, part: u8) -> Result<(), Rejection> {
        self.stop_counting(part);
        if part > 0 { self.follow_matters() } else { Ok(()) }
    }

    /// Ends a part's clock, whatever the others do.
    pub(super) fn stop_counting(&mut self, part: u8) {
        if self.counts(part) {
            self.clock_ended(part);
            self.end_timer(Purpose::Light(part));
        }
    }

    /// The package's clock stops only while every unfinished matter's clock is stopped : a matter that
    /// begins makes it run again, and the last one that went on and ends makes it stop.
    fn follow_matters(&mut self) -> Result<(), Rejection> {
        if self.workflow.plans().len() < 2 || !self.counts(0) {
            return Ok(());
        }
        let unfinished = |part: &&Part| part.status == PartStatus::Running && part.ledger.ended_at().is_none();
        let mut matters = self.case.parts.iter().skip(1).filter(unfinished).peekable();
        let all_stopped = matters.peek().is_some() && matters.all(|part| part.ledger.is_stopped());
        match (all_stopped, self.case.part(0).and_then(|part| part.ledger.stopped_for())) {
            (true, None) => {
                let standing = self.case.parts.iter().skip(1).filter(unfinished).flat_map(|part| part.ledger.stops());
                let latest = standing.filter(|stop| stop.to.is_none()).max_by_key(|stop| stop.from);
                let Some(stop) = latest else { return Ok(()) };
                self.emit(Event::ClockStopped { part: 0, reason: stop.reason, basis: stop.basis });
                self.time_light(0)
            }
            (false, Some(reason)) => {
                self.emit(Event::ClockResumed { part: 0, reason });
                self.time_light(0)
            }
            _ => Ok(()),
        }
    }

    fn counts(&self, part: u8) -> bool {
        self.case.part(part).is_some_and(|part| part.ledger.started_at().is_some() && part.ledger.ended_at().is_none())
    }

    /// Shows the light of the moment and times the next change.
    pub(super) fn show_light(&mut self, part: u8) -> Result<(), Rejection> {
        self.watch_light(part, true)
    }

    /// Times the next change of the light: the clock stopped or goes on, which changes no light.
    fn time_light(&mut self, part: u8) -> Result<(), Rejection> {
        self.watch_light(part, false)
    }

    fn watch_light(&mut self, part: u8, shows: bool) -> Result<(), Rejection> {
        let Some(running) = self.case.part(part) else { return Ok(()) };
        let (plan, known) = (self.workflow.plan(part), running.light);
        let (light, next) = watch(&running.ledger, plan.statutory, plan.promised, self.calendar, self.now)?;
        if shows && light != known {
            self.emit(Event::LightChanged { part, light });
        }
        self.end_timer(Purpose::Light(part));
        if let Some(due) = next {
            self.timer_set(due, Purpose::Light(part));
        }
        Ok(())
    }
}
