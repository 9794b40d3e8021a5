//! The limit: plain events pushed into a vector and applied to a plain struct.

use std::hint::black_box;

/// As many kinds of events as a case meets, each with plain data.
enum Event {
    Moved { taken: u64, put: u64 },
    Opened { task: u32, node: u16 },
    Closed { task: u32, outcome: u8 },
    Timed { timer: u32, due: i64 },
    Stated { status: u8 },
}

#[derive(Clone, Default)]
struct Case {
    version: u64,
    marking: u64,
    status: u8,
    due: i64,
    open: [u32; 8],
    done: [u8; 8],
}

/// Applies this many events to each of this many cases, eight decisions each, and counts them.
pub(crate) fn round(cases: usize, events: usize) -> usize {
    let mut all = vec![Case::default(); cases];
    let decisions = 9;
    for decision in 0..decisions {
        for case in &mut all {
            let mut after = case.clone();
            let mut history = Vec::with_capacity(8);
            let share = events * (decision + 1) / decisions - events * decision / decisions;
            for nth in 0..share {
                let event = black_box(event(decision, nth));
                apply(&mut after, &event);
                history.push(event);
            }
            *case = black_box((history, after)).1;
        }
    }
    all.iter().map(|case| case.version as usize).sum()
}

fn event(decision: usize, nth: usize) -> Event {
    let task = decision as u32;
    match nth % 5 {
        0 => Event::Closed { task, outcome: 1 },
        1 => Event::Moved { taken: 1 << decision, put: 2 << decision },
        2 => Event::Opened { task: task + 1, node: decision as u16 },
        3 => Event::Timed { timer: task, due: 5 },
        _ => Event::Stated { status: task as u8 },
    }
}

fn apply(case: &mut Case, event: &Event) {
    case.version += 1;
    match event {
        Event::Moved { taken, put } => case.marking = case.marking & !taken | put,
        Event::Opened { task, node } => case.open[*task as usize & 7] = u32::from(*node),
        Event::Closed { task, outcome } => case.done[*task as usize & 7] = *outcome,
        Event::Timed { timer, due } => case.due = due + i64::from(*timer),
        Event::Stated { status } => case.status = *status,
    }
}
