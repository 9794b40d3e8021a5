//! How many task completions the engine decides in a second, on one core, in memory.
//!
//! The case is a parallel approval of eight tasks: intake, three reviews side by side, decision, issue, entry in the
//! register, delivery. 64 cases are in hand at a time, one step each in turn. What is timed is everything the engine
//! does for them: handing in, deciding every completion, and taking the case that comes out of it.
//!
//! The limit (`bare_per_s`) is a loop that pushes the same number of plain events into a vector and applies each to a
//! plain struct: what no event-sourced engine on this machine can pass.
//!
//! ```text
//! cargo bench --package onething-engine --bench completions
//! ```

mod bare;
mod count;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onething_engine::calendar::{Calendar, Millis};
use onething_engine::case::{Case, Outcome, Status};
use onething_engine::command::{Action, Command, Dossier, Submission};
use onething_engine::{Decision, InputFile, Workflow, check, decide};

/// Cases in hand at a time.
const IN_HAND: usize = 64;
/// Rounds of cases that are timed together.
const ROUNDS: usize = 100;
/// Timed repetitions; the best one counts, because what slows a repetition is never the engine.
const REPETITIONS: usize = 15;
/// Tasks of one case.
const TASKS: usize = 8;
/// 2026-04-13, a Monday, at nine in the morning in China.
const MONDAY_NINE: Millis = 1_776_042_000_000;

fn main() {
    let shop = Shop::new();
    let allocations = count::allocations(|| {
        shop.round();
    });
    let events = shop.round();
    let whole = best(|| shop.round());
    let submitting = best(|| shop.hand_in());
    let bare = best(|| bare::round(IN_HAND, events / IN_HAND));
    let completions = (ROUNDS * IN_HAND * TASKS) as f64;
    let (figure, limit) = (completions / whole.as_secs_f64(), completions / bare.as_secs_f64());
    let report = serde_json::json!({
        "name": "engine",
        "completions_per_s": figure.round(),
        "bare_per_s": limit.round(),
        "ratio": (figure / limit * 1e4).round() / 1e4,
        "ns_per_completion": (1e9 / figure).round(),
        "ns_per_submission": (submitting.as_nanos() as f64 / (ROUNDS * IN_HAND) as f64).round(),
        "allocations_per_completion": allocations as f64 / (IN_HAND * TASKS) as f64,
        "events_per_completion": events as f64 / (IN_HAND * TASKS) as f64,
    });
    println!("{report}");
}

/// The shortest time of so many rounds.
fn best<T>(round: impl Fn() -> T) -> Duration {
    let repetition = |_| {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(round());
        }
        start.elapsed()
    };
    (0..REPETITIONS).map(repetition).min().unwrap_or_default()
}

/// Everything the cases need.
struct Shop {
    workflow: Workflow,
    calendar: Calendar,
    submission: Command,
    /// The commands that complete a case, in order.
    completions: Vec<Command>,
}

impl Shop {
    fn new() -> Self {
        let file = |name: &str, bytes: &[u8]| InputFile { name: name.to_owned(), bytes: bytes.to_vec() };
        let mut checked = check(&[
            file("approval.json", include_bytes!("approval.json")),
            file("cn.json", include_bytes!("../../../../workflows/calendars/cn.json")),
        ]);
        assert!(checked.is_good(), "{:#?}", checked.diagnostics);
        let submission = Submission {
            number: "2026-0413-000001".into(),
            applicant: "张三".into(),
            class: 3,
            dossier: Arc::new(Dossier {
                form: serde_json::from_str(r#"{"name": "老王面馆", "area": 120}"#).expect("a form"),
                materials: vec!["plan".into(), "lease".into()],
                ..Dossier::default()
            }),
        };
        let outcomes = [
            ("clerk", Outcome::Accepted),
            ("fire", Outcome::Passed),
            ("health", Outcome::Passed),
            ("planning", Outcome::Passed),
            ("chief", Outcome::Granted),
            ("seal", Outcome::Issued),
            ("machine", Outcome::Done),
            ("clerk", Outcome::Delivered),
        ];
        // Tasks are numbered in the order in which they open.
        let completions = outcomes.iter().zip(0..).map(|((by, outcome), task)| {
            let action = Action::Complete { task, outcome: *outcome, reason: None, lacking: vec![], began: None };
            command(by, action)
        });
        Self {
            workflow: checked.workflows.remove("approval").expect("the matter"),
            calendar: checked.calendars.remove("cn").expect("the calendar"),
            submission: command("applicant", Action::Submit(Box::new(submission))),
            completions: completions.collect(),
        }
    }

    /// Hands in as many applications as are in hand at a time.
    fn hand_in(&self) -> (Vec<Case>, usize) {
        let mut events = 0;
        let cases = (0..IN_HAND).map(|_| {
            let mut case = Case::default();
            events += self.act(&mut case, &self.submission, MONDAY_NINE);
            case
        });
        (cases.collect(), events)
    }

    /// Brings as many cases from the door to the delivered result, and counts the events.
    fn round(&self) -> usize {
        let (mut cases, mut events) = self.hand_in();
        for (command, minutes) in self.completions.iter().zip(1..) {
            for case in &mut cases {
                events += self.act(case, command, MONDAY_NINE + minutes * 600_000);
            }
        }
        assert!(cases.iter().all(|case| case.status == Status::Granted), "every case is granted");
        events
    }

    fn act(&self, case: &mut Case, command: &Command, now: Millis) -> usize {
        let decision = decide(&self.workflow, &self.calendar, case, command, now).expect("a good command");
        let Decision { events, case: after, .. } = black_box(decision);
        *case = after;
        events.len()
    }
}

fn command(by: &str, action: Action) -> Command {
    Command { id: Arc::from(""), by: by.into(), action }
}
