//! How many servers a load needs, so that few wait long.
//!
//! Exact for M/M/c; for other service times and arrivals the wait of those who wait is stretched by the mean of the two
//! squared coefficients of variation (Allen 1978, Cunneen; as in Whitt, Approximations for the GI/G/m queue, 1993).

use statrs::function::erf::erfc;

use super::erlang::erlang_c;

/// Most servers that are tried.
const SERVERS_MAX: u32 = 10_000;

/// A load on servers and what must not happen to more than a few.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// Servers kept busy on average: arrival rate times mean service.
    pub load: f64,
    /// The wait aimed at, in mean service times.
    pub wait: f64,
    /// The share that may wait longer, above 0.
    pub beyond: f64,
    /// Half the sum of the squared coefficients of variation of service and arrivals; 1 for M/M/c.
    pub variability: f64,
}

impl Need {
    /// The share of arrivals that wait longer than aimed at, with so many servers.
    #[must_use]
    pub fn waits_beyond(&self, servers: u32) -> f64 {
        let spare = f64::from(servers) - self.load;
        if spare <= 0.0 {
            return if self.load > 0.0 { 1.0 } else { 0.0 };
        }
        erlang_c(servers, self.load) * (-spare * self.wait / self.variability.max(1e-6)).exp()
    }

    /// The fewest servers with which no more than the share wait longer (by Erlang's C).
    #[must_use]
    pub fn fewest(&self) -> u32 {
        if self.load <= 0.0 {
            return 0;
        }
        let first = (self.load.floor() as u32).saturating_add(1);
        (first..SERVERS_MAX).find(|servers| self.waits_beyond(*servers) <= self.beyond).unwrap_or(SERVERS_MAX)
    }

    /// The same by the square root of the load (Halfin and Whitt, Heavy-traffic limits for queues with many exponential
    /// servers, 1981): load + b * sqrt(load), with b from the share.
    #[must_use]
    pub fn square_root(&self) -> u32 {
        if self.load <= 0.0 {
            return 0;
        }
        rooted(self.load, self.beyond, |beta| self.beyond_by_root(beta))
    }

    /// The share that waits longer with so many times the load's square root above the load, by Halfin and Whitt.
    fn beyond_by_root(&self, beta: f64) -> f64 {
        let below = 0.5 * erfc(-beta / std::f64::consts::SQRT_2);
        let density = (-beta * beta / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let longer = (-beta * self.load.sqrt() * self.wait / self.variability.max(1e-6)).exp();
        longer / (1.0 + beta * below / density)
    }
}

/// The load and the smallest multiple of its square root that leaves no more beyond than this.
fn rooted(load: f64, most: f64, beyond: impl Fn(f64) -> f64) -> u32 {
    let (mut low, mut high) = (0.0, 30.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if beyond(middle) > most { low = middle } else { high = middle }
    }
    ((load + high * load.sqrt()).ceil() as u32).min(SERVERS_MAX)
}

/// The same for a load of kinds that wait in one queue and may wait differently long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixedNeed<'a> {
    /// Servers kept busy on average.
    pub load: f64,
    /// Of each kind its share and the wait aimed at, in mean service times.
    pub waits: &'a [(f64, f64)],
    /// The share of all that may wait longer than each may, above 0.
    pub beyond: f64,
    /// As of [`Need`].
    pub variability: f64,
}

impl MixedNeed<'_> {
    /// The fewest servers with which no more than the share wait longer (by Erlang's C).
    #[must_use]
    pub fn fewest(&self) -> u32 {
        if self.load <= 0.0 {
            return 0;
        }
        let first = (self.load.floor() as u32).saturating_add(1);
        let enough = |servers: &u32| self.mean(|need| need.waits_beyond(*servers)) <= self.beyond;
        (first..SERVERS_MAX).find(enough).unwrap_or(SERVERS_MAX)
    }

    /// The same by the square root of the load.
    #[must_use]
    pub fn square_root(&self) -> u32 {
        if self.load <= 0.0 {
            return 0;
        }
        rooted(self.load, self.beyond, |beta| self.mean(|need| need.beyond_by_root(beta)))
    }

    fn mean(&self, of: impl Fn(&Need) -> f64) -> f64 {
        let Self { load, beyond, variability, .. } = *self;
        self.waits.iter().map(|&(share, wait)| share * of(&Need { load, wait, beyond, variability })).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(load: f64, wait: f64, beyond: f64) -> Need {
        Need { load, wait, beyond, variability: 1.0 }
    }

    #[test]
    fn the_fewest_servers_are_erlangs() {
        // 24 an hour at 12 minutes: with six windows 51.8% wait, with seven 27.8% (Erlang C).
        for (beyond, servers) in [(0.52, 6), (0.51, 7), (0.28, 7), (0.27, 8)] {
            assert_eq!(need(4.8, 0.0, beyond).fewest(), servers, "{beyond}");
        }
        // Of those who wait, the share that waits longer than t falls as exp(-(c - a) t / s).
        let six = need(4.8, 1.0, 0.1);
        assert!((six.waits_beyond(6) - 0.5178 * (-1.2_f64).exp()).abs() < 1e-4);
        assert_eq!(need(0.0, 1.0, 0.1).fewest(), 0);
        assert_eq!(need(3.0, 1e9, 0.1).fewest(), 4, "never as few as the load");
    }

    #[test]
    fn the_square_root_is_near_erlang_and_nearer_for_many() {
        for (load, most) in [(4.0, 1), (20.0, 1), (100.0, 1), (400.0, 1)] {
            for beyond in [0.5, 0.2, 0.1, 0.05] {
                let it = need(load, 0.0, beyond);
                assert!(
                    it.fewest().abs_diff(it.square_root()) <= most,
                    "{load} {beyond}: {} {}",
                    it.fewest(),
                    it.square_root()
                );
            }
        }
    }

    #[test]
    fn a_mixture_needs_as_many_as_its_kinds_let_wait() {
        let mixed = |waits: &[(f64, f64)], beyond: f64| {
            let it = MixedNeed { load: 4.8, waits, beyond, variability: 1.0 };
            (it.fewest(), it.square_root())
        };
        let alone = |wait: f64, beyond: f64| (need(4.8, wait, beyond).fewest(), need(4.8, wait, beyond).square_root());
        assert_eq!(mixed(&[(1.0, 0.5)], 0.1), alone(0.5, 0.1));
        assert_eq!(mixed(&[(0.4, 0.5), (0.6, 0.5)], 0.1), alone(0.5, 0.1));
        // Those who may wait for ever leave the others their share.
        assert_eq!(mixed(&[(0.25, 0.5), (0.75, 1e9)], 0.1), alone(0.5, 0.4));
    }

    #[test]
    fn more_are_needed_for_more_load_less_patience_and_more_spread() {
        let base = need(5.3, 1.5, 0.1);
        let fewest = |change: fn(&mut Need)| {
            let mut it = base;
            change(&mut it);
            it.fewest()
        };
        assert!(fewest(|it| it.load = 6.5) > base.fewest());
        assert!(fewest(|it| it.beyond = 0.001) > base.fewest());
        assert!(fewest(|it| it.wait = 0.0) > base.fewest());
        assert!(fewest(|it| it.variability = 4.0) > base.fewest());
    }
}
