//! Windows: breaks, drains, shifts, overtime, bounds.

use onething_policy::{Hall, HallConfig, Refusal, Signal, Subject, WINDOWS_MAX, WindowState, Work};

use crate::script::{MINUTE_MS, check, closing, done, open, open_until, task, ticket};

fn rules() -> HallConfig {
    HallConfig::illustrative()
}

fn break_started(window: &str) -> Signal {
    Signal::BreakStarted { window: window.into() }
}

fn break_ended(window: &str) -> Signal {
    Signal::BreakEnded { window: window.into() }
}

#[test]
fn a_break_begins_when_nothing_is_in_hand() {
    check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, task("t1", "a", 3, 0), "w does t1"),
            (0, task("t2", "a", 3, 0), ""),
            (1, break_started("w"), ""),
            (2, done("w", "t1"), ""),
            (3, break_ended("w"), "w does t2"),
            (4, done("w", "t2"), ""),
            (5, break_started("w"), ""),
            (6, task("t3", "a", 3, 6), ""),
            (7, break_ended("w"), "w does t3"),
            (8, break_started("w"), ""),
            (9, break_ended("w"), ""),
            (9, task("t4", "a", 3, 9), ""),
            (10, done("w", "t3"), "w does t4"),
        ],
    );
}

#[test]
fn a_window_that_closes_finishes_what_is_in_hand() {
    let hall = check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, open("v", "a"), ""),
            (0, task("t1", "a", 3, 0), "w does t1"),
            (0, closing("v"), "closed v"),
            (1, closing("w"), ""),
            (1, closing("w"), ""),
            (2, task("t2", "a", 3, 2), ""),
            (3, break_started("w"), ""),
            (4, done("w", "t1"), "closed w"),
            (5, done("w", "t1"), ""),
            (6, open("w", "a"), "w does t2"),
            (7, closing("w"), ""),
            (7, open("w", "a"), ""),
            (8, done("w", "t2"), ""),
        ],
    );
    let snapshot = hall.snapshot();
    assert_eq!((snapshot.windows_in(WindowState::Idle), snapshot.windows_in(WindowState::Closed)), (1, 1));
}

#[test]
fn a_window_lost_while_it_closes_is_closed() {
    let hall = check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, task("t1", "a", 3, 0), "w does t1"),
            (1, closing("w"), ""),
            (2, Signal::LeaseExpired { window: "w".into(), task: "t1".into() }, "closed w"),
        ],
    );
    let row = &hall.snapshot().queues[0];
    assert_eq!((row.windows_open, row.waiting, row.in_hand), (0, 1, 0));
}

#[test]
fn time_never_runs_backwards() {
    let mut hall = check(rules(), [(9, task("t1", "a", 3, 9), ""), (5, task("t2", "a", 3, 7), "")]);
    assert_eq!(hall.snapshot().at_ms, 9 * MINUTE_MS);
    assert_eq!(hall.snapshot().queues[0].oldest_wait_ms, 2 * MINUTE_MS);
    assert_eq!(hall.next_due_ms(), None);
    assert_eq!(hall.on(i64::MIN, open("w", "a")).len(), 1);
}

#[test]
fn a_shift_ends_by_itself_and_can_be_extended() {
    let extended = |minute: i64| Signal::ShiftExtended { window: "w".into(), until_ms: minute * MINUTE_MS };
    check(
        rules(),
        [
            (0, open_until("w", "a", 60), ""),
            (1, extended(70), ""),
            (60, task("t1", "a", 3, 60), "w does t1"),
            (70, Signal::MinutePassed, "drain w"),
            (71, extended(80), ""),
            (72, done("w", "t1"), ""),
            (80, Signal::MinutePassed, "drain w, closed w"),
            (81, extended(90), ""),
            (82, task("t2", "a", 3, 82), ""),
        ],
    );
}

#[test]
fn before_the_end_no_ticket_is_taken_and_all_who_wait_are_served() {
    check(
        rules(),
        [
            (0, open_until("w", "a", 60), ""),
            (30, ticket("A1", "a", 3), "w calls A1"),
            (40, ticket("A2", "a", 3), ""),
            (45, ticket("A3", "a", 3), ""),
            (46, ticket("A4", "a", 3), "refuse Ticket(TicketId(\"A4\")) closing"),
            (60, Signal::MinutePassed, "drain w"),
            (61, done("w", "A1"), "Overtime { window: WindowId(\"w\") }, w calls A2"),
            (62, task("t1", "a", 3, 62), ""),
            (63, done("w", "A2"), "w calls A3"),
            (64, done("w", "A3"), "closed w"),
        ],
    );
    let strict = HallConfig { overtime: false, ..rules() };
    check(
        strict,
        [
            (0, open_until("w", "a", 60), ""),
            (30, ticket("A1", "a", 3), "w calls A1"),
            (40, ticket("A2", "a", 3), ""),
            (61, done("w", "A1"), "drain w, closed w"),
            (62, Signal::MinutePassed, "NobodyServes { queue: Skill(\"a\") }"),
        ],
    );
}

#[test]
fn past_the_bound_a_window_is_refused() {
    let mut hall = Hall::new(rules()).unwrap();
    for number in 0..WINDOWS_MAX {
        assert_eq!(hall.on(0, open(&format!("w{number}"), "a")), []);
    }
    let acts = hall.on(0, open("one more", "a"));
    let what = Subject::Window("one more".into());
    assert_eq!(acts, [onething_policy::Act::Refused { what, why: Refusal::TooManyWindows }]);
    assert_eq!(hall.on(0, task("t", "a", 3, 0)).len(), 1);
    assert_eq!(hall.snapshot().windows[0].in_hand, Some(Work::Task("t".into())));
}
