//! Birth and death (Feller 1939): the long-run shares of a number that moves by one.

/// Shares beyond this part of the whole are left out.
const NEGLIGIBLE: f64 = 1e-15;
/// States looked at; a queue that needs more is not stable.
const STATES_MAX: usize = 1_000_000;

/// The long-run share of each number in the system.
#[derive(Clone, Debug, PartialEq)]
pub struct BirthDeath {
    shares: Vec<f64>,
}

impl BirthDeath {
    /// The chain with these rates up from a number and down from it. A rate up of 0 ends it.
    #[must_use]
    pub fn new(up: impl Fn(usize) -> f64, down: impl Fn(usize) -> f64) -> Self {
        let (mut shares, mut whole, mut share) = (vec![1.0], 1.0, 1.0_f64);
        for number in 0..STATES_MAX {
            let ratio = up(number) / down(number + 1);
            share *= ratio;
            if share == 0.0 || (ratio < 1.0 && share < NEGLIGIBLE * whole) {
                break;
            }
            // A long climb is scaled down before it overflows.
            if share > 1e250 {
                shares.iter_mut().for_each(|it| *it /= share);
                (whole, share) = (whole / share, 1.0);
            }
            shares.push(share);
            whole += share;
        }
        shares.iter_mut().for_each(|it| *it /= whole);
        Self { shares }
    }

    /// The share of time with `number` in the system.
    #[must_use]
    pub fn share(&self, number: usize) -> f64 {
        self.shares.get(number).copied().unwrap_or(0.0)
    }

    /// The mean of a function of the number in the system.
    #[must_use]
    pub fn mean(&self, of: impl Fn(usize) -> f64) -> f64 {
        self.shares.iter().enumerate().map(|(number, share)| share * of(number)).sum()
    }

    /// The mean number that wait when so many are served at once.
    #[must_use]
    pub fn queue(&self, servers: usize) -> f64 {
        self.mean(|number| number.saturating_sub(servers) as f64)
    }
}

/// M/M/c/K: nobody is let in beyond `room` in the system, waiting or served.
#[must_use]
pub fn with_room(servers: usize, room: usize, rate: f64, service: f64) -> BirthDeath {
    let up = |number: usize| if number < room { rate } else { 0.0 };
    BirthDeath::new(up, |number| number.min(servers) as f64 / service)
}

/// M/M/c+M, Erlang A (Palm 1957): everyone who waits gives up after an exponential time of this mean.
#[must_use]
pub fn with_patience(servers: usize, rate: f64, service: f64, patience: f64) -> BirthDeath {
    let down = |number: usize| number.min(servers) as f64 / service + number.saturating_sub(servers) as f64 / patience;
    BirthDeath::new(|_| rate, down)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{erlang_b, mmc};

    #[test]
    fn the_chain_agrees_with_erlangs_formulas_at_its_edges() {
        let check = |found: f64, expect: f64| assert!((found - expect).abs() < 1e-9, "{found} is not {expect}");
        check(with_room(5, 5, 4.0, 1.0).share(5), erlang_b(5, 4.0));
        check(with_room(3, 4000, 2.5, 1.0).queue(3), mmc(3, 2.5, 1.0).queue);
        // With patience as long as service, the chain is M/M/infinity: Poisson with the load as its mean.
        check(with_patience(3, 6.0, 1.0, 1.0).mean(|number| number as f64), 6.0);
    }

    #[test]
    fn a_long_climb_does_not_overflow() {
        let crowd = with_patience(1, 5_000.0, 1.0, 1.0);
        assert!((crowd.mean(|number| number as f64) - 5_000.0).abs() < 1e-6);
    }
}
