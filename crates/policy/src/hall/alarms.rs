//! What someone in charge should know about the queues, judged once a minute.

use super::Hall;
use crate::act::{Act, Alarm};
use crate::places::State;
use crate::queue::Raised;
use crate::signal::Work;
use crate::window::Window;

impl Hall {
    pub(super) fn judge_queues(&mut self, acts: &mut Vec<Act>) {
        for at in 0..self.queues.len() {
            let queue = &self.queues[at];
            if queue.held == 0 && queue.raised == Raised::default() {
                continue;
            }
            let served = || self.windows_of(queue).any(Window::may_serve);
            let nobody = queue.waiting > 0 && !served();
            let wait_ms = || queue.oldest_ms().map(|from_ms| self.now_ms.saturating_sub(from_ms));
            let long_ms = queue.rule.alarm_wait_ms.and_then(|limit_ms| wait_ms().filter(|wait_ms| *wait_ms > limit_ms));
            let queue = &mut self.queues[at];
            let name = &queue.name;
            if nobody && !queue.raised.nobody_serves {
                acts.push(Act::Alarm(Alarm::NobodyServes { queue: *name }));
            }
            if let Some(oldest_wait_ms) = long_ms.filter(|_| !queue.raised.long_wait) {
                acts.push(Act::Alarm(Alarm::LongWait { queue: *name, oldest_wait_ms }));
            }
            // At half the bound: a queue that hovers at its bound sounds one alarm, not one for each arrival.
            queue.raised.full &= queue.held > queue.rule.length_max / 2;
            (queue.raised.nobody_serves, queue.raised.long_wait) = (nobody, long_ms.is_some());
        }
    }

    /// Tasks that wait although their queue is served, because everybody who serves it did another step of the case.
    pub(super) fn judge_barred(&mut self, acts: &mut Vec<Act>) {
        // Taken out, so that the rest of the hall can be looked at.
        let mut all = std::mem::take(&mut self.barred);
        for (work, barred) in &mut all {
            let (Work::Task(task), Some(at)) = (work, self.places.find(work)) else { continue };
            let place = &self.places[at];
            let queue = &self.queues[place.queue];
            let mut serve = self.windows_of(queue).filter(|window| window.may_serve()).peekable();
            let waits = matches!(place.state, State::Waiting(_)) && serve.peek().is_some();
            let nobody = waits && serve.all(|window| barred.windows.contains(&window.id));
            if nobody && !barred.raised {
                acts.push(Act::Alarm(Alarm::NobodyMay { queue: queue.name, task: task.clone() }));
            }
            barred.raised = nobody;
        }
        self.barred = all;
    }
}
