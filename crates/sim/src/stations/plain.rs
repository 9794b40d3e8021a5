//! The queue of the textbook: the most urgent class first, within a class in order of arrival, to the server who has
//! been idle longest.

use std::collections::VecDeque;

use super::discipline::{Discipline, Start};

/// Most classes a plain queue tells apart.
const CLASSES: usize = 5;

/// A queue in order of arrival.
#[derive(Clone, Debug)]
pub struct Plain {
    lines: [VecDeque<(u32, u32)>; CLASSES],
    /// For each customer number, how often its place was given up: an entry of a line counts only if it is of the same.
    places: Vec<u32>,
    waiting: usize,
    room: usize,
    idle: VecDeque<u32>,
    seats: Vec<Seat>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    busy: bool,
    leaving: bool,
}

impl Plain {
    /// An empty queue in which up to `room` may wait.
    #[must_use]
    pub fn new(room: usize) -> Self {
        Self {
            lines: Default::default(),
            places: Vec::new(),
            waiting: 0,
            room,
            idle: VecDeque::new(),
            seats: Vec::new(),
        }
    }

    fn next(&mut self) -> Option<u32> {
        if self.waiting == 0 {
            return None;
        }
        for line in &mut self.lines {
            while let Some((customer, place)) = line.pop_front() {
                if self.places[customer as usize] == place {
                    self.waiting -= 1;
                    return Some(customer);
                }
            }
        }
        None
    }

    #[inline]
    fn serve(&mut self, server: u32, customer: u32, starts: &mut Vec<Start>) {
        self.seats[server as usize].busy = true;
        starts.push(Start { server, customer });
    }

    #[inline]
    fn serve_or_rest(&mut self, server: u32, starts: &mut Vec<Start>) {
        match self.next() {
            Some(customer) => self.serve(server, customer, starts),
            None => self.idle.push_back(server),
        }
    }
}

impl Discipline for Plain {
    fn open(&mut self, _: i64, server: u32, starts: &mut Vec<Start>) {
        if self.seats.len() <= server as usize {
            self.seats.resize(server as usize + 1, Seat::default());
        }
        let seat = &mut self.seats[server as usize];
        seat.leaving = false;
        if !seat.busy {
            self.serve_or_rest(server, starts);
        }
    }

    fn close(&mut self, _: i64, server: u32) {
        self.seats[server as usize].leaving = true;
        self.idle.retain(|idle| *idle != server);
    }

    #[inline]
    fn arrive(&mut self, _: i64, customer: u32, class: u8, starts: &mut Vec<Start>) -> bool {
        if let Some(server) = self.idle.pop_front() {
            self.serve(server, customer, starts);
            return true;
        }
        if self.waiting >= self.room {
            return false;
        }
        let number = customer as usize;
        if self.places.len() <= number {
            self.places.resize(number + 1, 0);
        }
        self.lines[usize::from(class).min(CLASSES - 1)].push_back((customer, self.places[number]));
        self.waiting += 1;
        true
    }

    fn leave(&mut self, _: i64, customer: u32) {
        self.places[customer as usize] += 1;
        self.waiting -= 1;
    }

    #[inline]
    fn finish(&mut self, _: i64, server: u32, _: u32, starts: &mut Vec<Start>) {
        let seat = &mut self.seats[server as usize];
        seat.busy = false;
        if !seat.leaving {
            self.serve_or_rest(server, starts);
        }
    }
}
