//! One application, from the window to the delivered licence, with nothing but the engine: no store, no clock, no
//! runtime. Time is an argument, so the whole story takes a millisecond and is the same every time.
//!
//! Run it: `cargo run --example one_case`. It prints what happened, line by line, and why the case was due when it was.

use std::error::Error;
use std::sync::Arc;

use onething_engine::calendar::Millis;
use onething_engine::case::{Case, Outcome};
use onething_engine::command::{Action, Command, Dossier, Submission, ordinary};
use onething_engine::event::Event;
use onething_engine::{InputFile, check, clock, decide};
use serde_json::json;

const MATTER: &str = "workflows/matters/outdoor-sign-permit.json";
const CALENDAR: &str = "workflows/calendars/cn.json";
/// Friday 13 February 2026, nine in the morning in China: the last working days before the Spring Festival.
const FRIDAY: Millis = 1_770_944_400_000;
const HOUR: Millis = 3_600_000;

fn main() -> Result<(), Box<dyn Error>> {
    let root = env!("CARGO_MANIFEST_DIR");
    let read = |name: &str| {
        Ok::<_, Box<dyn Error>>(InputFile { name: name.into(), bytes: std::fs::read(format!("{root}/{name}"))? })
    };
    let mut checked = check(&[read(MATTER)?, read(CALENDAR)?]);
    let workflow = checked.workflows.remove("outdoor-sign-permit").ok_or("the matter has errors")?;
    let calendar = checked.calendars.remove("cn").ok_or("the calendar has errors")?;

    let mut case = Case::default();
    let mut now = FRIDAY;
    let brought = workflow.materials().iter().filter(|plan| workflow.brought(plan, &[0]));
    let materials = brought.map(|plan| plan.material.id.as_str().into()).collect();
    let submission = Submission {
        number: "SIGN-1".into(),
        applicant: "王静".into(),
        class: ordinary(),
        dossier: Arc::new(Dossier { form: fill(&workflow).into(), materials, ..Dossier::default() }),
    };
    let mut action = Action::Submit(Box::new(submission));
    let mut who = "王静".to_owned();
    loop {
        let command = Command { id: format!("{}", case.version).into(), by: Arc::from(&*who), action };
        let decision = decide(&workflow, &calendar, &case, &command, now)?;
        for event in &decision.events {
            tell(event, &who);
        }
        case = decision.case;
        let Some(task) = case.tasks.first() else { break };
        // Every step takes an hour, and everybody does what lets the case go on. No officer does two steps.
        now += HOUR;
        who = format!("officer {}", task.id);
        let step = workflow.plan(task.part).graph.step(task.node);
        action = Action::Complete {
            task: task.id,
            outcome: going_on(step.node.kind()),
            reason: None,
            lacking: vec![],
            began: None,
        };
    }

    println!("\nwhy was it due then?");
    let plan = workflow.plan(0);
    for line in clock::why(&case.parts[0].ledger, plan.statutory, plan.promised, &calendar, now) {
        println!("  {}\n      {}", line.zh, line.en);
    }
    Ok(())
}

fn going_on(kind: &str) -> Outcome {
    match kind {
        "intake" => Outcome::Accepted,
        "review" => Outcome::Passed,
        "decide" => Outcome::Granted,
        "issue" => Outcome::Issued,
        "deliver" => Outcome::Delivered,
        _ => Outcome::Done,
    }
}

/// The form, filled in with the first answer that fits.
fn fill(workflow: &onething_engine::Workflow) -> std::collections::BTreeMap<String, onething_engine::Value> {
    use onething_engine::definition::FieldType;
    let answer = |field: &onething_engine::definition::Field| match field.kind {
        FieldType::Text => json!("示例"),
        FieldType::Boolean => json!(false),
        FieldType::Choice => json!(field.choices.first().map(|choice| choice.id.clone())),
        FieldType::Date => json!("2026-02-13"),
        FieldType::Integer | FieldType::Number => json!(field.min.unwrap_or(1.0)),
    };
    let fields = workflow.fields().iter().map(|plan| &plan.field);
    fields.filter_map(|field| Some((field.id.clone(), serde_json::from_value(answer(field)).ok()?))).collect()
}

fn tell(event: &Event, who: &str) {
    match event {
        Event::Submitted(application) => println!("{who} hands in {}", application.number),
        Event::TaskOpened { step, queue: Some(queue), .. } => println!("  {step} waits in the queue {queue}"),
        Event::TaskClosed { outcome, .. } => println!("{who}: {}", outcome.word()),
        Event::ResultIssued { number, .. } => println!("  issued {number}"),
        Event::Closed { status, .. } => println!("the case is over: {}", status.word()),
        _ => {}
    }
}
