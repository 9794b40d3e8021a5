//! Who is next: classes, ageing, order of arrival, skills, idle windows, bounds.

use onething_policy::{HallConfig, QueueRule, Signal};

use crate::script::{check, done, named, open, task};

fn rules() -> HallConfig {
    HallConfig::illustrative()
}

#[test]
fn the_urgent_go_first_and_then_who_came_first() {
    check(
        rules(),
        [
            (0, task("t1", "a", 3, 0), ""),
            (0, task("t2", "a", 3, 0), ""),
            (1, task("t3", "a", 1, 1), ""),
            (2, open("w", "a"), "w does t3"),
            (3, done("w", "t3"), "w does t1"),
            (4, done("w", "t1"), "w does t2"),
        ],
    );
}

#[test]
fn waiting_makes_urgent() {
    // Twenty minutes raise one class: at minute 40 t1 counts as class 2 and has waited longer than t2.
    check(
        rules(),
        [
            (0, task("t1", "a", 4, 0), ""),
            (39, task("t2", "a", 2, 39), ""),
            (39, task("t3", "a", 2, 39), ""),
            (39, open("w", "a"), "w does t2"),
            (40, done("w", "t2"), "w does t1"),
        ],
    );
}

#[test]
fn a_window_gets_only_what_it_can_do_and_the_most_urgent_of_that() {
    check(
        rules(),
        [
            (0, task("t1", "a", 0, 0), ""),
            (0, task("t2", "b", 3, 0), ""),
            (0, task("t3", "c", 2, 0), ""),
            (1, open("w", "b c"), "w does t3"),
            (2, done("w", "t3"), "w does t2"),
            (3, done("w", "t2"), ""),
            (4, open("v", "a"), "v does t1"),
        ],
    );
}

#[test]
fn the_window_idle_longest_gets_the_next() {
    check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (1, open("v", "a"), ""),
            (2, task("t1", "a", 3, 2), "w does t1"),
            (3, done("w", "t1"), ""),
            (4, task("t2", "a", 3, 4), "v does t2"),
            (5, task("t3", "a", 3, 5), "w does t3"),
            (6, task("t4", "a", 3, 6), ""),
        ],
    );
}

#[test]
fn a_task_waits_until_it_is_ready() {
    let mut hall = check(rules(), [(0, open("w", "a"), ""), (0, task("t1", "a", 3, 5), "")]);
    assert_eq!(hall.next_due_ms(), Some(300_000));
    assert_eq!(hall.snapshot().queues[0].not_ready, 1);
    assert_eq!(hall.on(299_999, Signal::MinutePassed), []);
    assert_eq!(hall.on(300_000, Signal::MinutePassed).len(), 1);
    assert_eq!(hall.next_due_ms(), None);
}

#[test]
fn a_task_that_comes_back_waits_for_its_new_time() {
    let withdrawn = Signal::TaskWithdrawn { task: "t1".into() };
    let hall = check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, task("t1", "a", 3, 5), ""),
            (1, withdrawn.clone(), ""),
            (1, task("t1", "a", 3, 9), ""),
            (6, Signal::MinutePassed, ""),
            (7, withdrawn, ""),
        ],
    );
    assert_eq!(hall.next_due_ms(), None);
}

#[test]
fn a_retry_may_be_queued_before_the_window_is_through() {
    check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, task("t1", "a", 3, 0), "w does t1"),
            (1, task("t1", "a", 3, 5), ""),
            (2, done("w", "t1"), ""),
            (5, Signal::MinutePassed, "w does t1"),
            (6, task("t1", "a", 3, 6), ""),
            (6, Signal::TaskWithdrawn { task: "t1".into() }, ""),
            (7, done("w", "t1"), ""),
        ],
    );
}

#[test]
fn what_is_known_or_gone_changes_nothing() {
    let withdrawn = |name: &str| Signal::TaskWithdrawn { task: name.into() };
    let hall = check(
        rules(),
        [
            (0, task("t1", "a", 3, 0), ""),
            (0, task("t1", "a", 0, 0), ""),
            (0, task("t2", "a", 3, 9), ""),
            (0, task("t3", "a", 3, 0), ""),
            (1, withdrawn("t2"), ""),
            (1, withdrawn("t3"), ""),
            (1, withdrawn("t9"), ""),
            (2, open("w", "a"), "w does t1"),
            (3, withdrawn("t1"), ""),
            (3, done("w", "t7"), ""),
            (3, done("v", "t1"), ""),
            (10, done("w", "t1"), ""),
        ],
    );
    let row = &hall.snapshot().queues[0];
    assert_eq!((row.waiting, row.not_ready, row.in_hand, row.windows_idle), (0, 0, 0, 1));
}

#[test]
fn past_the_bound_there_is_an_answer() {
    let config = HallConfig { queue_default: QueueRule { length_max: 2, ..rules().queue_default }, ..rules() };
    check(
        config,
        [
            (0, task("t1", "a", 3, 0), ""),
            (0, task("t2", "a", 3, 9), ""),
            (0, task("t3", "a", 3, 0), "QueueFull { queue: Skill(\"a\") }, refuse Task(TaskRef(\"t3\")) full"),
            (0, task("t4", "a", 3, 0), "refuse Task(TaskRef(\"t4\")) full"),
            (1, open("w", "a"), "w does t1"),
            (1, task("t3", "a", 3, 0), ""),
            // Only when half of it is gone may the alarm sound again.
            (2, Signal::MinutePassed, ""),
            (2, task("t4", "a", 3, 0), "refuse Task(TaskRef(\"t4\")) full"),
            (3, Signal::TaskWithdrawn { task: "t3".into() }, ""),
            (3, Signal::MinutePassed, ""),
            (3, task("t4", "a", 3, 0), ""),
            (3, task("t5", "a", 3, 0), "QueueFull { queue: Skill(\"a\") }, refuse Task(TaskRef(\"t5\")) full"),
        ],
    );
}

#[test]
fn a_lost_window_gets_nothing_until_it_is_heard_of_and_its_task_keeps_its_place() {
    let expired = |task: &str| Signal::LeaseExpired { window: "w".into(), task: task.into() };
    check(
        rules(),
        [
            (0, open("w", "a"), ""),
            (0, task("t1", "a", 3, 0), "w does t1"),
            (1, task("t2", "a", 3, 1), ""),
            (2, expired("t9"), ""),
            (2, expired("t1"), "WindowLost { window: WindowId(\"w\") }"),
            (3, open("v", "a"), "v does t1"),
            (4, done("w", "t1"), "w does t2"),
            (5, done("v", "t1"), ""),
        ],
    );
}

#[test]
fn alarms_sound_once_until_they_were_false() {
    let rule = QueueRule { alarm_wait_ms: Some(600_000), ..rules().queue_default };
    let config = HallConfig { queues: [("a".into(), rule)].into(), ..rules() };
    let hall = check(
        config,
        [
            (0, task("t1", "a", 3, 0), ""),
            (1, Signal::MinutePassed, "NobodyServes { queue: Skill(\"a\") }"),
            (2, Signal::MinutePassed, ""),
            (11, Signal::MinutePassed, "LongWait { queue: Skill(\"a\"), oldest_wait_ms: 660000 }"),
            (12, Signal::MinutePassed, ""),
            (13, open("w", "a"), "w does t1"),
            (14, Signal::MinutePassed, ""),
            (15, task("t2", "a", 3, 0), ""),
            (15, Signal::MinutePassed, "LongWait { queue: Skill(\"a\"), oldest_wait_ms: 900000 }"),
        ],
    );
    assert_eq!(hall.snapshot().windows[0].in_hand, Some(named("t1")));
}
