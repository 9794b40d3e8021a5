//! The hall as others see it.

use super::Hall;
use crate::queue::Queue;
use crate::snapshot::{QueueRow, Snapshot, TideRow, WindowRow, WindowState};
use crate::tide::Tide;
use crate::window::{After, Seat, Window};

impl Hall {
    /// The hall at the time of the last signal. Takes time in proportion to queues and windows, not to what waits.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            at_ms: self.now_ms,
            queues: self.queues.iter().map(|queue| self.queue_row(queue)).collect(),
            windows: self.windows.iter().map(|window| self.window_row(window)).collect(),
            tides: self.tides.iter().map(|tide| self.tide_row(tide)).collect(),
        }
    }

    fn queue_row(&self, queue: &Queue) -> QueueRow {
        let (by_class, appointments_due) = queue.depths();
        let waiting = queue.waiting;
        let wait_ms = queue.oldest_ms().map_or(0, |from_ms| self.now_ms.saturating_sub(from_ms));
        QueueRow {
            queue: queue.name,
            waiting,
            by_class,
            appointments_due,
            not_ready: queue.held - waiting,
            in_hand: queue.in_hand,
            oldest_wait_ms: wait_ms.max(0),
            windows_idle: queue.crews.iter().map(|&crew| self.crews[crew].idle.len()).sum(),
            windows_open: self.windows_of(queue).filter(|it| it.is_open()).count(),
        }
    }

    fn tide_row(&self, tide: &Tide) -> TideRow {
        let config = &tide.config;
        let wait_ms = tide.wait_ms(self.now_ms, self.tide_load(tide));
        TideRow {
            campaign: config.campaign,
            windows_open: self.windows_of_tide(tide).filter(|(_, it)| it.is_open()).count(),
            windows_asked: tide.asked.len(),
            expected_wait_ms: wait_ms.is_finite().then_some(wait_ms as i64),
        }
    }
    fn window_row(&self, window: &Window) -> WindowRow {
        let in_hand = |work: usize| Some(self.places[work].work.clone());
        let (state, in_hand) = match window.seat {
            Seat::Idle(_) => (WindowState::Idle, None),
            Seat::Busy(work) if matches!(window.after, After::Serve | After::Break) => {
                (WindowState::Busy, in_hand(work))
            }
            Seat::Busy(work) => (WindowState::Draining, in_hand(work)),
            Seat::Break => (WindowState::Break, None),
            Seat::Lost => (WindowState::Lost, None),
            Seat::Closed => (WindowState::Closed, None),
        };
        WindowRow {
            window: window.id.clone(),
            kind: window.kind.clone(),
            state,
            since_ms: window.since_ms,
            in_hand,
            served: window.served,
        }
    }
}
