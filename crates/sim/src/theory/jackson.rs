//! Open networks of M/M/c stations (Jackson 1957): once the flows are known, each station is as if it were alone.

/// The flow through each station: what comes from outside plus what the others send on. `onward[from][to]` is the
/// share of those served at `from` who go to `to`.
///
/// Solved by going round: what leaves the network never comes back, so the sum shrinks to nothing.
#[must_use]
pub fn flows(outside: &[f64], onward: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = outside.to_vec();
    let mut wave = outside.to_vec();
    for _ in 0..10_000 {
        let mut next = vec![0.0; outside.len()];
        for (from, shares) in onward.iter().enumerate() {
            for (to, share) in shares.iter().enumerate() {
                next[to] += wave[from] * share;
            }
        }
        wave = next;
        sum.iter_mut().zip(&wave).for_each(|(sum, wave)| *sum += wave);
        if wave.iter().all(|flow| *flow < 1e-15) {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_back_adds_its_share_again_and_again() {
        // Of those served at 1, 15 in 100 go back to 0: both see 1 / 0.85 of the arrivals.
        let found = flows(&[2.0, 0.0], &[vec![0.0, 1.0], vec![0.15, 0.0]]);
        assert!(found.iter().all(|flow| (flow - 2.0 / 0.85).abs() < 1e-9), "{found:?}");
    }
}
