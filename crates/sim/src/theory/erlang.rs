//! Erlang (1917): servers that all take the same work, exponential in every way.

/// The share of arrivals lost when `servers` are offered `load` and nobody waits (Erlang B), by the recursion over
/// servers that never overflows.
#[must_use]
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |lost, server| load * lost / (f64::from(server) + load * lost))
}

/// The share of arrivals that wait (Erlang C); 1 when the load is not below the servers.
#[must_use]
pub fn erlang_c(servers: u32, load: f64) -> f64 {
    let use_of_each = load / f64::from(servers);
    if use_of_each >= 1.0 {
        return 1.0;
    }
    let lost = erlang_b(servers, load);
    lost / (1.0 - use_of_each * (1.0 - lost))
}

/// What M/M/c comes to in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmc {
    /// Share of arrivals that wait.
    pub waits: f64,
    /// Mean wait before service; infinite when the load is not below the servers.
    pub wait: f64,
    /// Mean number waiting.
    pub queue: f64,
}

/// M/M/c with this arrival rate and mean service time.
#[must_use]
pub fn mmc(servers: u32, rate: f64, service: f64) -> Mmc {
    let load = rate * service;
    let waits = erlang_c(servers, load);
    let spare = f64::from(servers) - load;
    let wait = if spare > 0.0 { waits * service / spare } else { f64::INFINITY };
    Mmc { waits, wait, queue: wait * rate }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the service hall: arrivals an hour, minutes of service, windows, share that wait, minutes of wait.
    #[test]
    fn the_table_of_the_service_hall_comes_out() {
        for (rate, minutes, windows, waits, wait) in [
            (5.0, 10.0, 1, 0.8333, 50.000),
            (20.0, 10.0, 4, 0.6577, 9.866),
            (20.0, 11.0, 4, 0.8217, 27.118),
            (20.0, 11.5, 4, 0.9092, 62.734),
            (61.0 / 7.0, 12.0, 2, 0.8116, 37.873),
            (61.0 / 7.0, 12.0, 3, 0.3307, 3.157),
            (61.0 / 7.0, 15.0, 3, 0.5313, 9.703),
            (61.0 / 7.0, 15.0, 4, 0.2208, 1.818),
            (24.0, 12.0, 6, 0.5178, 5.178),
        ] {
            let found = mmc(windows, rate / 60.0, minutes);
            assert!((found.waits - waits).abs() < 6e-5, "{rate}/{minutes}/{windows}: {found:?}");
            assert!((found.wait - wait).abs() < 6e-4, "{rate}/{minutes}/{windows}: {found:?}");
        }
    }

    #[test]
    fn too_much_work_waits_for_ever() {
        assert_eq!((mmc(2, 2.0, 1.0).wait, mmc(2, 3.0, 1.0).waits), (f64::INFINITY, 1.0));
    }
}
