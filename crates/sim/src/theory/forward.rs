//! M(t)/M/s(t) by its forward equations (Kolmogorov 1931), integrated with Runge and Kutta's fourth-order step.
//!
//! A server that leaves finishes whom it serves, as at a window, and those who are idle leave first. Whoever is with a
//! server that leaves no longer matters to those who stay: the state is the number waiting for or with servers who stay.

/// Rates and servers from a moment until the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staffed {
    /// From when.
    pub from: f64,
    /// Arrivals in a unit of time.
    pub rate: f64,
    /// Servers.
    pub servers: usize,
}

/// Integrates from an empty system.
#[derive(Clone, Debug)]
pub struct Forward {
    /// The probability of each number.
    state: Vec<f64>,
    servers: usize,
    /// Mean number with servers who are leaving.
    leaving: f64,
}

impl Forward {
    /// An empty system in which up to `most` may be; the probability of more must be negligible.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let mut state = vec![0.0; most + 1];
        state[0] = 1.0;
        Self { state, servers: 0, leaving: 0.0 }
    }

    /// The mean number waiting over the time from the first step to `end`. The steps are integrated in strides of at
    /// most `stride`.
    pub fn run(&mut self, steps: &[Staffed], service: f64, end: f64, stride: f64) -> f64 {
        let (mut waited, mut time) = (0.0, steps.first().map_or(0.0, |step| step.from));
        let began = time;
        for (nth, step) in steps.iter().enumerate() {
            let until = steps.get(nth + 1).map_or(end, |next| next.from.min(end));
            self.staff(step.servers);
            let strides = ((until - time) / stride).ceil().max(0.0);
            for _ in 0..strides as usize {
                let length = (until - time) / strides;
                let before = self.waiting();
                self.stride(step, service, length);
                waited += (before + self.waiting()) / 2.0 * length;
                self.leaving *= (-length / service).exp();
            }
            time = until.max(time);
        }
        waited / (end - began)
    }

    /// Mean number waiting now.
    #[must_use]
    pub fn waiting(&self) -> f64 {
        self.mean(|number| number.saturating_sub(self.servers))
    }

    /// Mean number in the system now.
    #[must_use]
    pub fn inside(&self) -> f64 {
        self.mean(|number| number) + self.leaving
    }

    fn mean(&self, of: impl Fn(usize) -> usize) -> f64 {
        self.state.iter().enumerate().map(|(number, p)| p * of(number) as f64).sum()
    }

    /// Servers come, or leave with whom they serve.
    fn staff(&mut self, servers: usize) {
        let before = std::mem::replace(&mut self.servers, servers);
        for number in 0..self.state.len() {
            let with_leavers = number.min(before).saturating_sub(servers);
            let p = std::mem::take(&mut self.state[number]);
            self.leaving += p * with_leavers as f64;
            self.state[number - with_leavers] += p;
        }
    }

    fn stride(&mut self, step: &Staffed, service: f64, length: f64) {
        let at = |base: &[f64], slope: &[f64], by: f64| -> Vec<f64> {
            base.iter().zip(slope).map(|(base, slope)| base + slope * by).collect()
        };
        let first = slope(&self.state, step, service);
        let second = slope(&at(&self.state, &first, length / 2.0), step, service);
        let third = slope(&at(&self.state, &second, length / 2.0), step, service);
        let fourth = slope(&at(&self.state, &third, length), step, service);
        for (number, p) in self.state.iter_mut().enumerate() {
            *p += length / 6.0 * (first[number] + 2.0 * (second[number] + third[number]) + fourth[number]);
        }
    }
}

fn slope(state: &[f64], step: &Staffed, service: f64) -> Vec<f64> {
    let mut slope = vec![0.0; state.len()];
    for number in 1..state.len() {
        let flow = state[number - 1] * step.rate - state[number] * number.min(step.servers) as f64 / service;
        slope[number - 1] -= flow;
        slope[number] += flow;
    }
    slope
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::mmc;

    #[test]
    fn after_a_long_time_it_is_erlangs_queue() {
        let mut forward = Forward::new(200);
        forward.run(&[Staffed { from: 0.0, rate: 2.4, servers: 3 }], 1.0, 500.0, 0.1);
        let expect = mmc(3, 2.4, 1.0).queue;
        assert!((forward.waiting() - expect).abs() < 1e-6, "{} is not {expect}", forward.waiting());
    }

    #[test]
    fn servers_who_leave_finish_whom_they_serve() {
        let mut forward = Forward::new(200);
        let steps = [Staffed { from: 0.0, rate: 50.0, servers: 2 }, Staffed { from: 1.0, rate: 0.0, servers: 0 }];
        forward.run(&steps, 1.0, 9.0, 0.005);
        // Two were being served and are gone but for a rest of exp(-8); whoever waited waits still.
        let (inside, waiting) = (forward.inside(), forward.waiting());
        assert!((inside - waiting - 2.0 * (-8.0_f64).exp()).abs() < 1e-6, "{inside} {waiting}");
        assert!((40.0..50.0).contains(&waiting), "{waiting}");
    }
}
