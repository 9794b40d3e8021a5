//! Random runs, watched by a witness that keeps its own books.

use onething_policy::{Class, Hall, HallConfig, QueueRule, Signal, TideConfig, WindowKind};
use proptest::prelude::*;

use crate::script::{MINUTE_MS, done, open, task, ticket};
use crate::witness::Witness;

const QUEUES: [&str; 4] = ["a", "b", "c", "tide"];

/// What happens in a random run, before it is fitted to the names that exist. Numbers pick among them, modulo.
#[derive(Clone, Debug)]
enum Event {
    Open { window: u8, skills: u8, shift_minutes: Option<u8> },
    Close(u8),
    Break { window: u8, start: bool },
    Extend { window: u8, minutes: u8 },
    Ticket { queue: u8, class: u8, appointment_minutes: Option<i8> },
    Leave(u8),
    NoShow(u8),
    Transfer { window: u8, queue: u8 },
    Task { queue: u8, class: u8, ready_minutes: i8 },
    Withdraw(u8),
    Finish(u8),
    FinishWrong { window: u8, work: u8 },
    Expire(u8),
    Retry { window: u8, ready_minutes: i8 },
    Minute,
}

fn event(appointments: bool) -> impl Strategy<Value = Event> {
    let small = 0..8_u8;
    let minutes = if appointments { prop::option::of(-30..60_i8).boxed() } else { Just(None).boxed() };
    prop_oneof![
        3 => (small.clone(), 0..16_u8, prop::option::weighted(0.2, 0..120_u8))
            .prop_map(|(window, skills, shift_minutes)| Event::Open { window, skills, shift_minutes }),
        1 => small.clone().prop_map(Event::Close),
        2 => (small.clone(), any::<bool>()).prop_map(|(window, start)| Event::Break { window, start }),
        1 => (small.clone(), 0..90_u8).prop_map(|(window, minutes)| Event::Extend { window, minutes }),
        8 => (0..4_u8, 0..5_u8, minutes).prop_map(|(queue, class, appointment_minutes)| Event::Ticket {
            queue, class, appointment_minutes
        }),
        1 => any::<u8>().prop_map(Event::Leave),
        2 => small.clone().prop_map(Event::NoShow),
        1 => (small.clone(), 0..4_u8).prop_map(|(window, queue)| Event::Transfer { window, queue }),
        8 => (0..4_u8, 0..5_u8, -40..20_i8).prop_map(|(queue, class, ready_minutes)| Event::Task {
            queue, class, ready_minutes
        }),
        1 => any::<u8>().prop_map(Event::Withdraw),
        12 => small.clone().prop_map(Event::Finish),
        1 => (small.clone(), any::<u8>()).prop_map(|(window, work)| Event::FinishWrong { window, work }),
        1 => small.clone().prop_map(Event::Expire),
        2 => (small, 0..20_i8).prop_map(|(window, ready_minutes)| Event::Retry { window, ready_minutes }),
        4 => Just(Event::Minute),
    ]
}

fn events(appointments: bool) -> impl Strategy<Value = Vec<(u32, Event)>> {
    prop::collection::vec((0..400_000_u32, event(appointments)), 1..150)
}

fn rules() -> HallConfig {
    let mut config = HallConfig::illustrative();
    let rule = QueueRule { length_max: 6, overflow: None, alarm_wait_ms: Some(MINUTE_MS) };
    config.queues.insert("tide".into(), QueueRule { overflow: Some("b".into()), ..rule.clone() });
    config.queues.insert("c".into(), rule);
    // Two windows that random runs open too, and one that they do not.
    let windows = vec!["w6".into(), "w7".into(), "w8".into()];
    config.tides.push(TideConfig::illustrative("spring".into(), "tide".into(), windows));
    config
}

/// Fits an event to a hall: its signal, or `None` if there is nothing to fit it to.
fn fit(event: &Event, number: usize, now_ms: i64, witness: &Witness) -> Option<Signal> {
    let minutes_from_now = |minutes: i64| now_ms + minutes * MINUTE_MS;
    let queue = |queue: u8| QUEUES[usize::from(queue)].into();
    let window = |window: u8| format!("w{window}").as_str().into();
    let class = |class: u8| Class::new(class).unwrap();
    Some(match *event {
        Event::Open { window: at, skills, shift_minutes } => Signal::WindowOpened {
            window: window(at),
            kind: if at < 6 { WindowKind::Comprehensive } else { WindowKind::Tidal { campaign: "spring".into() } },
            skills: (0..4).filter(|bit| skills >> bit & 1 == 1).map(queue).collect(),
            shift_ends_ms: shift_minutes.map(|it| minutes_from_now(it.into())),
        },
        Event::Close(at) => Signal::WindowClosing { window: window(at) },
        Event::Break { window: at, start: true } => Signal::BreakStarted { window: window(at) },
        Event::Break { window: at, start: false } => Signal::BreakEnded { window: window(at) },
        Event::Extend { window: at, minutes } => {
            Signal::ShiftExtended { window: window(at), until_ms: minutes_from_now(minutes.into()) }
        }
        Event::Ticket { queue: at, class: number_of_class, appointment_minutes } => Signal::TicketTaken {
            ticket: format!("A{number}").into(),
            queue: queue(at),
            class: class(number_of_class),
            appointment_ms: appointment_minutes.map(|it| minutes_from_now(it.into())),
        },
        Event::Leave(pick) => Signal::TicketWithdrawn { ticket: witness.any_ticket(pick)? },
        Event::NoShow(at) => Signal::NoShow { ticket: witness.ticket_at(&window(at))? },
        Event::Transfer { window: at, queue: to } => {
            Signal::TicketTransferred { ticket: witness.ticket_at(&window(at))?, queue: queue(to) }
        }
        Event::Task { queue: at, class: number_of_class, ready_minutes } => Signal::TaskQueued {
            task: format!("t{number}").into(),
            queue: queue(at),
            class: class(number_of_class),
            ready_at_ms: minutes_from_now(ready_minutes.into()),
            barred: Vec::new(),
        },
        Event::Withdraw(pick) => Signal::TaskWithdrawn { task: witness.any_task(pick)? },
        Event::Finish(at) => Signal::ServiceFinished { window: window(at), work: witness.in_hand(&window(at))? },
        Event::FinishWrong { window: at, work } => {
            Signal::ServiceFinished { window: window(at), work: witness.any_work(work)? }
        }
        Event::Expire(at) => Signal::LeaseExpired { window: window(at), task: witness.task_at(&window(at))? },
        Event::Retry { window: at, ready_minutes } => Signal::TaskQueued {
            task: witness.task_at(&window(at))?,
            queue: queue(0),
            class: Class::WALK_IN,
            ready_at_ms: minutes_from_now(ready_minutes.into()),
            barred: Vec::new(),
        },
        Event::Minute => Signal::MinutePassed,
    })
}

/// Runs the events through a hall under the eyes of a witness; then serves everyone who is left.
fn run(events: &[(u32, Event)], check_order: bool) -> String {
    let mut hall = Hall::new(rules()).unwrap();
    let mut witness = Witness::new(check_order);
    let mut log = String::new();
    let mut now_ms = 0;
    for (number, (pause_ms, event)) in events.iter().enumerate() {
        now_ms += i64::from(*pause_ms);
        let Some(signal) = fit(event, number, now_ms, &witness) else { continue };
        let acts = hall.on(now_ms, signal.clone());
        witness.see(now_ms, &signal, &acts, &hall.snapshot());
        log += &format!("{now_ms} {signal:?} {acts:?}\n");
    }
    serve_the_rest(&mut hall, &mut witness, now_ms);
    log
}

/// With one window that can do everything, all work is done in as many steps as there is work.
fn serve_the_rest(hall: &mut Hall, witness: &mut Witness, mut now_ms: i64) {
    let mut told = |hall: &mut Hall, witness: &mut Witness, signal: Signal| {
        now_ms += 20 * MINUTE_MS;
        let acts = hall.on(now_ms, signal.clone());
        witness.see(now_ms, &signal, &acts, &hall.snapshot());
    };
    let left = witness.work_count();
    told(hall, witness, open("last", "a b c tide"));
    // Work in hand may have been queued once more.
    for _ in 0..=2 * left {
        for (window, work) in witness.all_in_hand() {
            told(hall, witness, Signal::ServiceFinished { window, work });
        }
    }
    assert_eq!(witness.work_count(), 0, "expected everyone to be served in {left} steps");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_agree_and_the_most_urgent_goes_first(events in events(false)) {
        run(&events, true);
    }

    #[test]
    fn the_books_agree_with_appointments_and_the_same_signals_give_the_same_acts(events in events(true)) {
        prop_assert_eq!(run(&events, false), run(&events, false));
    }

    /// Whatever comes after it, work of any class is next once it has aged: 20 minutes for each class.
    #[test]
    fn nobody_starves(class in 0..5_u8, rivals in prop::collection::vec(prop::collection::vec(0..5_u8, 1..3), 100)) {
        let mut hall = Hall::new(HallConfig::illustrative()).unwrap();
        hall.on(0, open("w", "a"));
        let mut in_hand = "t first".to_owned();
        hall.on(0, task(&in_hand, "a", 0, 0));
        hall.on(0, task("t patient", "a", class, 0));
        for (minute, classes) in rivals.iter().enumerate() {
            for (number, class) in classes.iter().enumerate() {
                hall.on(minute as i64 * MINUTE_MS, task(&format!("t{minute}.{number}"), "a", *class, minute as i64));
            }
            let acts = hall.on(minute as i64 * MINUTE_MS, done("w", &in_hand));
            let [onething_policy::Act::Assign { task, .. }] = acts.as_slice() else { panic!("{acts:?}") };
            in_hand = task.to_string();
            if in_hand == "t patient" {
                prop_assert!(minute <= usize::from(class) * 20);
                return Ok(());
            }
        }
        prop_assert!(false, "it was never served");
    }

    /// However many come by appointment, every third call is for one of the others.
    #[test]
    fn appointments_starve_nobody(walk_ins in 1..20_usize) {
        let mut hall = Hall::new(HallConfig::illustrative()).unwrap();
        for number in 0..walk_ins {
            hall.on(0, ticket(&format!("A walk-in {number}"), "a", 3));
        }
        let mut served = 0;
        let mut acts = hall.on(0, open("w", "a"));
        for number in 0..walk_ins * 3 {
            let now_ms = number as i64 * 1_000;
            hall.on(now_ms, crate::script::appointment(&format!("A agreed {number}"), "a", 1));
            let [onething_policy::Act::Call { ticket, .. }] = acts.as_slice() else { panic!("{acts:?}") };
            served += usize::from(ticket.to_string().starts_with("A walk-in"));
            acts = hall.on(now_ms, done("w", &ticket.to_string()));
        }
        prop_assert_eq!(served, walk_ins);
    }
}
