//! The applicants: they hand in one application after the other, and again until they are told that it was received.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use onething_engine::command::{Action, Command as Asked, Submission};
use onething_engine::{InputFile, Workflow, check};
use onething_store_redis::{Durability, Options, RedisStore};
use onething_worker::{Centre, Refusal, SharedClock, With};
use serde_json::{Value, json};

use crate::site::{self, Site};

/// What is applied for: it comes to its end without a further word from the applicant.
const PACKAGE: &str = "bank-account-booking";
/// Applicants at once.
const APPLICANTS: usize = 6;
/// Cases on their way at once: more would only wait.
const OPEN_MAX: u64 = 300;
/// After how many applications it is looked at again how many are on their way.
const LOOK_EVERY: usize = 8;
/// How long one rests who was not told that the application was received.
const PAUSE: Duration = Duration::from_millis(50);

/// The applicants of a site.
pub(crate) struct Applicants {
    told: Arc<Told>,
    at_work: JoinHandle<BTreeSet<String>>,
}

struct Told {
    stop: AtomicBool,
    handed_in: AtomicUsize,
    cases: usize,
}

impl Told {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::SeqCst) && self.handed_in.load(Ordering::SeqCst) < self.cases
    }
}

impl Applicants {
    /// Begins; so many cases at most.
    pub(crate) fn start(site: &Site, cases: usize) -> Self {
        let told = Arc::new(Told { stop: AtomicBool::new(false), handed_in: AtomicUsize::new(0), cases });
        let (url, replicas, known) = (site.url.clone(), site.kind.replicas(), told.clone());
        let at_work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(hand_in(&url, replicas, &known))
        });
        Self { told, at_work }
    }

    /// Whether all has been handed in.
    pub(crate) fn are_done(&self) -> bool {
        !self.told.goes_on()
    }

    pub(crate) fn count(&self) -> usize {
        self.told.handed_in.load(Ordering::SeqCst)
    }

    /// Lets nobody begin anew; the commands, each of which was acknowledged.
    pub(crate) fn stop(self) -> BTreeSet<String> {
        self.told.stop.store(true, Ordering::SeqCst);
        self.at_work.join().unwrap()
    }
}

async fn hand_in(url: &str, replicas: u32, told: &Arc<Told>) -> BTreeSet<String> {
    let durability = if replicas == 0 { Durability::Local } else { Durability::Replicated { replicas } };
    let options = Options { durability, ..Options::default() };
    let store = loop {
        match RedisStore::open(url, options.clone()).await {
            Ok(store) => break Arc::new(store),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    };
    let mut checked = check(&files());
    let calendar = Arc::new(checked.calendars.remove("cn").unwrap());
    let workflow = Arc::new(checked.workflows.remove(PACKAGE).unwrap());
    let clock = SharedClock::new(1.0);
    while clock.set(&*store, &site::centre()).await.is_err() {}
    let centre = Arc::new(Centre::new(site::centre(), store, calendar, Arc::new(clock)));
    while centre.publish(workflow.clone()).await.is_err() {}
    let template = template();
    let applicants: Vec<_> = (0..APPLICANTS)
        .map(|applicant| {
            let (centre, workflow, told) = (centre.clone(), workflow.clone(), told.clone());
            tokio::spawn(apply(applicant, template.clone(), centre, workflow, told))
        })
        .collect();
    let mut commands = BTreeSet::new();
    for applicant in applicants {
        commands.append(&mut applicant.await.unwrap());
    }
    commands
}

async fn apply(
    applicant: usize,
    mut application: Value,
    centre: Arc<Centre>,
    workflow: Arc<Workflow>,
    told: Arc<Told>,
) -> BTreeSet<String> {
    let mut commands = BTreeSet::new();
    while told.goes_on() {
        if commands.len() % LOOK_EVERY == 0 {
            while told.goes_on() && waiting(&centre).await > OPEN_MAX {
                tokio::time::sleep(PAUSE).await;
            }
        }
        let number = format!("{applicant}-{:06}", commands.len());
        (application["number"], application["applicant"]) = (json!(number), json!(number));
        let submission: Submission = serde_json::from_value(application.clone()).unwrap();
        let (id, by) = (format!("submit/{number}"), number.as_str().into());
        let command = Asked { id: id.as_str().into(), by, action: Action::Submit(Box::new(submission)) };
        let with = With { workflow: Some(workflow.clone()), ..With::default() };
        while let Err(refusal) = centre.act(&number.as_str().into(), &command, with.clone()).await {
            assert!(matches!(refusal, Refusal::Store(_)), "{id}: {refusal}");
            tokio::time::sleep(PAUSE).await;
        }
        told.handed_in.fetch_add(1, Ordering::SeqCst);
        commands.insert(id);
    }
    commands
}

/// Steps that wait; none while nobody can tell.
async fn waiting(centre: &Centre) -> u64 {
    let queues = centre.store().queues(centre.id(), None, 1000, 0).await.unwrap_or_default();
    queues.iter().map(|queue| queue.waiting + queue.leased).sum()
}

fn template() -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onething"));
    command.args(["case", "template", PACKAGE]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let mut application: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    application.as_object_mut().unwrap().remove("package");
    application
}

fn files() -> Vec<InputFile> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let mut files = Vec::new();
    for folder in ["matters", "packages", "calendars"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            files.push(InputFile { name: path.display().to_string(), bytes: std::fs::read(&path).unwrap() });
        }
    }
    files
}
