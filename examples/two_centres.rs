//! One application and two centres (跨省通办): handed in at 北京, where the applicant lives; accepted and decided at 福清,
//! where the licence belongs; delivered at 北京. Each centre has a case of its own; what one must know of the other
//! travels through a durable outbox, is tried again until it arrives, and takes effect once.
//!
//! Run it: `cargo run --example two_centres`. It prints both histories, and what each centre knows of the other at the end.
//! Both centres are in one store here, in memory; `docs/operations.md` shows them on two.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use onething_engine::command::{Action, Command, Dossier, Submission, ordinary};
use onething_engine::{InputFile, Workflow, check};
use onething_store::{CaseId, CentreId, MemoryStore, OutboxEntry, Queue, Store};
use onething_worker::{
    Centre, Crew, Handler, Messenger, Neighbours, Post, Programs, Recorded, ScriptedClerk, WallClock, With, join,
    number_there,
};
use serde_json::json;

const MATTER: &str = "workflows/matters/outdoor-sign-permit.json";
const CALENDAR: &str = "workflows/calendars/cn.json";
const RECEIVES: &str = "北京";
const DECIDES: &str = "福清";
const NUMBER: &str = "SIGN-1";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let root = env!("CARGO_MANIFEST_DIR");
    let read = |name: &str| {
        Ok::<_, Box<dyn Error>>(InputFile { name: name.into(), bytes: std::fs::read(format!("{root}/{name}"))? })
    };
    let mut checked = check(&[read(MATTER)?, read(CALENDAR)?]);
    let workflow = checked.workflows.remove("outdoor-sign-permit").ok_or("the matter has errors")?;
    let calendar = Arc::new(checked.calendars.remove("cn").ok_or("the calendar has errors")?);

    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let centre =
        |name: &str| Arc::new(Centre::new(CentreId::from(name), store.clone(), calendar.clone(), Arc::new(WallClock)));
    let (here, there) = (centre(RECEIVES), centre(DECIDES));
    let both = Arc::new(Both([here.clone(), there.clone()]));
    let mut crews = Vec::new();
    for centre in [&here, &there] {
        // What a centre handles, it says: others hand cases over under its rules, not theirs.
        centre.offer([&workflow]).await?;
        crews.push(join(centre, crew(centre, &workflow, both.clone())).await?);
    }

    let action = Action::Entrust { submission: Box::new(application(&workflow)), to: DECIDES.into() };
    let command = Command { id: "submit-1".into(), by: "王静".into(), action };
    let with = With { workflow: Some(Arc::new(workflow)), ..With::default() };
    here.act(&NUMBER.into(), &command, with).await?;
    while !here.case(&NUMBER.into()).await?.is_some_and(|case| case.status.is_closed()) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for crew in crews {
        crew.drain().await;
    }
    tell(&here, NUMBER).await?;
    tell(&there, &number_there(RECEIVES, NUMBER)).await
}

/// Both centres, each of which finds the other.
struct Both([Arc<Centre>; 2]);

#[async_trait]
impl Neighbours for Both {
    async fn find(&self, centre: &CentreId) -> Result<Arc<Centre>, String> {
        self.0.iter().find(|known| known.id() == centre).cloned().ok_or_else(|| format!("where is {centre}?"))
    }
}

/// Two people for every queue of the definition, for what one has done the other must check, and one for what machines do.
fn crew(centre: &Centre, workflow: &Workflow, neighbours: Arc<Both>) -> Crew {
    let clerk = Arc::new(ScriptedClerk::default());
    let steps = workflow.plans().iter().flat_map(|plan| plan.graph.steps());
    let queues: Vec<Queue> = steps.filter_map(|(_, step)| step.queue.as_deref().map(Queue::from)).collect();
    let people = ["甲", "乙", "丙"].map(|name| (name, clerk.clone() as Arc<dyn Handler>));
    let programs = Programs::default().with("share.fetch", clerk.clone());
    let all = people.into_iter().chain([("程序", Arc::new(programs) as Arc<dyn Handler>)]);
    let posts = all.map(|(name, handler)| {
        let mine = queues.iter().filter(|queue| queue.as_str().starts_with("service.") == (name == "程序"));
        Post { name: format!("{}{name}", centre.id()).into(), queues: mine.cloned().collect(), handler }
    });
    Crew {
        posts: posts.collect(),
        lease_ms: 5_000,
        ageing_ms: 0,
        messenger: Arc::new(Nobody),
        neighbours,
        tides: Vec::new(),
        process: "example".into(),
    }
}

/// In an example nobody is written to.
struct Nobody;

#[async_trait]
impl Messenger for Nobody {
    async fn send(&self, _: &OutboxEntry) -> Result<(), String> {
        Ok(())
    }
}

fn application(workflow: &Workflow) -> Submission {
    let brought = workflow.materials().iter().filter(|plan| workflow.brought(plan, &[0]));
    let form = workflow.fields().iter().map(|plan| {
        use onething_engine::definition::FieldType;
        let field = &plan.field;
        let value = match field.kind {
            FieldType::Text => json!("福清市融城大道 1 号"),
            FieldType::Integer | FieldType::Number => json!(field.min.unwrap_or(1.0)),
            FieldType::Boolean => json!(true),
            FieldType::Choice => json!(field.choices[0].id),
            FieldType::Date => json!("2026-03-01"),
        };
        (field.id.clone(), serde_json::from_value(value).unwrap_or(onething_engine::Value::Bool(true)))
    });
    let materials = brought.map(|plan| plan.material.id.as_str().into()).collect();
    let dossier = Dossier { form: Arc::new(form.collect()), materials, ..Dossier::default() };
    Submission { number: NUMBER.into(), applicant: "王静".into(), class: ordinary(), dossier: dossier.into() }
}

/// The history of a case, and that nobody changed it.
async fn tell(centre: &Centre, number: &str) -> Result<(), Box<dyn Error>> {
    let id = CaseId::from(number);
    println!("{}  {number}", centre.id());
    for record in centre.store().history(centre.id(), &id, 1, 1000).await? {
        let recorded: Recorded = serde_json::from_slice(&record.payload)?;
        println!("  {:>3}  {}  （{}）", record.version, json!(recorded.event)["type"], recorded.by);
    }
    println!("  {:?}", centre.store().verify(centre.id(), &id).await?);
    Ok(())
}
