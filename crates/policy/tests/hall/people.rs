//! People: appointments, no-shows, transfers, diversions.

use onething_policy::{HallConfig, QueueRule, Signal};

use crate::script::{appointment, check, closing, done, open, ticket};

fn rules() -> HallConfig {
    HallConfig::illustrative()
}

fn no_show(ticket: &str) -> Signal {
    Signal::NoShow { ticket: ticket.into() }
}

#[test]
fn an_appointment_goes_first_from_ten_minutes_before_its_time() {
    check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, ticket("A1", "a", 3), "w calls A1"),
            (1, ticket("A2", "a", 1), ""),
            (2, ticket("A3", "a", 3), ""),
            (3, appointment("A4", "a", 30), ""),
            (10, done("w", "A1"), "w calls A2"),
            (20, done("w", "A2"), "w calls A4"),
            (30, done("w", "A4"), "w calls A3"),
        ],
    );
}

#[test]
fn an_appointment_is_forgotten_with_its_person() {
    let left = Signal::TicketWithdrawn { ticket: "A1".into() };
    let hall = check(rules(), [(0, appointment("A1", "a", 30), ""), (1, left, "")]);
    assert_eq!(hall.next_due_ms(), None);
    let served = [(0, appointment("A1", "a", 30), ""), (1, open("w", "a"), "w calls A1"), (2, done("w", "A1"), "")];
    assert_eq!(check(rules(), served).next_due_ms(), None);
}

#[test]
fn who_comes_late_waits_like_everyone_else() {
    check(
        rules(),
        [
            (0, ticket("A1", "a", 3), ""),
            (15, appointment("A2", "a", 4), ""),
            (15, appointment("A3", "a", 5), ""),
            (15, open("w", "a"), "w calls A3"),
            (16, done("w", "A3"), "w calls A1"),
            (17, done("w", "A1"), "w calls A2"),
        ],
    );
}

#[test]
fn appointments_in_a_row_leave_room_for_others_and_emergencies_pass_them() {
    check(
        rules(),
        [
            (0, ticket("A1", "a", 3), ""),
            (1, appointment("A2", "a", 1), ""),
            (1, appointment("A3", "a", 2), ""),
            (1, appointment("A4", "a", 3), ""),
            (1, ticket("A5", "a", 0), ""),
            (2, open("w", "a"), "w calls A5"),
            (3, done("w", "A5"), "w calls A2"),
            (4, done("w", "A2"), "w calls A3"),
            (5, done("w", "A3"), "w calls A1"),
            (6, done("w", "A1"), "w calls A4"),
        ],
    );
}

#[test]
fn a_no_show_is_recalled_once_then_dropped() {
    check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, ticket("A1", "a", 3), "w calls A1"),
            (1, ticket("A2", "a", 3), ""),
            (1, no_show("A2"), ""),
            (2, no_show("A1"), "w calls A1 #2"),
            (3, no_show("A1"), "drop A1 after 2, w calls A2"),
            (4, no_show("A1"), ""),
            (5, no_show("A2"), "w calls A2 #2"),
            (6, done("w", "A2"), ""),
            (7, ticket("A1", "a", 3), "w calls A1"),
        ],
    );
}

#[test]
fn a_transfer_keeps_the_time_of_arrival() {
    let transfer = |ticket: &str, queue: &str| Signal::TicketTransferred { ticket: ticket.into(), queue: queue.into() };
    check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, ticket("A1", "a", 3), "w calls A1"),
            (1, ticket("A2", "b", 3), ""),
            (2, ticket("A3", "a", 3), ""),
            (3, transfer("A2", "a"), ""),
            (4, transfer("A1", "b"), "w calls A3"),
            (5, open("v", "b"), "v calls A1"),
            (6, done("v", "A1"), "v calls A2"),
        ],
    );
}

#[test]
fn a_full_queue_sends_people_elsewhere_and_then_refuses_them() {
    let rule =
        |overflow: Option<&str>| QueueRule { length_max: 1, overflow: overflow.map(Into::into), alarm_wait_ms: None };
    let config = HallConfig { queues: [("a".into(), rule(Some("b"))), ("b".into(), rule(None))].into(), ..rules() };
    check(
        config,
        [
            (0, ticket("A1", "a", 3), ""),
            (0, ticket("A2", "a", 3), "A2 from a to b"),
            (0, ticket("A3", "a", 3), "QueueFull { queue: Skill(\"a\") }, refuse Ticket(TicketId(\"A3\")) full"),
            (1, Signal::TicketWithdrawn { ticket: "A1".into() }, ""),
            (2, ticket("A3", "a", 3), ""),
            (3, open("w", "b"), "w calls A2"),
        ],
    );
}

#[test]
fn people_follow_when_the_last_window_of_their_queue_closes() {
    let rule = QueueRule { overflow: Some("b".into()), ..rules().queue_default };
    let config = HallConfig { queues: [("a".into(), rule)].into(), ..rules() };
    check(
        config,
        [
            (0, open("w", "a"), ""),
            (0, open("v", "a"), ""),
            (0, open("u", "b"), ""),
            (1, ticket("A1", "a", 3), "w calls A1"),
            (1, ticket("A2", "a", 3), "v calls A2"),
            (2, ticket("A3", "a", 3), ""),
            (2, ticket("A4", "a", 3), ""),
            (3, closing("w"), ""),
            (4, closing("v"), "A3 from a to b, A4 from a to b, u calls A3"),
            (5, done("w", "A1"), "closed w"),
            (6, done("v", "A2"), "closed v"),
        ],
    );
}
