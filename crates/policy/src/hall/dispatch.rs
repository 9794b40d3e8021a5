//! Work and windows meet.

use super::Hall;
use super::work::State;
use crate::act::Act;
use crate::queue::{Lane, LaneKey, Rank};
use crate::signal::Work;
use crate::window::{After, Seat};

impl Hall {
    /// Matches idle windows and waiting work until none is left that fits: the most urgent work first, to the window
    /// that has been idle longest. Only queues touched since the last time can hold a match.
    pub(super) fn dispatch(&mut self, acts: &mut Vec<Act>) {
        self.touched.sort_unstable();
        self.touched.dedup();
        while let Some((queue, lane, key, window)) = self.best_match() {
            let Some(work) = self.queues[queue].take(lane, key) else { break };
            self.hand_over(queue, work, window, acts);
        }
        self.touched.clear();
    }

    /// The most urgent work of the queues touched that an idle window may do, and the window that does it.
    fn best_match(&mut self) -> Option<(usize, Lane, LaneKey, usize)> {
        if self.touched.is_empty() {
            return None;
        }
        let mut best: Option<(Rank, usize, Lane)> = None;
        let mut touched = std::mem::take(&mut self.touched);
        let (config, now_ms) = (&self.config, self.now_ms);
        touched.retain(|&at| {
            let queue = &self.queues[at];
            if queue.waiting == 0 || queue.idle.is_empty() {
                return false;
            }
            let fits = |work: &Work| self.idle_for(at, work).is_some();
            let Some((rank, lane)) = queue.head(now_ms, config.ageing_ms, config.appointments_in_a_row_max, fits)
            else {
                return false;
            };
            if best.is_none_or(|(least, _, _)| rank < least) {
                best = Some((rank, at, lane));
            }
            true
        });
        self.touched = touched;
        let (rank, queue, lane) = best?;
        let key = (rank.ready_ms, rank.seq);
        let window = self.idle_for(queue, self.queues[queue].at(lane, key)?)?;
        Some((queue, lane, key, window))
    }

    /// The window that has been idle longest of those that serve the queue and may do the work.
    fn idle_for(&self, queue: usize, work: &Work) -> Option<usize> {
        let mut idle = self.queues[queue].idle.iter().map(|&(_, window)| window);
        idle.find(|&window| self.may_do(window, work))
    }

    fn hand_over(&mut self, queue: usize, work: Work, window: usize, acts: &mut Vec<Act>) {
        self.leave_idle(window);
        self.set_seat(window, Seat::Busy(work.clone()));
        self.queues[queue].held -= 1;
        self.queues[queue].in_hand += 1;
        if let Some(place) = self.places.get_mut(&work) {
            place.state = State::InHand { window, calls: 1 };
        }
        let window = self.window_id(window);
        acts.push(match work {
            Work::Task(task) => Act::Assign { window, task },
            Work::Ticket(ticket) => Act::Call { window, ticket, call: 1 },
        });
    }

    /// The window is through with `work`. Said of anything else, it only proves that a lost window lives.
    pub(super) fn finish(&mut self, window: usize, work: &Work, acts: &mut Vec<Act>) {
        match &self.windows[window].seat {
            Seat::Busy(in_hand) if in_hand == work => {
                if let Some(place) = self.places.get(work) {
                    self.queues[place.queue].in_hand -= 1;
                }
                self.forget(work);
                self.queue_again(work, acts);
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
        for &skill in &self.windows[window].skills {
            self.queues[skill].idle.push((seq, window));
            self.touched.push(skill);
        }
    }

    /// Takes an idle window out of the idle lists of its skills; of any other window it changes nothing.
    pub(super) fn leave_idle(&mut self, window: usize) {
        let it = &self.windows[window];
        if let Seat::Idle(seq) = it.seat {
            for &skill in &it.skills {
                let idle = &mut self.queues[skill].idle;
                if let Ok(at) = idle.binary_search(&(seq, window)) {
                    idle.remove(at);
                }
            }
        }
    }

    pub(super) fn set_seat(&mut self, window: usize, seat: Seat) {
        let it = &mut self.windows[window];
        it.seat = seat;
        it.since_ms = self.now_ms;
    }
}
