//! What a decision makes happen: applied to the draft at once, followed by what the world must do, and told as an event where
//! the history is kept. What happens most often is never an event where it is not.

use std::sync::Arc;

use super::Draft;
use crate::apply::{
    apply_known, close_task, end_timer, issue, move_tokens, obtain, open_part, open_task, part_slot, pass, set_timer,
    submit,
};
use crate::calendar::Millis;
use crate::case::{Application, Case, Issued, Obtained, Outcome, Purpose, Task, Timer};
use crate::clock::Entry;
use crate::definition::{MaterialId, QueueName};
use crate::event::Event;
use crate::net::{EdgeSet, Step};

impl Draft<'_> {
    #[inline(always)]
    pub(super) fn emit(&mut self, event: Event) {
        apply_known(self.case, &event, self.now);
        self.effects.follow(&event, self.case, self.now);
        self.tell(|| event);
    }

    /// Emits [`Event::Submitted`].
    pub(super) fn submitted(&mut self, application: Application) {
        let (application, at) = (Arc::new(application), self.now);
        self.tell(|| Event::Submitted(application.clone()));
        self.change(|case| submit(case, application, at));
    }

    /// Emits [`Event::Moved`], the most frequent event by far.
    pub(super) fn moved(&mut self, part: u8, step: &Step, taken: &EdgeSet, put: &EdgeSet) {
        let event = || Event::Moved { part, step: step.id.clone(), taken: *taken, put: *put };
        self.happens(|case| move_tokens(case, part, taken, put), event);
    }

    /// Emits [`Event::PartOpened`].
    pub(super) fn part_opened(&mut self, part: u8, name: &Arc<str>) {
        self.happens(|case| open_part(case, part), || Event::PartOpened { part, name: name.clone() });
    }

    /// Emits [`Event::TaskOpened`]; the number of the task.
    pub(super) fn task_opened(&mut self, part: u8, node: u16, queue: Option<QueueName>) -> u32 {
        let (task, opened_at, step) = (self.case.next_task, self.now, self.workflow.plan(part).graph.step(node));
        let open = |case: &mut Case| {
            open_task(case, Task { id: task, part, node, queue, opened_at, failures: 0, incident: None });
        };
        let event = || Event::TaskOpened { task, part, node, step: step.id.clone(), queue };
        self.happens(open, event);
        self.effects.opened(task, part, node, queue, opened_at);
        task
    }

    /// Emits [`Event::TaskClosed`].
    pub(super) fn task_closed(&mut self, task: u32, outcome: Outcome, by: &Arc<str>, reason: Option<&Arc<str>>) {
        let began = self.began;
        let event = || Event::TaskClosed { task, outcome, by: by.clone(), reason: reason.cloned(), began };
        self.happens(|case| close_task(case, task, outcome, by), event);
        self.effects.closed(task);
    }

    /// Emits [`Event::Passed`].
    pub(super) fn passed(&mut self, part: u8, node: u16, outcome: Outcome) {
        self.happens(|case| pass(case, part, node, outcome), || Event::Passed { part, node, outcome });
    }

    /// Emits [`Event::MaterialObtained`].
    pub(super) fn obtained(&mut self, material: MaterialId, from: Obtained) {
        let event = || Event::MaterialObtained { material, from };
        self.happens(|case| obtain(case, material, from), event);
    }

    /// Emits [`Event::Decided`], which changes nothing: the decision is what the step comes to.
    pub(super) fn decided(&mut self, part: u8, outcome: Outcome, reason: Option<&Arc<str>>, remedies: &[&str]) {
        let event = || {
            let remedies = remedies.iter().copied().map(Arc::from).collect();
            Event::Decided { part, outcome, reason: reason.cloned(), remedies }
        };
        self.happens(|_| {}, event);
    }

    /// Emits [`Event::ResultIssued`].
    pub(super) fn result_issued(&mut self, part: u8, result: &Arc<str>, number: Arc<str>) {
        let at = self.now;
        self.tell(|| Event::ResultIssued { part, result: result.clone(), number: number.clone() });
        self.change(|case| issue(case, result, Issued { part, number, at }));
    }

    /// Emits [`Event::ClockStarted`].
    pub(super) fn clock_started(&mut self, part: u8, at: Millis) {
        let edition = self.calendar.edition();
        let event = || Event::ClockStarted { part, at, calendar: edition.clone() };
        self.happens(|case| part_slot(case, part).ledger.record(Entry::started(at)), event);
    }

    /// Emits [`Event::ClockEnded`].
    pub(super) fn clock_ended(&mut self, part: u8) {
        let at = self.now;
        self.happens(|case| part_slot(case, part).ledger.record(Entry::ended(at)), || Event::ClockEnded { part });
        self.effects.clocks_ended.push(part);
    }

    /// Emits [`Event::TimerSet`].
    pub(super) fn timer_set(&mut self, due: Millis, purpose: Purpose) {
        let timer = self.case.next_timer;
        let event = || Event::TimerSet { timer, due, purpose };
        self.happens(|case| set_timer(case, Timer { id: timer, due, purpose }), event);
        self.effects.timer_set(timer, due);
    }

    /// Emits [`Event::TimerEnded`].
    pub(super) fn timer_ended(&mut self, timer: u32) {
        self.happens(|case| end_timer(case, timer), || Event::TimerEnded { timer });
        self.effects.timer_ended(timer);
    }

    #[inline(always)]
    fn happens(&mut self, change: impl FnOnce(&mut Case), event: impl FnOnce() -> Event) {
        self.change(change);
        self.tell(event);
    }

    #[inline(always)]
    fn change(&mut self, change: impl FnOnce(&mut Case)) {
        self.case.version += 1;
        change(self.case);
    }

    #[inline(always)]
    fn tell(&mut self, event: impl FnOnce() -> Event) {
        if self.keeps_history {
            self.events.push(event());
        }
    }
}
