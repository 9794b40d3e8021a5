//! One server, Poisson arrivals, any service time (Pollaczek 1930, Khinchine 1932).

/// Mean wait in M/G/1 with this arrival rate, mean service time and coefficient of variation.
#[must_use]
pub fn mg1_wait(rate: f64, service: f64, cv: f64) -> f64 {
    let load = rate * service;
    if load >= 1.0 {
        return f64::INFINITY;
    }
    load * service * (1.0 + cv * cv) / (2.0 * (1.0 - load))
}

/// Mean wait in M/D/1: half of that in M/M/1.
#[must_use]
pub fn md1_wait(rate: f64, service: f64) -> f64 {
    mg1_wait(rate, service, 0.0)
}
