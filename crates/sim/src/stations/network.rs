//! A network of stations in virtual time.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::discipline::{Discipline, Start};
use super::report::{Counted, NetworkReport, StationReport, Unbalanced};
use crate::agenda::Agenda;
use crate::chance::Source;
use crate::duration::{Duration, NoDuration, Sampler};
use crate::rates::{Position, Rates};
use crate::stats::Level;

/// A station.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Who serves from when on, in order of time.
    pub shifts: Vec<Shift>,
    /// How long a service takes.
    pub service: Duration,
    /// How long one waits before giving up; `None`: for ever.
    pub patience: Option<Duration>,
    /// Where those served go on to, each with its share; the rest leaves.
    pub onward: Vec<(f64, usize)>,
}

/// So many servers from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// From when.
    pub from_ms: i64,
    /// How many.
    pub servers: u32,
}

/// Arrivals from outside: a Poisson process whose rate changes at moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Inflow {
    /// The station they come to.
    pub station: usize,
    /// Their class, 0 most urgent.
    pub class: u8,
    /// How many.
    pub rates: Rates,
}

impl Station {
    /// A station with so many servers all the time, which everyone leaves served.
    #[must_use]
    pub fn steady(servers: u32, service: Duration) -> Self {
        Self { shifts: vec![Shift { from_ms: 0, servers }], service, patience: None, onward: Vec::new() }
    }
}

impl Inflow {
    /// So many arrivals an hour at a station, all the time.
    #[must_use]
    pub fn steady(station: usize, class: u8, per_hour: f64) -> Self {
        Self { station, class, rates: Rates(vec![(0, per_hour / 3_600_000.0)]) }
    }
}

/// Stations and arrivals, to be run.
#[derive(Clone, Debug)]
pub struct Network {
    /// The stations.
    pub stations: Vec<Station>,
    /// Arrivals from outside.
    pub inflows: Vec<Inflow>,
    /// What comes before this time is not reported.
    pub warm_up_ms: i64,
    /// When the run ends.
    pub end_ms: i64,
}

enum Event {
    Arrival { inflow: u32 },
    Finish { station: u32, start: Start },
    GivesUp { customer: u32, visit: u32 },
    Shift { station: u32, nth: u32 },
}

/// A server's place at a station.
#[derive(Clone, Copy, Default)]
struct Seat {
    open: bool,
    busy: bool,
}

/// Somebody in the network.
#[derive(Clone, Copy, Default)]
struct Customer {
    station: u32,
    class: u8,
    waits: bool,
    /// Grows whenever the number begins to wait or stops: tells an old loss of patience from a new one.
    visit: u32,
    came_ms: i64,
    entered_ms: i64,
}

struct Running<'a, D> {
    network: &'a Network,
    agenda: Agenda<Event>,
    desks: Vec<D>,
    services: Vec<(Sampler, Pcg64Mcg)>,
    patiences: Vec<Option<(Sampler, Pcg64Mcg)>>,
    routes: Pcg64Mcg,
    sources: Vec<(Position, Pcg64Mcg)>,
    seats: Vec<Vec<Seat>>,
    customers: Vec<Customer>,
    free: Vec<u32>,
    reports: Vec<StationReport>,
    inside: Level,
    counted: Counted,
    starts: Vec<Start>,
    events: u64,
}

impl Network {
    /// Runs it under a seed, each station by the rule that `desk` makes for it.
    ///
    /// # Errors
    /// A station has no distribution of times.
    pub fn run<D: Discipline>(&self, seed: u64, desk: impl Fn(usize) -> D) -> Result<NetworkReport, NoDuration> {
        let named = |kind: &str, nth: usize| Source::new(seed, &[kind, &nth.to_string()]).stream();
        let mut running = Running {
            network: self,
            agenda: Agenda::new(0),
            desks: (0..self.stations.len()).map(desk).collect(),
            services: Vec::new(),
            patiences: Vec::new(),
            routes: named("routes", 0),
            sources: (0..self.inflows.len()).map(|nth| (Position::default(), named("arrivals", nth))).collect(),
            seats: vec![Vec::new(); self.stations.len()],
            customers: Vec::new(),
            free: Vec::new(),
            reports: vec![StationReport::new(self.warm_up_ms); self.stations.len()],
            inside: Level::new(0),
            counted: Counted::default(),
            starts: Vec::new(),
            events: 0,
        };
        for (nth, station) in self.stations.iter().enumerate() {
            running.services.push((station.service.sampler()?, named("service", nth)));
            let patience = station.patience.as_ref().map(Duration::sampler).transpose()?;
            running.patiences.push(patience.map(|sampler| (sampler, named("patience", nth))));
            for (shift, at) in station.shifts.iter().enumerate() {
                running.agenda.enter(at.from_ms, Event::Shift { station: nth as u32, nth: shift as u32 });
            }
        }
        (0..self.inflows.len()).for_each(|inflow| running.next_arrival(inflow));
        running.run();
        Ok(running.report())
    }
}

impl<D: Discipline> Running<'_, D> {
    fn run(&mut self) {
        while let Some((now_ms, event)) = self.agenda.take_before(self.network.end_ms) {
            self.events += 1;
            match event {
                Event::Arrival { inflow } => {
                    let inflow = inflow as usize;
                    self.next_arrival(inflow);
                    let &Inflow { station, class, .. } = &self.network.inflows[inflow];
                    let customer = self.seat(Customer { class, came_ms: now_ms, ..Customer::default() });
                    self.counted.arrived += 1;
                    self.inside.change(now_ms, 1);
                    self.enter(now_ms, station, customer);
                }
                Event::Finish { station, start } => self.finish(now_ms, station as usize, start),
                Event::GivesUp { customer, visit } => {
                    let it = self.customers[customer as usize];
                    if it.waits && it.visit == visit {
                        let station = it.station as usize;
                        self.desks[station].leave(now_ms, customer);
                        self.reports[station].left(now_ms, it.entered_ms);
                        self.stop_waiting(customer);
                        self.counted.left += 1;
                        self.go(now_ms, customer);
                    }
                }
                Event::Shift { station, nth } => self.shift(now_ms, station as usize, nth as usize),
            }
        }
    }

    fn next_arrival(&mut self, inflow: usize) {
        let (position, rng) = &mut self.sources[inflow];
        if let Some(next) = self.network.inflows[inflow].rates.next_ms(position, rng) {
            self.agenda.enter(next as i64, Event::Arrival { inflow: inflow as u32 });
        }
    }

    fn seat(&mut self, customer: Customer) -> u32 {
        if let Some(number) = self.free.pop() {
            let visit = self.customers[number as usize].visit;
            self.customers[number as usize] = Customer { visit, ..customer };
            return number;
        }
        self.customers.push(customer);
        self.customers.len() as u32 - 1
    }

    fn enter(&mut self, now_ms: i64, station: usize, customer: u32) {
        let it = &mut self.customers[customer as usize];
        (it.station, it.entered_ms, it.waits) = (station as u32, now_ms, true);
        let class = it.class;
        let mut starts = std::mem::take(&mut self.starts);
        self.reports[station].arrived(now_ms);
        if self.desks[station].arrive(now_ms, customer, class, &mut starts) {
            self.reports[station].waiting.change(now_ms, 1);
            self.start(now_ms, station, &mut starts);
            self.await_patience(now_ms, station, customer);
        } else {
            self.reports[station].refused();
            self.counted.refused += 1;
            self.stop_waiting(customer);
            self.go(now_ms, customer);
        }
        self.starts = starts;
    }

    fn await_patience(&mut self, now_ms: i64, station: usize, customer: u32) {
        let Customer { waits, visit, .. } = self.customers[customer as usize];
        if let Some((sampler, rng)) = &mut self.patiences[station]
            && waits
        {
            let at_ms = now_ms + sampler.draw_ms(rng);
            self.agenda.enter(at_ms, Event::GivesUp { customer, visit });
        }
    }

    #[inline]
    fn start(&mut self, now_ms: i64, station: usize, starts: &mut Vec<Start>) {
        for start in starts.drain(..) {
            let Customer { entered_ms, class, .. } = self.customers[start.customer as usize];
            self.reports[station].started(now_ms, entered_ms, class);
            self.stop_waiting(start.customer);
            self.seats[station][start.server as usize].busy = true;
            let (sampler, rng) = &mut self.services[station];
            let at_ms = now_ms + sampler.draw_ms(rng);
            self.agenda.enter(at_ms, Event::Finish { station: station as u32, start });
        }
    }

    fn stop_waiting(&mut self, customer: u32) {
        let it = &mut self.customers[customer as usize];
        it.waits = false;
        it.visit = it.visit.wrapping_add(1);
    }

    #[inline]
    fn finish(&mut self, now_ms: i64, station: usize, start: Start) {
        self.reports[station].finished();
        self.seats[station][start.server as usize].busy = false;
        let mut starts = std::mem::take(&mut self.starts);
        self.desks[station].finish(now_ms, start.server, start.customer, &mut starts);
        self.start(now_ms, station, &mut starts);
        self.starts = starts;
        match self.route(station) {
            Some(next) => self.enter(now_ms, next, start.customer),
            None => {
                self.counted.served += 1;
                self.go(now_ms, start.customer);
            }
        }
    }

    fn route(&mut self, station: usize) -> Option<usize> {
        let onward = &self.network.stations[station].onward;
        if onward.is_empty() {
            return None;
        }
        let mut share: f64 = self.routes.random();
        onward
            .iter()
            .find(|(part, _)| {
                share -= part;
                share < 0.0
            })
            .map(|(_, next)| *next)
    }

    /// Out of the network.
    #[inline]
    fn go(&mut self, now_ms: i64, customer: u32) {
        let came_ms = self.customers[customer as usize].came_ms;
        self.inside.change(now_ms, -1);
        self.counted.spent_ms += i128::from(now_ms - came_ms);
        if came_ms >= self.network.warm_up_ms {
            self.counted.stays.add((now_ms - came_ms) as f64);
        }
        self.free.push(customer);
    }

    /// More servers come, or some go: who is idle goes first.
    fn shift(&mut self, now_ms: i64, station: usize, nth: usize) {
        let wanted = self.network.stations[station].shifts[nth].servers as usize;
        let mut starts = std::mem::take(&mut self.starts);
        let seats = &mut self.seats[station];
        while seats.iter().filter(|seat| seat.open).count() < wanted {
            let closed = seats.iter().position(|seat| !seat.open).unwrap_or(seats.len());
            if closed == seats.len() {
                seats.push(Seat::default());
            }
            seats[closed].open = true;
            self.desks[station].open(now_ms, closed as u32, &mut starts);
        }
        while seats.iter().filter(|seat| seat.open).count() > wanted {
            let open = seats.iter().enumerate().filter(|(_, seat)| seat.open);
            let Some((leaves, _)) = open.min_by_key(|(at, seat)| (seat.busy, *at)) else { break };
            seats[leaves].open = false;
            self.desks[station].close(now_ms, leaves as u32);
        }
        self.start(now_ms, station, &mut starts);
        self.starts = starts;
    }

    fn report(self) -> NetworkReport {
        let end_ms = self.network.end_ms;
        let mut taken = vec![true; self.customers.len()];
        self.free.iter().for_each(|&number| taken[number as usize] = false);
        let still = self.customers.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(it, _)| it);
        let still_ms: i128 = still.map(|it| i128::from(end_ms - it.came_ms)).sum();
        let mut report = NetworkReport {
            stations: self.reports,
            inside: self.inside,
            counted: self.counted,
            still_ms,
            warm_up_ms: self.network.warm_up_ms,
            end_ms,
            events: self.events,
            balanced: Ok(()),
        };
        report.balanced = report.balance();
        report
    }
}

/// Whether everything that came in is somewhere.
impl NetworkReport {
    fn balance(&self) -> Result<(), Unbalanced> {
        let Counted { arrived, served, left, refused, spent_ms, .. } = self.counted;
        let inside = self.inside.value();
        if arrived as i64 != (served + left + refused) as i64 + inside {
            return Err(Unbalanced::People { arrived, served, left, refused, inside });
        }
        let (area, time) = (self.inside.area(self.end_ms), spent_ms + self.still_ms);
        if area != time { Err(Unbalanced::Time { area, time }) } else { Ok(()) }
    }
}
