//! What holds for every limit and every ledger.

use proptest::prelude::*;

use super::*;

fn units() -> impl Strategy<Value = Limit> {
    prop_oneof![
        (1_u32..60).prop_map(|n| days(f64::from(n))),
        (1_u32..240).prop_map(|eighths| days(f64::from(eighths) / 8.0)),
        (1_u32..90).prop_map(|n| limit(f64::from(n), Unit::CalendarDay)),
        (1_u32..4000).prop_map(|n| limit(f64::from(n), Unit::BusinessMinute)),
        (1_u32..60).prop_map(|n| limit(f64::from(n), Unit::BusinessHour)),
        (1_u32..6).prop_map(|n| limit(f64::from(n), Unit::Month)),
    ]
}

/// A moment of 2022 to 2025, to the minute.
fn starts() -> impl Strategy<Value = Millis> {
    (0_i64..4 * 365 * 24 * 60).prop_map(|minutes| at("2022-01-01 00:00") + minutes * 60_000)
}

/// Stops that may overlap, as minutes from the start and lengths in minutes.
fn stops() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0_i64..40_000, 0_i64..20_000), 0..4)
}

/// A ledger with all its entries in order of time.
fn stopped(start: Millis, stops: &[(i64, i64)]) -> (Ledger, Millis) {
    let mut entries = Vec::new();
    for (index, (from, length)) in stops.iter().enumerate() {
        let reason = if index % 2 == 0 { STOP } else { REVIEW };
        entries.push(Entry::stopped(start + from * 60_000, reason, "".into()));
        entries.push(Entry::resumed(start + (from + length) * 60_000, reason));
    }
    entries.sort_by_key(Entry::at);
    let last = entries.last().map_or(start, Entry::at);
    let mut ledger = Ledger::default();
    ledger.record(Entry::started(start));
    entries.into_iter().for_each(|entry| ledger.record(entry));
    (ledger, last)
}

proptest! {
    #[test]
    fn the_limit_is_used_up_when_it_is_due(start in starts(), limit in units(), stops in stops()) {
        let cn = cn();
        let (ledger, last) = stopped(start, &stops);
        let due = due(&ledger, limit, &cn, last).unwrap().unwrap();
        let consumed = |at| used(&ledger, limit, &cn, at).unwrap().consumed;
        prop_assert!((consumed(due.at) - limit.n).abs() < 1e-6, "{} of {}", consumed(due.at), limit.n);
        // And not a minute before, but where the end was moved from a rest day or the limit was used up before a pause.
        if matches!(limit.unit, Unit::WorkingDay | Unit::BusinessHour | Unit::BusinessMinute) {
            prop_assert!(consumed(due.at - 60_000) < limit.n - 1e-6);
        }
    }

    #[test]
    fn use_never_goes_back(start in starts(), limit in units(), stops in stops(), steps in prop::collection::vec(1_i64..9000, 1..20)) {
        let cn = cn();
        let (ledger, _) = stopped(start, &stops);
        let (mut now, mut before, mut worst) = (start, 0.0, Light::Green);
        for step in steps {
            now += step * 60_000;
            let used = used(&ledger, limit, &cn, now).unwrap();
            prop_assert!(used.consumed >= before - 1e-9);
            before = used.consumed;
            let shown = light(&ledger, None, Some(limit), &cn, now).unwrap();
            prop_assert!(shown >= worst);
            worst = shown;
        }
    }

    #[test]
    fn what_was_used_does_not_depend_on_later_entries(start in starts(), limit in units(), stops in stops(), minutes in 0_i64..60_000) {
        let cn = cn();
        let (all, _) = stopped(start, &stops);
        let now = start + minutes * 60_000;
        let mut known = Ledger::default();
        all.entries().iter().filter(|entry| entry.at() <= now).for_each(|entry| known.record(entry.clone()));
        prop_assert_eq!(used(&known, limit, &cn, now), used(&all, limit, &cn, now));
        prop_assert_eq!(light(&known, None, Some(limit), &cn, now), light(&all, None, Some(limit), &cn, now));
    }

    #[test]
    fn a_longer_limit_is_due_later(start in starts(), eighths in 1_u32..200, more in 1_u32..100, stops in stops()) {
        let cn = cn();
        // A stop within a day delays hours and no day.
        let counted_alike = (eighths < 8) == (eighths + more < 8);
        let (ledger, last) = stopped(start, if counted_alike { &stops } else { &[] });
        let end = |n: u32| due(&ledger, days(f64::from(n) / 8.0), &cn, last).unwrap().unwrap().at;
        prop_assert!(end(eighths) < end(eighths + more));
    }

    #[test]
    fn a_stop_moves_the_due_date_by_its_working_days(start in starts(), n in 1_u32..40, from in 0_i64..20_000, length in 0_i64..20_000) {
        let cn = cn();
        let (plain, _) = stopped(start, &[]);
        let (ledger, last) = stopped(start, &[(from, length)]);
        let date = |ledger: &Ledger| due(ledger, days(f64::from(n)), &cn, last).unwrap().unwrap().date;
        let (noticed, received) = (cn.date_of(start + from * 60_000), cn.date_of(start + (from + length) * 60_000));
        let left_out = if noticed < date(&plain) { cn.working_days_between(noticed, received).unwrap() } else { 0 };
        prop_assert_eq!(Ok(date(&ledger)), cn.nth_working_day_after(date(&plain), left_out));
    }

    #[test]
    fn the_next_light_is_a_change_and_none_comes_before(start in starts(), limit in units(), minutes in 0_i64..50_000) {
        let cn = cn();
        let (ledger, _) = stopped(start, &[]);
        let now = start + minutes * 60_000;
        let shown = light(&ledger, None, Some(limit), &cn, now).unwrap();
        match next_of(&ledger, None, Some(limit), &cn, now).unwrap() {
            Some(next) => {
                prop_assert!(next > now);
                prop_assert!(light(&ledger, None, Some(limit), &cn, next).unwrap() > shown);
                prop_assert_eq!(light(&ledger, None, Some(limit), &cn, next - 1).unwrap(), shown);
            }
            None => prop_assert_eq!(shown, Light::Red),
        }
    }

    #[test]
    fn nothing_panics(
        entries in prop::collection::vec((0_u8..4, any::<i64>(), any::<bool>()), 0..12),
        n in any::<f64>(), unit in 0_usize..5, now in any::<i64>(),
    ) {
        let cn = cn();
        let unit = [Unit::WorkingDay, Unit::CalendarDay, Unit::BusinessHour, Unit::BusinessMinute, Unit::Month][unit];
        let reason = |hearing| if hearing { STOP } else { REVIEW };
        let mut ledger = Ledger::default();
        for (kind, at, hearing) in entries {
            ledger.record(match kind {
                0 => Entry::started(at),
                1 => Entry::stopped(at, reason(hearing), "".into()),
                2 => Entry::resumed(at, reason(hearing)),
                _ => Entry::ended(at),
            });
        }
        let limit = limit(n, unit);
        let _ = (due(&ledger, limit, &cn, now), used(&ledger, limit, &cn, now));
        let _ = light(&ledger, Some(limit), None, &cn, now);
        let _ = next_of(&ledger, Some(limit), Some(days(2.5)), &cn, now);
        let _ = why(&ledger, Some(limit), Some(days(0.5)), &cn, now);
        let _ = after(now, limit, &cn);
    }
}
