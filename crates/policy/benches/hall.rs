//! Signals a second through a hall with 100,000 tasks waiting, against the least any scheduler must do: one push and one
//! pop of a binary heap for each task. Prints one line of JSON.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Instant;

use onething_policy::{Act, Class, Hall, HallConfig, Signal, Skill, TaskRef, WindowId, WindowKind, Work};

/// Tasks that wait while the clock runs.
const BACKLOG: usize = 100_000;
/// Tasks that come and are served while the clock runs.
const SERVED: usize = 400_000;
/// Windows that serve them; each has two skills.
const WINDOWS: usize = 40;
const QUEUES: usize = 20;
/// The best of this many runs counts, for both loops alike: what disturbs a run only makes it slower.
const RUNS: usize = 3;

fn main() {
    let tasks: Vec<TaskRef> = (0..BACKLOG + SERVED).map(|number| format!("case-{number}/3").into()).collect();
    let hall = (0..RUNS).map(|_| hall_seconds(&tasks)).fold(f64::INFINITY, f64::min);
    let bare = (0..RUNS).map(|_| bare_seconds()).fold(f64::INFINITY, f64::min);
    // Each task is two signals: it joins, and the window is through with one.
    let signals = (2 * SERVED) as f64;
    let (signals_per_s, bare_per_s) = (signals / hall, signals / bare);
    println!(
        "{{\"name\":\"hall\",\"signals_per_s\":{signals_per_s:.0},\"bare_per_s\":{bare_per_s:.0},\"ratio\":{:.4},\
         \"backlog\":{BACKLOG},\"windows\":{WINDOWS},\"queues\":{QUEUES}}}",
        signals_per_s / bare_per_s
    );
}

/// Spreads tasks over queues, classes and times without any randomness.
fn spread(number: usize) -> (usize, u8, i64) {
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    (mixed % QUEUES, (mixed / QUEUES % Class::COUNT) as u8, number as i64)
}

fn hall_seconds(tasks: &[TaskRef]) -> f64 {
    let mut hall = Hall::new(HallConfig::illustrative()).expect("illustrative rules are sound");
    let queues: Vec<Skill> = (0..QUEUES).map(|number| format!("desk:{number}").into()).collect();
    let join = |number: usize| {
        let (queue, class, ready_at_ms) = spread(number);
        let class = Class::new(class).expect("below the count");
        Signal::TaskQueued { task: tasks[number].clone(), queue: queues[queue], class, ready_at_ms, barred: Vec::new() }
    };
    let mut acts = Vec::new();
    for number in 0..BACKLOG {
        hall.on_into(number as i64, join(number), &mut acts);
    }
    for number in 0..WINDOWS {
        let skills = [number % QUEUES, (number + 1) % QUEUES].map(|at| queues[at]).into();
        let window: WindowId = format!("w{number}").into();
        let opened = Signal::WindowOpened { window, kind: WindowKind::Desk, skills, shift_ends_ms: None };
        hall.on_into(BACKLOG as i64, opened, &mut acts);
    }
    let mut in_hand: Vec<Act> = std::mem::take(&mut acts);
    assert_eq!(in_hand.len(), WINDOWS);
    let started = Instant::now();
    for number in 0..SERVED {
        let now_ms = (BACKLOG + number) as i64;
        hall.on_into(now_ms, join(BACKLOG + number), &mut acts);
        let at = number % WINDOWS;
        let Act::Assign { window, task } = in_hand[at].clone() else { unreachable!("only tasks were queued") };
        hall.on_into(now_ms, Signal::ServiceFinished { window, work: Work::Task(task) }, &mut acts);
        in_hand[at] = acts.pop().expect("a window that is free while tasks wait gets one");
        acts.clear();
    }
    black_box(&hall);
    started.elapsed().as_secs_f64()
}

fn bare_seconds() -> f64 {
    let key = |number: usize| {
        let (queue, class, ready_ms) = spread(number);
        Reverse((class, ready_ms, queue, number))
    };
    let mut heap: BinaryHeap<_> = (0..BACKLOG).map(key).collect();
    let started = Instant::now();
    for number in BACKLOG..BACKLOG + SERVED {
        heap.push(key(number));
        black_box(heap.pop());
    }
    started.elapsed().as_secs_f64()
}
