//! Work and windows meet.

use super::Hall;
use crate::act::Act;
use crate::places::{Again, State};
use crate::queue::{Head, Lane, Queue};
use crate::signal::Work;
use crate::window::{After, Seat};

impl Hall {
    /// Matches idle windows and waiting work until none is left that fits: the most urgent work first, to the window
    /// that has been idle longest. Only queues touched since the last time can hold a match. Apart from the signals, many of
    /// which touch none.
    #[inline(never)]
    pub(super) fn dispatch(&mut self, acts: &mut Vec<Act>) {
        if self.touched.len() > 1 {
            self.touched.sort_unstable();
            self.touched.dedup();
        }
        while let Some(head) = self.best_match() {
            self.hand_over(head.lane, head.work, head.window, acts);
        }
    }

    /// The most urgent of the matches of the queues touched. Queues without a match count as touched no more.
    fn best_match(&mut self) -> Option<Head> {
        let (mut best, mut nth): (Option<Head>, usize) = (None, 0);
        while let Some(&queue) = self.touched.get(nth) {
            let Some(head) = self.match_of(&self.queues[queue]) else {
                self.touched.swap_remove(nth);
                continue;
            };
            if best.is_none_or(|best| head.rank < best.rank) {
                best = Some(head);
            }
            nth += 1;
        }
        best
    }

    /// The most urgent work of a queue that an idle window may do, and the window that does it.
    fn match_of(&self, queue: &Queue) -> Option<Head> {
        if queue.waiting == 0 || !self.has_idle(queue) {
            return None;
        }
        let fits = |work| self.idle_for(queue, work);
        queue.head(self.now_ms, self.config.ageing_ms, self.config.appointments_in_a_row_max, fits)
    }

    /// The window that has been idle longest of those that serve the queue and may do the work.
    pub(super) fn idle_for(&self, queue: &Queue, work: usize) -> Option<usize> {
        let first = |&crew: &usize| self.crews[crew].idle.iter().find(|it| self.may_do(it.1, work));
        queue.crews.iter().filter_map(first).min().map(|&(_, window)| window)
    }

    pub(super) fn has_idle(&self, queue: &Queue) -> bool {
        queue.crews.iter().any(|&crew| !self.crews[crew].idle.is_empty())
    }

    /// The window gets work of its queue, in this lane or on its way there.
    pub(super) fn hand_over(&mut self, lane: Lane, work: usize, window: usize, acts: &mut Vec<Act>) {
        self.leave_idle(window);
        self.set_seat(window, Seat::Busy(work));
        self.leave_lane(work);
        let place = &mut self.places[work];
        place.state = State::InHand { window, calls: 1 };
        let queue = &mut self.queues[place.queue];
        queue.note_taken(lane);
        queue.held -= 1;
        queue.in_hand += 1;
        let window = self.windows[window].id.clone();
        acts.push(match &place.work {
            Work::Task(task) => Act::Assign { window, task: task.clone() },
            Work::Ticket(ticket) => Act::Call { window, ticket: ticket.clone(), call: 1 },
        });
    }

    /// The window is through with `work`. Said of anything else, it only proves that a lost window lives.
    pub(super) fn finish(&mut self, window: usize, work: Work, acts: &mut Vec<Act>) {
        match self.windows[window].seat {
            Seat::Busy(at) if self.places[at].work == work => {
                let place = &mut self.places[at];
                let again = place.again.take();
                self.queues[place.queue].in_hand -= 1;
                self.forget(at);
                if let (Some(again), Work::Task(task)) = (again, work) {
                    let Again { queue, class, ready_ms, barred } = *again;
                    self.queue_task(task, &queue, class, ready_ms, barred, acts);
                }
                self.windows[window].served += 1;
                self.free(window, acts);
            }
            Seat::Lost => self.free(window, acts),
            _ => {}
        }
    }

    /// Nothing is in hand at the window any more: it serves on, takes its break, or goes.
    pub(super) fn free(&mut self, window: usize, acts: &mut Vec<Act>) {
        match self.windows[window].after {
            After::Serve => self.become_idle(window),
            After::Break => self.set_seat(window, Seat::Break),
            After::ShiftOver | After::Overtime if self.must_stay(window) => {
                self.say_overtime(window, acts);
                self.become_idle(window);
            }
            After::ShiftOver | After::Overtime | After::Close => self.close(window, acts),
        }
    }

    pub(super) fn become_idle(&mut self, window: usize) {
        let seq = self.next_seq();
        self.set_seat(window, Seat::Idle(seq));
        let crew = &mut self.crews[self.windows[window].crew];
        crew.idle.push((seq, window));
        self.touched.extend(crew.skills.iter().copied().filter(|&skill| self.queues[skill].waiting > 0));
    }

    /// Takes an idle window off the list of its crew; of any other window it changes nothing.
    pub(super) fn leave_idle(&mut self, window: usize) {
        let it = &self.windows[window];
        if let Seat::Idle(seq) = it.seat {
            let idle = &mut self.crews[it.crew].idle;
            if let Ok(at) = idle.binary_search_by_key(&seq, |it| it.0) {
                idle.remove(at);
            }
        }
    }

    pub(super) fn set_seat(&mut self, window: usize, seat: Seat) {
        let it = &mut self.windows[window];
        it.seat = seat;
        it.since_ms = self.now_ms;
    }
}
