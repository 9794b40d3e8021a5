//! Nobody does what they must not do, and nobody else waits for that.

use onething_policy::{Act, Class, Hall, HallConfig, Signal, WindowId, WindowKind, Work};

fn open(window: &str) -> Signal {
    Signal::WindowOpened {
        window: window.into(),
        kind: WindowKind::Desk,
        skills: ["desk".into()].into(),
        shift_ends_ms: None,
    }
}

fn task(task: &str, barred: &[&str]) -> Signal {
    Signal::TaskQueued {
        task: task.into(),
        queue: "desk".into(),
        class: Class::WALK_IN,
        ready_at_ms: 0,
        barred: barred.iter().map(|window| WindowId::from(*window)).collect(),
    }
}

fn done(window: &str, task: &str) -> Signal {
    Signal::ServiceFinished { window: window.into(), work: Work::Task(task.into()) }
}

/// Tells a hall of desks and returns who was given what, in order.
fn given(signals: &[Signal]) -> Vec<(String, String)> {
    let mut hall = Hall::new(HallConfig::illustrative()).unwrap();
    let acts = signals.iter().flat_map(|signal| hall.on(0, signal.clone())).collect::<Vec<_>>();
    acts.into_iter()
        .filter_map(|act| match act {
            Act::Assign { window, task } => Some((window.to_string(), task.to_string())),
            _ => None,
        })
        .collect()
}

fn check(signals: &[Signal], expect: &[(&str, &str)]) {
    let expect: Vec<(String, String)> = expect.iter().map(|(w, t)| ((*w).to_owned(), (*t).to_owned())).collect();
    assert_eq!(given(signals), expect);
}

#[test]
fn a_task_goes_to_the_first_who_may_do_it() {
    check(&[open("a"), open("b"), task("t", &["a"])], &[("b", "t")]);
    check(&[open("a"), open("b"), open("c"), task("t", &["a", "b"])], &[("c", "t")]);
}

#[test]
fn a_task_nobody_may_do_waits_and_lets_the_others_pass() {
    check(&[open("a"), task("t", &["a"]), task("u", &[])], &[("a", "u")]);
    check(&[open("a"), task("t", &["a"]), task("u", &[]), open("b")], &[("a", "u"), ("b", "t")]);
}

#[test]
fn what_was_said_stays_said() {
    check(&[task("t", &["a"]), task("t", &[]), open("a"), open("b")], &[("b", "t")]);
    check(&[task("t", &["a"]), task("t", &["b"]), open("a"), open("b"), open("c")], &[("c", "t")]);
}

#[test]
fn an_officer_who_gives_a_task_back_does_not_get_it_again() {
    let back = [open("a"), task("t", &[]), done("a", "t"), task("t", &["a"]), open("b")];
    check(&back, &[("a", "t"), ("b", "t")]);
    let sooner = [open("a"), task("t", &[]), task("t", &["a"]), done("a", "t"), open("b")];
    check(&sooner, &[("a", "t"), ("b", "t")]);
}

#[test]
fn when_everybody_is_barred_somebody_is_told_once() {
    let mut hall = Hall::new(HallConfig::illustrative()).unwrap();
    let mut alarms = |signal| {
        let acts = hall.on(0, signal);
        acts.into_iter().filter(|act| matches!(act, Act::Alarm(_))).count()
    };
    for (signal, expect) in [
        (open("a"), 0),
        (task("t", &["a"]), 0),
        (Signal::MinutePassed, 1),
        (Signal::MinutePassed, 0),
        (open("b"), 0),
        (Signal::MinutePassed, 0),
    ] {
        assert_eq!(alarms(signal.clone()), expect, "{signal:?}");
    }
}
