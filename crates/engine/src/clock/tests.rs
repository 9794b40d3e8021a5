//! Due dates, use, lights and explanations.

use super::*;
use crate::calendar::tests::{VECTORS, at, cn, file, text};
use crate::definition::StopReason;

mod pauses;
mod properties;
mod words;

const STOP: StopReason = StopReason::Hearing;
const REVIEW: StopReason = StopReason::ExpertReview;

fn light(
    ledger: &Ledger,
    statutory: Option<Limit>,
    promised: Option<Limit>,
    calendar: &Calendar,
    now: Millis,
) -> Result<Light, Uncovered> {
    watch(ledger, statutory, promised, calendar, now).map(|(light, _)| light)
}

/// The next moment at which to look at the light that is shown now.
fn next_of(
    ledger: &Ledger,
    statutory: Option<Limit>,
    promised: Option<Limit>,
    calendar: &Calendar,
    now: Millis,
) -> Result<Option<Millis>, Uncovered> {
    watch(ledger, statutory, promised, calendar, now).map(|(_, next)| next)
}

/// A ledger of `start`, `stop`, `resume`, `review`, `reviewed`, `end`, each with a moment.
fn ledger(entries: &[(&str, &str)]) -> Ledger {
    let mut ledger = Ledger::default();
    for (what, when) in entries {
        let when = at(when);
        ledger.record(match *what {
            "start" => Entry::started(when),
            "stop" => Entry::stopped(when, STOP, "行政许可法第四十五条".into()),
            "resume" => Entry::resumed(when, STOP),
            "review" => Entry::stopped(when, REVIEW, "行政许可法第四十五条".into()),
            "reviewed" => Entry::resumed(when, REVIEW),
            _ => Entry::ended(when),
        });
    }
    ledger
}

fn limit(n: f64, unit: Unit) -> Limit {
    Limit { n, unit }
}

fn days(n: f64) -> Limit {
    Limit::working_days(n)
}

#[test]
fn due_dates_of_whole_working_days() {
    let cn = cn();
    for (from, n, to) in VECTORS {
        for time in ["00:00", "09:00", "12:30", "17:00", "23:59"] {
            let ledger = ledger(&[("start", &format!("{from} {time}"))]);
            let due = due(&ledger, days(f64::from(n)), &cn, at(&format!("{from} {time}"))).unwrap().unwrap();
            assert_eq!((due.date.to_string(), text(due.at)), (to.to_owned(), format!("{to} 17:00:00")), "{from} + {n}");
            assert_eq!(text(due.day_ends), format!("{to} 23:59:59.999"));
            assert!(!due.moving);
        }
    }
}

#[test]
fn ends_of_other_limits() {
    use Unit::{BusinessHour, BusinessMinute, CalendarDay, Month, WorkingDay};
    let cn = cn();
    for (start, n, unit, end) in [
        // Half a day: within the morning and over lunch, from noon, in the evening, over a weekend and a festival.
        ("2026-03-02 09:00", 0.5, WorkingDay, "2026-03-02 13:30"),
        ("2026-03-02 12:10", 0.5, WorkingDay, "2026-03-02 16:30"),
        ("2026-03-02 16:00", 0.5, WorkingDay, "2026-03-03 11:30"),
        ("2026-03-06 16:00", 0.5, WorkingDay, "2026-03-09 11:30"),
        ("2026-03-07 20:00", 0.5, WorkingDay, "2026-03-09 13:30"),
        ("2026-02-14 16:30", 0.5, WorkingDay, "2026-02-24 12:00"),
        ("2026-03-02 11:30", 0.125, WorkingDay, "2026-03-02 13:22:30"),
        ("2026-03-02 16:59", 0.125, WorkingDay, "2026-03-03 09:51:30"),
        // Whole days first, then part of the next one.
        ("2026-03-02 09:00", 1.5, WorkingDay, "2026-03-04 13:30"),
        ("2026-03-05 20:00", 1.5, WorkingDay, "2026-03-09 13:30"),
        ("2026-03-02 09:30", 90.0, BusinessMinute, "2026-03-02 11:00"),
        ("2026-03-02 09:30", 7.0, BusinessHour, "2026-03-03 09:30"),
        // The last day is a Saturday, a Thursday, inside a holiday, a make-up Sunday.
        ("2026-03-02 10:00", 5.0, CalendarDay, "2026-03-09 17:00"),
        ("2026-03-02 10:00", 3.0, CalendarDay, "2026-03-05 17:00"),
        ("2026-02-10 10:00", 8.0, CalendarDay, "2026-02-24 17:00"),
        ("2025-12-30 10:00", 5.0, CalendarDay, "2026-01-04 17:00"),
        // A month: the corresponding day, and the last day where there is none (2026-02-28 is a make-up Saturday).
        ("2026-03-10 10:00", 1.0, Month, "2026-04-10 17:00"),
        ("2026-01-31 10:00", 1.0, Month, "2026-02-28 17:00"),
        ("2024-01-31 10:00", 1.0, Month, "2024-02-29 17:00"),
        ("2026-01-01 10:00", 4.0, Month, "2026-05-06 17:00"),
    ] {
        let found = after(at(start), limit(n, unit), &cn).map(text);
        assert_eq!(found, Ok(text(at(end))), "{start} + {n} {unit:?}");
    }
}

#[test]
fn acceptance_by_silence() {
    let cn = cn();
    for (received, accepted) in [
        ("2026-03-02 10:00", "2026-03-09 17:00"),
        // Received on a Saturday evening: day one is Monday.
        ("2026-03-07 20:00", "2026-03-13 17:00"),
        ("2026-02-13 10:00", "2026-02-27 17:00"),
    ] {
        assert_eq!(acceptance_by_silence_at(at(received), &cn).map(text), Ok(text(at(accepted))), "{received}");
    }
    assert_eq!(acceptance_by_silence_at(at("2026-12-28 10:00"), &cn), Err(Uncovered { year: 2027 }));
}

#[test]
fn a_changed_calendar_moves_the_due_date() {
    let ledger = ledger(&[("start", "2026-03-02 10:00")]);
    let mut file = file();
    file.edition = "2026-2".to_owned();
    file.years[4].holidays.push("2026-03-04".parse().unwrap());
    let changed = Calendar::new(file).unwrap();
    let date = |calendar: &Calendar| due(&ledger, days(5.0), calendar, at("2026-03-02 10:00")).unwrap().unwrap().date;
    assert_eq!((date(&cn()).to_string(), date(&changed).to_string()), ("2026-03-09".into(), "2026-03-10".into()));
    assert_eq!(&**changed.edition(), "2026-2");
}

#[test]
fn used_along_the_way() {
    let cn = cn();
    let started = ledger(&[("start", "2026-03-02 10:00")]);
    let ended = ledger(&[("start", "2026-03-02 10:00"), ("end", "2026-03-04 13:30")]);
    for (now, running, at_end) in [
        ("2026-03-01 10:00", 0.0, 0.0),
        ("2026-03-02 16:00", 0.0, 0.0),
        ("2026-03-03 09:00", 0.0, 0.0),
        ("2026-03-03 13:30", 0.5, 0.5),
        ("2026-03-03 20:00", 1.0, 1.0),
        ("2026-03-08 10:00", 4.0, 1.5),
        ("2026-03-09 17:00", 5.0, 1.5),
        ("2026-03-10 13:30", 5.5, 1.5),
    ] {
        for (ledger, consumed) in [(&started, running), (&ended, at_end)] {
            let used = used(ledger, days(5.0), &cn, at(now)).unwrap();
            assert_eq!((used.consumed, used.budget, used.remaining), (consumed, 5.0, 5.0 - consumed), "{now}");
            assert_eq!(used.share(), consumed / 5.0);
        }
    }
    assert_eq!(used(&Ledger::default(), days(5.0), &cn, 0).unwrap().consumed, 0.0);
    assert_eq!(due(&Ledger::default(), days(5.0), &cn, 0), Ok(None));
}

#[test]
fn calendar_days_rest_before_a_moved_end() {
    let cn = cn();
    // Five days from Monday end on Saturday, which moves to Monday the 9th.
    let ledger = ledger(&[("start", "2026-03-02 10:00")]);
    let five = limit(5.0, Unit::CalendarDay);
    for (now, consumed) in
        [("2026-03-07 17:00", 5.0), ("2026-03-08 17:00", 5.0), ("2026-03-09 17:00", 5.0), ("2026-03-10 17:00", 6.0)]
    {
        assert_eq!(used(&ledger, five, &cn, at(now)).unwrap().consumed, consumed, "{now}");
    }
    assert_eq!(light(&ledger, Some(five), None, &cn, at("2026-03-09 17:00")), Ok(Light::Yellow));
    assert_eq!(light(&ledger, Some(five), None, &cn, at("2026-03-09 17:01")), Ok(Light::Red));
}

#[test]
fn lights() {
    let cn = cn();
    for (n, start, changes) in [
        (20.0, "2026-03-02 10:00", ["2026-03-23 17:00", "2026-03-30 17:00:00.001"]),
        (4.0, "2026-03-02 10:00", ["2026-03-05 17:00", "2026-03-06 17:00:00.001"]),
        (2.0, "2026-03-02 10:00", ["2026-03-03 17:00", "2026-03-04 17:00:00.001"]),
        (1.0, "2026-03-02 10:00", ["2026-03-03 15:15", "2026-03-03 17:00:00.001"]),
        (0.5, "2026-03-02 09:00", ["2026-03-02 11:37:30", "2026-03-02 13:30:00.001"]),
    ] {
        let ledger = ledger(&[("start", start)]);
        let promised = Some(days(n));
        let mut now = at(start);
        for (change, light_then) in changes.iter().zip([Light::Yellow, Light::Red]) {
            let next = next_of(&ledger, None, promised, &cn, now).unwrap().unwrap();
            assert_eq!(text(next), text(at(change)), "{n} days");
            assert!(light(&ledger, None, promised, &cn, next - 1).unwrap() < light_then, "{n} days");
            assert_eq!(light(&ledger, None, promised, &cn, next), Ok(light_then), "{n} days");
            now = next;
        }
        assert_eq!(next_of(&ledger, None, promised, &cn, now), Ok(None));
        // The worse of two limits shows.
        assert_eq!(light(&ledger, Some(days(40.0)), promised, &cn, now), Ok(Light::Red));
    }
    assert!(Light::Green < Light::Yellow && Light::Yellow < Light::Red);
    assert_eq!(light(&Ledger::default(), None, Some(days(1.0)), &cn, 0), Ok(Light::Green));
}

#[test]
fn a_light_needs_no_year_after_the_moment() {
    let cn = cn();
    let ledger = ledger(&[("start", "2026-12-21 10:00")]);
    let limit = Some(days(20.0));
    let now = at("2026-12-21 10:00");
    assert_eq!(due(&ledger, days(20.0), &cn, now), Err(Uncovered { year: 2027 }));
    assert_eq!(light(&ledger, limit, None, &cn, at("2026-12-31 17:00")), Ok(Light::Green));
    assert_eq!(
        next_of(&ledger, limit, None, &cn, now).map(|next| next.map(text)),
        Ok(Some("2027-01-01 00:00:00".into()))
    );
    assert_eq!(light(&ledger, limit, None, &cn, at("2027-01-01 00:00")), Err(Uncovered { year: 2027 }));
    // Calendar days need no published year until the last of them, which may be a rest day, is near.
    let month = Some(Limit { n: 30.0, unit: Unit::CalendarDay });
    assert_eq!(light(&ledger, month, None, &cn, at("2027-01-05 10:00")), Ok(Light::Green));
    assert_eq!(light(&ledger, month, None, &cn, at("2027-01-18 10:00")), Err(Uncovered { year: 2027 }));
    // The promise ends in the covered year, the legal limit does not.
    assert_eq!(
        next_of(&ledger, limit, Some(days(2.0)), &cn, now).map(|next| next.map(text)),
        Ok(Some("2026-12-22 17:00:00".into()))
    );
}
