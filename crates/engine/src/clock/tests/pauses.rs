//! Stops and resumptions.

use super::*;

#[test]
fn stops_move_whole_days() {
    let cn = cn();
    for (entries, now, end, moving) in [
        // Noticed on Tuesday, received on Thursday: Wednesday and Thursday are left out.
        (&[("stop", "2026-03-03 10:00"), ("resume", "2026-03-05 10:00")][..], "2026-03-06 10:00", "2026-03-11", false),
        // On the same day nothing is left out; over a weekend only the working day is.
        (&[("stop", "2026-03-03 10:00"), ("resume", "2026-03-03 16:00")], "2026-03-06 10:00", "2026-03-09", false),
        (&[("stop", "2026-03-06 10:00"), ("resume", "2026-03-08 10:00")], "2026-03-09 10:00", "2026-03-09", false),
        (&[("stop", "2026-03-06 10:00"), ("resume", "2026-03-09 10:00")], "2026-03-09 11:00", "2026-03-10", false),
        // One within the other, one after the other on one day, overlapping: the union counts.
        (
            &[
                ("stop", "2026-03-03 10:00"),
                ("review", "2026-03-04 10:00"),
                ("reviewed", "2026-03-04 16:00"),
                ("resume", "2026-03-05 10:00"),
            ],
            "2026-03-06 10:00",
            "2026-03-11",
            false,
        ),
        (
            &[
                ("stop", "2026-03-03 10:00"),
                ("resume", "2026-03-04 10:00"),
                ("review", "2026-03-04 11:00"),
                ("reviewed", "2026-03-05 10:00"),
            ],
            "2026-03-06 10:00",
            "2026-03-11",
            false,
        ),
        (
            &[
                ("stop", "2026-03-03 10:00"),
                ("review", "2026-03-04 10:00"),
                ("resume", "2026-03-05 10:00"),
                ("reviewed", "2026-03-06 10:00"),
            ],
            "2026-03-06 11:00",
            "2026-03-12",
            false,
        ),
        // Twice on the same ground: it stands until both have ended.
        (
            &[
                ("stop", "2026-03-03 10:00"),
                ("stop", "2026-03-03 11:00"),
                ("resume", "2026-03-04 10:00"),
                ("resume", "2026-03-05 10:00"),
            ],
            "2026-03-06 10:00",
            "2026-03-11",
            false,
        ),
        // It stands: the due date moves with every working day.
        (&[("stop", "2026-03-03 10:00")], "2026-03-03 10:00", "2026-03-09", true),
        (&[("stop", "2026-03-03 10:00")], "2026-03-05 10:00", "2026-03-11", true),
        // After the limit has passed a stop moves nothing.
        (&[("stop", "2026-03-10 10:00"), ("resume", "2026-03-12 10:00")], "2026-03-13 10:00", "2026-03-09", false),
        (&[("stop", "2026-03-10 10:00")], "2026-03-13 10:00", "2026-03-09", false),
    ] {
        let mut all = vec![("start", "2026-03-02 10:00")];
        all.extend(entries);
        let ledger = ledger(&all);
        let due = due(&ledger, days(5.0), &cn, at(now)).unwrap().unwrap();
        assert_eq!((due.date.to_string(), due.moving), (end.to_owned(), moving), "{entries:?} at {now}");
        let used = used(&ledger, days(5.0), &cn, due.at.min(at(now))).unwrap();
        assert!(used.remaining >= 0.0, "{entries:?} at {now}");
    }
}

#[test]
fn business_time_stops_to_the_minute() {
    let cn = cn();
    for (entries, end) in [
        (
            &[("start", "2026-03-02 09:00"), ("stop", "2026-03-02 10:00"), ("resume", "2026-03-02 11:00")][..],
            "2026-03-02 14:30",
        ),
        (
            &[("start", "2026-03-02 09:00"), ("stop", "2026-03-02 11:30"), ("resume", "2026-03-02 13:30")],
            "2026-03-02 14:30",
        ),
        (
            &[("start", "2026-03-02 09:00"), ("stop", "2026-03-02 16:00"), ("resume", "2026-03-03 13:30")],
            "2026-03-02 13:30",
        ),
        // Stopped before the clock began to run at the end of a period: counted from the start.
        (
            &[("start", "2026-03-03 23:59"), ("stop", "2026-03-03 10:00"), ("resume", "2026-03-04 10:00")],
            "2026-03-04 14:30",
        ),
    ] {
        let ledger = ledger(entries);
        let due = due(&ledger, days(0.5), &cn, at("2026-03-20 10:00")).unwrap().unwrap();
        assert_eq!(text(due.at), text(at(end)), "{entries:?}");
    }
}

#[test]
fn a_light_waits_while_the_clock_stands() {
    let cn = cn();
    let mut stopped = ledger(&[("start", "2026-03-02 10:00"), ("stop", "2026-03-03 10:00")]);
    let promised = Some(days(2.0));
    let later = at("2026-06-01 10:00");
    assert!(stopped.is_stopped() && !stopped.is_running());
    // The notice day runs to its close, so half of two days is used; then it stands.
    assert_eq!(used(&stopped, days(2.0), &cn, later).unwrap().consumed, 1.0);
    assert_eq!(light(&stopped, None, promised, &cn, later), Ok(Light::Yellow));
    assert_eq!(next_of(&stopped, None, promised, &cn, later), Ok(None));
    stopped.record(Entry::resumed(later, STOP));
    assert_eq!(
        next_of(&stopped, None, promised, &cn, later).map(|next| next.map(text)),
        Ok(Some("2026-06-02 17:00:00.001".into()))
    );
}

#[test]
fn what_makes_no_sense_is_left_out() {
    let mut odd = ledger(&[
        ("stop", "2026-03-01 10:00"),
        ("resume", "2026-03-01 11:00"),
        ("end", "2026-03-01 12:00"),
        ("start", "2026-03-02 10:00"),
        ("start", "2026-03-03 10:00"),
        ("resume", "2026-03-03 11:00"),
        ("stop", "2026-03-04 10:00"),
        ("reviewed", "2026-03-04 11:00"),
    ]);
    assert_eq!(odd.entries().len(), 2);
    assert_eq!((odd.started_at(), odd.stopped_for()), (Some(at("2026-03-02 10:00")), Some(STOP)));
    odd.record(Entry::ended(at("2026-03-05 10:00")));
    odd.record(Entry::resumed(at("2026-03-06 10:00"), STOP));
    assert_eq!((odd.ended_at(), odd.entries().len()), (Some(at("2026-03-05 10:00")), 3));
    assert!(!odd.is_running() && !odd.is_stopped() && odd.stopped_for().is_none());
    let written = serde_json::to_string(&odd).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&written).unwrap(), odd);
}

/// Of days it leaves out those after the one on which it was noticed, of hours every minute: so half a day may end with a
/// whole one, and after it.
#[test]
fn a_stop_within_a_day_delays_hours_and_no_day() {
    let cn = cn();
    for (received, half_a_day) in [
        ("2026-03-02 00:01", "2026-03-02 13:30"),
        ("2026-03-02 13:30", "2026-03-02 17:00"),
        ("2026-03-02 14:30", "2026-03-03 10:00"),
    ] {
        let ledger = ledger(&[("start", "2026-03-01 18:14"), ("stop", "2026-03-02 00:00"), ("resume", received)]);
        let ends = [0.5, 1.0].map(|n| due(&ledger, days(n), &cn, at(received)).unwrap().unwrap().at);
        assert_eq!(ends, [at(half_a_day), at("2026-03-02 17:00")], "{received}");
    }
}
