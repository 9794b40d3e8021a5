//! Who sits where and when.

use onething_policy::{ALWAYS, Seating, Signal, WindowId, WindowKind};

use crate::script::MINUTE_MS;

const DAY: i64 = 24 * 60;

/// A desk `d` and a tidal window `t` to which an officer is three minutes on the way; both from minute 0 to 120 and from 180
/// to 300, on two days.
fn two_days() -> Seating {
    let mut seating = Seating::default();
    let tidal = WindowKind::Tidal { campaign: "spring".into() };
    seating.add("d".into(), WindowKind::Desk, vec!["a".into()], 0);
    seating.add("t".into(), tidal, vec!["b".into()], 3 * MINUTE_MS);
    for day in [0, DAY] {
        let stretch = |from: i64, to: i64| ((day + from) * MINUTE_MS, (day + to) * MINUTE_MS);
        // In whatever order they are said.
        seating.plan(0, &["d".into(), "t".into()], &vec![stretch(180, 300), stretch(0, 120)].into());
    }
    seating
}

enum Step {
    /// What is to be told by then.
    Due(&'static str),
    /// The hall asks for `t`, whose officer is that of this desk.
    Asked(&'static str),
    Closed(&'static str),
}
use Step::{Asked, Closed, Due};

fn check(mut seating: Seating, steps: impl IntoIterator<Item = (i64, Step)>) {
    for (minute, step) in steps {
        let now_ms = minute * MINUTE_MS;
        match step {
            Due(expect) => {
                let told: Vec<String> = std::iter::from_fn(|| seating.due(now_ms)).map(short).collect();
                assert_eq!(told.join(", "), expect, "minute {minute}");
            }
            Asked(lender) => seating.asked(now_ms, &"t".into(), Some(&WindowId::from(lender))),
            Closed(window) => seating.closed(now_ms, &window.into()),
        }
    }
}

fn short(signal: Signal) -> String {
    match signal {
        Signal::WindowOpened { window, shift_ends_ms: Some(ends_ms), .. } => {
            format!("{window} until {}", ends_ms / MINUTE_MS)
        }
        Signal::WindowOpened { window, .. } => format!("{window} for ever"),
        Signal::BreakStarted { window } => format!("{window} pauses"),
        Signal::BreakEnded { window } => format!("{window} resumes"),
        Signal::TidalDeclined { window } => format!("nobody for {window}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_seat_keeps_its_hours_and_its_breaks() {
    let steps = [
        (0, Due("d until 300")),
        (119, Due("")),
        (120, Due("d pauses")),
        (180, Due("d resumes")),
        (300, Closed("d")),
        (300, Due("")),
        (DAY, Due("d until 1740")),
    ];
    check(two_days(), steps);
}

#[test]
fn whoever_goes_home_leaves_nothing_to_tell_before_the_next_shift() {
    for (closes, next) in [(299, 299), (300, DAY), (DAY, DAY)] {
        let mut seating = two_days();
        while seating.due(180 * MINUTE_MS).is_some() {}
        seating.closed(closes * MINUTE_MS, &"d".into());
        assert_eq!(seating.next_due_ms(), Some(next * MINUTE_MS), "closed at {closes}");
    }
}

#[test]
fn an_officer_goes_to_the_tidal_window_and_comes_back() {
    let steps = [
        (0, Due("d until 300")),
        (10, Asked("d")),
        (12, Closed("d")),
        (14, Due("")),
        (15, Due("t until 300")),
        (120, Due("t pauses")),
        (180, Due("t resumes")),
        (200, Closed("t")),
        (200, Due("d until 300")),
    ];
    check(two_days(), steps);
}

#[test]
fn nobody_sits_down_during_a_break() {
    // Called before the break, there in it; the second time on the way at its end.
    for (closed, sits) in [(118, 180), (179, 182)] {
        let seating = [
            (0, Due("d until 300")),
            (110, Asked("d")),
            (closed, Closed("d")),
            (sits - 1, Due("")),
            (sits, Due("t until 300")),
        ];
        check(two_days(), seating);
    }
    let back = [
        (0, Due("d until 300")),
        (10, Asked("d")),
        (10, Closed("d")),
        (13, Due("t until 300")),
        (120, Due("t pauses")),
        (150, Closed("t")),
        (150, Due("")),
        (180, Due("d until 300")),
    ];
    check(two_days(), back);
}

#[test]
fn whoever_is_free_too_late_for_the_tide_stays_at_their_own_seat() {
    let evening = [
        (0, Due("d until 300")),
        (180, Due("d pauses, d resumes")),
        (298, Asked("d")),
        (299, Closed("d")),
        (302, Due("nobody for t")),
        (DAY, Due("d until 1740")),
    ];
    check(two_days(), evening);
    // What was in hand rested overnight.
    let morning = [
        (0, Due("d until 300")),
        (180, Due("d pauses, d resumes")),
        (298, Asked("d")),
        (DAY + 9, Due("")),
        (DAY + 9, Closed("d")),
        (DAY + 12, Due("nobody for t, d until 1740")),
    ];
    check(two_days(), morning);
}

#[test]
fn whoever_is_given_up_turns_back_and_only_the_next_sits_down_at_the_tidal_window() {
    let with_another = || {
        let mut seating = two_days();
        seating.add("e".into(), WindowKind::Desk, vec!["a".into()], 0);
        seating.plan(0, &["e".into()], &vec![(0, 300 * MINUTE_MS)].into());
        seating
    };
    let on_the_way = [
        (0, Due("d until 300, e until 300")),
        (10, Asked("d")),
        (10, Closed("d")),
        (11, Asked("e")),
        (11, Due("d until 300")),
        (13, Due("")),
        (20, Closed("e")),
        (23, Due("t until 300")),
    ];
    check(with_another(), on_the_way);
    let in_a_break = [
        (0, Due("d until 300, e until 300")),
        (118, Asked("d")),
        (118, Closed("d")),
        (121, Due("")),
        (170, Asked("e")),
        (180, Due("d until 300")),
        (190, Closed("e")),
        (193, Due("t until 300")),
    ];
    check(with_another(), in_a_break);
}

#[test]
fn a_seat_without_hours_is_open_for_ever_and_nobody_sits_down_after_the_end() {
    let mut seating = Seating::default();
    for id in ["a", "b"] {
        seating.add(id.into(), WindowKind::Comprehensive, Vec::new(), 0);
        seating.plan(7, &[id.into()], &vec![ALWAYS].into());
    }
    assert_eq!(seating.due(7).map(short).unwrap(), "a for ever");
    seating.end();
    assert_eq!((seating.due(7), seating.next_due_ms()), (None, None));
}
