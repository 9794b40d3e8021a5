//! One server, several classes, the more urgent first, nobody interrupted (Cobham 1954).

/// Mean wait of each class in M/M/1 with these arrival rates, most urgent first, and one mean service time.
#[must_use]
pub fn two_or_more_classes(rates: &[f64], service: f64) -> Vec<f64> {
    // Mean work left of whoever is being served: an exponential service is as long again however long it has lasted.
    let left: f64 = rates.iter().map(|rate| rate * service * service).sum();
    let mut before = 0.0;
    let wait = |rate: &f64| {
        let with = before + rate * service;
        let wait = if with < 1.0 { left / ((1.0 - before) * (1.0 - with)) } else { f64::INFINITY };
        before = with;
        wait
    };
    rates.iter().map(wait).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::mmc;

    #[test]
    fn classes_share_the_wait_that_they_would_have_without_classes() {
        let rates = [0.2, 0.3, 0.3];
        let waits = two_or_more_classes(&rates, 1.0);
        assert!(waits.is_sorted());
        let mean = rates.iter().zip(&waits).map(|(rate, wait)| rate * wait).sum::<f64>() / 0.8;
        assert!((mean - mmc(1, 0.8, 1.0).wait).abs() < 1e-9);
    }
}
