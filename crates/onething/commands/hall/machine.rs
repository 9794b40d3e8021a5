//! The number machine of a hall: people come to its door over a connection, one each, and stand in line as long as it
//! lasts. Whoever hangs up gives up; who is called after that is not there.
//!
//! One line of JSON from whoever comes: `{"queue": …, "application": …}`, the application as the text of its file, either
//! of the two left out. Lines of JSON back: `{"number", "queue", "sign", "waiting"}`, `{"call", "window", "sign"}` for every
//! call, `{"refused"}` where the application was not taken, with everything that is wrong, `{"left", "case", "status"}` at the
//! end; `{"error"}` instead of a number. What is refused is told as every command tells it with `--json`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind::WouldBlock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use onething_engine::Workflow;
use onething_engine::command::{Action, Command};
use onething_engine::definition::Node;
use onething_policy::{Class, HallConfig, Skill, TicketId, WindowId};
use onething_sim::signs::Signs;
use onething_store::CaseId;
use onething_worker::{Centre, Errand, Left, Reception, Refusal, Ticket, Visitor};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use crate::commands::case::submit::{self, APPLICATION_BYTES_MAX};
use crate::exit::{Failure, REFUSED};
use crate::files::Library;

/// People in the hall at once; the next is told to come later. More than any hall has room for.
const PEOPLE_MAX: usize = 4096;
/// What one person may say: an application in a string, where a character may take six bytes.
const SAID_BYTES_MAX: usize = 6 * APPLICATION_BYTES_MAX as usize + 4096;
/// Who says nothing for so long at the door has not come.
const SAYS_WITHIN: Duration = Duration::from_secs(30);
/// How long the hall waits at its end for those who are told that it closes.
const LISTENS_FOR: Duration = Duration::from_secs(1);
/// What is told to one person and not yet sent: a number, two or three calls, a refusal, the end.
const TOLD_MAX: usize = 16;
/// A word at the window where no step is done, in working milliseconds. Illustrative.
const TALK_MS: i64 = 120_000;
/// What somebody may say.
const SHAPE: &str = r#"{"queue": "…", "application": "…"}"#;
/// How long the door rests when it cannot let anybody in, such as for want of file handles.
const REST: Duration = Duration::from_millis(100);

/// The number machine.
pub(super) struct Machine {
    centre: Arc<Centre>,
    library: Arc<Library>,
    reception: Reception,
    /// The queues that have a window here.
    served: BTreeSet<Skill>,
    signs: Signs,
    room: Arc<Semaphore>,
    seen: Mutex<Seen>,
}

/// What was seen at the door.
#[derive(Default)]
struct Seen {
    number: u64,
    /// Numbers taken, and how those who took them left.
    people: BTreeMap<&'static str, u64>,
}

/// What somebody says at the door.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    queue: Option<String>,
    application: Option<String>,
}

/// What somebody came for.
struct Wish {
    queue: Skill,
    application: Option<(Arc<Workflow>, Command, String)>,
}

impl Machine {
    pub(super) fn new(
        centre: Arc<Centre>,
        library: Arc<Library>,
        reception: Reception,
        served: BTreeSet<Skill>,
    ) -> Self {
        let room = Arc::new(Semaphore::new(PEOPLE_MAX));
        let signs = Signs::of(library.checked.workflows.values());
        Self { centre, library, reception, served, signs, room, seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Numbers taken (`taken`), and how those who took them left.
    pub(super) fn people(&self) -> BTreeMap<&'static str, u64> {
        self.seen().people.clone()
    }

    /// Waits until everybody has heard the last word and gone, but not for those who do not listen.
    pub(super) async fn empties(&self) {
        let gone = self.room.acquire_many(PEOPLE_MAX as u32);
        let _ = tokio::time::timeout(LISTENS_FOR, gone).await;
    }

    /// Lets people in until the hall is gone.
    pub(super) async fn run(self: Arc<Self>, listener: TcpListener) {
        let mut is_told = false;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    is_told = false;
                    tokio::spawn(self.clone().receive(stream));
                }
                Err(error) => {
                    // Once, until somebody gets in again.
                    if !std::mem::replace(&mut is_told, true) {
                        self.centre.report(format!("取号口暂时进不来人，稍后再试：{error} / nobody gets in at the door for now, trying on: {error}"));
                    }
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    async fn receive(self: Arc<Self>, stream: TcpStream) {
        let Ok(_place) = self.room.clone().try_acquire_owned() else {
            let (zh, en) = ("大厅满了，请稍后再来", "the hall is full: come later");
            say(&stream, &error(&Failure::new(REFUSED, zh, en))).await;
            return;
        };
        let Ok(Some(line)) = tokio::time::timeout(SAYS_WITHIN, says(&stream)).await else { return };
        let wish = match self.wish(&line).await {
            Ok(wish) => wish,
            Err(failure) => {
                say(&stream, &error(&failure)).await;
                return;
            }
        };
        let (told, mut hears) = mpsc::channel(TOLD_MAX);
        let (number, waiting) = (self.number(), self.reception.waiting(&wish.queue));
        let ticket = Ticket {
            id: TicketId::from(number.as_str()),
            queue: wish.queue,
            class: Class::WALK_IN,
            appointment_ms: None,
        };
        let (id, slip) = (
            ticket.id.clone(),
            json!({"number": number, "queue": wish.queue.as_str(), "sign": self.signs.sign(wish.queue.as_str()), "waiting": waiting}),
        );
        let person = Person { machine: self.clone(), wish, told, refused: Mutex::default() };
        self.reception.take(ticket, Arc::new(person)).await;
        let mut here = say(&stream, &slip).await;
        while here {
            here = tokio::select! {
                told = hears.recv() => match told {
                    Some(told) => say(&stream, &self.with_status(told).await).await,
                    None => return,
                },
                () = hangs_up(&stream) => false,
            };
        }
        self.reception.leave(id).await;
    }

    /// The same message, with where the case stands if it names one.
    async fn with_status(&self, mut told: Value) -> Value {
        if let Some(number) = told["case"].as_str()
            && let Ok(Some(case)) = self.centre.case(&CaseId::from(number)).await
        {
            told["status"] = json!({"zh": case.status.zh(), "en": case.status.word()});
        }
        told
    }

    fn number(&self) -> String {
        let mut seen = self.seen();
        seen.number += 1;
        *seen.people.entry("taken").or_default() += 1;
        format!("{:03}", seen.number)
    }

    async fn wish(&self, line: &[u8]) -> Result<Wish, Failure> {
        let refused = |zh: String, en: String| Failure::new(REFUSED, zh, en);
        let said: Said = serde_json::from_slice(line).map_err(|error| {
            refused(
                format!("听不懂，须为一行 JSON：{SHAPE}"),
                format!("not understood ({error}): expected one line of JSON, {SHAPE}"),
            )
        })?;
        let application = match said.application {
            None => None,
            Some(text) => {
                let read = submit::read(&text, ("申请文件", "the file"), &self.library, self.centre.id())?;
                if read.decided_at.is_some() {
                    return Err(refused(
                        "由别的中心决定的申请，请用 onething case submit 提交".to_owned(),
                        "an application that another centre decides is handed in with onething case submit".to_owned(),
                    ));
                }
                self.centre.publish(read.workflow.clone()).await?;
                Some((read.workflow, read.command, read.number))
            }
        };
        let queue = said.queue.or_else(|| intake(&application.as_ref()?.0)).ok_or_else(|| {
            refused("请说明取哪个队列的号".to_owned(), "say for which queue the number is".to_owned())
        })?;
        let Some(&queue) = self.served.iter().find(|served| served.as_str() == queue) else {
            let served = self.served.iter().map(Skill::as_str).collect::<Vec<_>>().join(" ");
            return Err(refused(
                format!("这个大厅没有办 {queue} 的窗口，有：{served}"),
                format!("no window of this hall serves {queue}; there is: {served}"),
            ));
        };
        Ok(Wish { queue, application })
    }
}

/// The queue in which an application is taken in.
fn intake(workflow: &Workflow) -> Option<String> {
    let mut steps = workflow.plan(0).graph.steps().filter(|(_, step)| matches!(step.node, Node::Intake { .. }));
    steps.find_map(|(_, step)| step.queue.as_deref().map(str::to_owned))
}

fn error(failure: &Failure) -> Value {
    json!({"error": failure.value()})
}

/// The line that somebody says, or the beginning of one that is too long; none if they hang up before its end.
async fn says(stream: &TcpStream) -> Option<Vec<u8>> {
    let (mut said, mut piece) = (Vec::new(), [0; 8192]);
    while said.len() < SAID_BYTES_MAX {
        stream.readable().await.ok()?;
        let bytes = match stream.try_read(&mut piece) {
            Ok(0) => return None,
            Ok(bytes) => &piece[..bytes],
            Err(error) if error.kind() == WouldBlock => continue,
            Err(_) => return None,
        };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        said.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
        if end.is_some() {
            break;
        }
    }
    Some(said)
}

/// Waits until somebody hangs up, or says what nobody asked them.
async fn hangs_up(stream: &TcpStream) {
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut [0]) {
            Err(error) if error.kind() == WouldBlock => {}
            _ => return,
        }
    }
}

/// Sends a line; false if nobody is there any more.
async fn say(stream: &TcpStream, what: &Value) -> bool {
    let line = format!("{what}\n").into_bytes();
    let mut rest = &line[..];
    while !rest.is_empty() {
        if stream.writable().await.is_err() {
            return false;
        }
        match stream.try_write(rest) {
            Ok(bytes) => rest = &rest[bytes..],
            Err(error) if error.kind() == WouldBlock => {}
            Err(_) => return false,
        }
    }
    true
}

/// Somebody in the hall.
struct Person {
    machine: Arc<Machine>,
    wish: Wish,
    told: mpsc::Sender<Value>,
    /// Whether what they handed in was not taken.
    refused: Mutex<bool>,
}

impl Person {
    /// Tells them; whoever has hung up hears nothing.
    fn tell(&self, what: Value) {
        let _ = self.told.try_send(what);
    }

    fn not_taken(&self) -> MutexGuard<'_, bool> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Visitor for Person {
    async fn comes(&self, window: &WindowId, call: u8) -> bool {
        // The process behind the window is nothing to them.
        let name = window.to_string();
        let name = name.split('@').next().unwrap_or_default();
        let queue = name.rsplit_once('-').map_or(name, |(queue, _)| queue);
        self.tell(json!({"call": call, "window": name, "sign": self.machine.signs.sign(queue)}));
        if self.told.is_closed() {
            let call_ms = HallConfig::illustrative().call_ms;
            tokio::time::sleep(self.machine.centre.clock().wall(call_ms)).await;
            return false;
        }
        true
    }

    async fn wants(&self) -> Errand {
        match &self.wish.application {
            None => Errand::Ask,
            Some((workflow, command, number)) => Errand::HandIn {
                case: CaseId::from(number.as_str()),
                command: command.clone(),
                workflow: matches!(command.action, Action::Submit(_)).then(|| workflow.clone()),
            },
        }
    }

    async fn talks(&self, _: &WindowId) {
        tokio::time::sleep(self.machine.centre.clock().wall(TALK_MS)).await;
    }

    fn refused(&self, why: &Refusal) {
        *self.not_taken() = true;
        self.tell(json!({"refused": Failure::from(why).value()}));
    }

    fn left(&self, how: Left) {
        let how = match how {
            Left::Served => "served",
            Left::Missed => "missed",
            Left::GaveUp => "gave_up",
            Left::TurnedAway(_) => "turned_away",
            Left::NumberTaken => "number_taken",
            Left::Stopped => "stopped",
        };
        *self.machine.seen().people.entry(how).or_default() += 1;
        let handed_in = how == "served" && !*self.not_taken();
        let case = self.wish.application.as_ref().map(|it| &it.2).filter(|_| handed_in);
        self.tell(json!({"left": how, "case": case}));
    }
}
