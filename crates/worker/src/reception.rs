//! People with tickets (取号): they wait, are called to a window, are there or not, are served there, or leave before.
//!
//! A ticket is of one day and of the process that runs the hall: it stands in no store. What the law counts begins with the
//! application, and that is committed before anything else is done at the window; from then on the case is as safe as any
//! other, and a window that dies with somebody in front of it leaves a step that another one takes up. Whoever still waits
//! when the process ends draws a number again, as after a power cut in any hall.
//!
//! Who hands in stays at the window: the intake that opens is done there and then and joins no queue. While programs fetch
//! what they fetch the person waits there, but no longer than the hall's rules say; then the window takes the next, and the
//! intake is taken up as a task.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use onething_engine::Workflow;
use onething_engine::calendar::Millis;
use onething_engine::command::{Action, Command};
use onething_engine::definition::Node;
use onething_policy::{Class, Signal, Skill, Snapshot, TaskRef, TicketId, WindowId};
use onething_store::{CaseId, TaskId};
use tokio::sync::{broadcast, mpsc, watch};

use crate::centre::{Refusal, With};
use crate::happened::Happened;
use crate::window::{Seat, Worker};

/// People who may stand at the number machine at once; the next ones wait until the hall has heard of these.
pub(crate) const AT_THE_DOOR_MAX: usize = 1024;

/// What somebody came for.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    /// The number. While it is in the hall, nobody else can draw it.
    pub id: TicketId,
    /// The queue.
    pub queue: Skill,
    /// Their class if no appointment counts.
    pub class: Class,
    /// The time agreed, in legal time, if they have an appointment.
    pub appointment_ms: Option<Millis>,
}

/// What the person at a window wants.
pub enum Errand {
    /// To be told something: nothing is recorded.
    Ask,
    /// What another queue is for (转窗): after a word they wait there, with the number they have and from the time they
    /// drew it.
    Transfer {
        /// The other queue.
        queue: Skill,
    },
    /// To hand in an application, or what was missing from one.
    HandIn {
        /// The case.
        case: CaseId,
        /// What is recorded for them.
        command: Command,
        /// The definition, for an application.
        workflow: Option<Arc<Workflow>>,
    },
}

/// How somebody left the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Served.
    Served,
    /// Did not come when called, until the number was void.
    Missed,
    /// Gave up waiting.
    GaveUp,
    /// Was given no number, or was to be sent on to a queue that has no room.
    TurnedAway(onething_policy::Refusal),
    /// Was given no number: whoever holds it already is still in the hall.
    NumberTaken,
    /// The hall stopped while they waited.
    Stopped,
}

/// Somebody with a ticket, as the hall meets them: the screen that calls the number and the clerk who talks to them, or
/// whoever plays them in a rehearsal.
#[async_trait]
pub trait Visitor: Send + Sync {
    /// Called to a window for the `call`th time. True once they stand there; false when nobody came while the call lasted.
    async fn comes(&self, window: &WindowId, call: u8) -> bool;
    /// What they want, now that they stand there.
    async fn wants(&self) -> Errand;
    /// A word with them, where no step is done for them: they asked something, are sent on to another queue, or nothing
    /// opened that the window can do.
    async fn talks(&self, window: &WindowId);
    /// What they handed in was not taken, and why. A word with them follows.
    fn refused(&self, why: &Refusal);
    /// They are gone.
    fn left(&self, how: Left);
}

/// The number machine of a running hall.
#[derive(Clone)]
pub struct Reception {
    pub(crate) door: mpsc::Sender<AtTheDoor>,
    pub(crate) shown: watch::Receiver<Snapshot>,
}

/// What the hall hears from the number machine.
pub(crate) enum AtTheDoor {
    Comes(Ticket, Arc<dyn Visitor>),
    Leaves(TicketId),
}

impl Reception {
    /// How many people and tasks waited in a queue a moment ago.
    #[must_use]
    pub fn waiting(&self, queue: &Skill) -> usize {
        self.shown.borrow().queues.iter().find(|row| row.queue == *queue).map_or(0, |row| row.waiting)
    }

    /// Gives somebody a number. What becomes of them the visitor hears; at once that the hall has stopped.
    pub async fn take(&self, ticket: Ticket, visitor: Arc<dyn Visitor>) {
        if let Err(unheard) = self.door.send(AtTheDoor::Comes(ticket, visitor)).await
            && let AtTheDoor::Comes(_, visitor) = unheard.0
        {
            visitor.left(Left::Stopped);
        }
    }

    /// Somebody gives up. Of whoever was called already, and of a number that nobody holds, it changes nothing.
    pub async fn leave(&self, ticket: TicketId) {
        // A hall that has stopped holds nobody.
        let _ = self.door.send(AtTheDoor::Leaves(ticket)).await;
    }
}

/// A call to a window.
pub(crate) struct Call {
    pub(crate) ticket: TicketId,
    pub(crate) call: u8,
    pub(crate) visitor: Arc<dyn Visitor>,
}

/// The cases whose applicants stand at windows, each with its definition: their intake joins no queue. Two people may stand
/// there with one case: a file taken along twice.
#[derive(Default)]
pub(crate) struct Standing(Mutex<ByCase>);

/// The definition of a case, and how many stand somewhere for it.
type ByCase = BTreeMap<Arc<str>, (Arc<Workflow>, usize)>;

impl Standing {
    fn change<T>(&self, change: impl FnOnce(&mut ByCase) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Somebody stands at a window for this case until what is returned is dropped.
    fn stand(&self, case: Arc<str>, workflow: Arc<Workflow>) -> Stands<'_> {
        self.change(|standing| standing.entry(case.clone()).or_insert((workflow, 0)).1 += 1);
        Stands { standing: self, case }
    }

    /// Whether somebody stands at a window for this case.
    pub(crate) fn holds(&self, case: &str) -> bool {
        self.change(|standing| standing.contains_key(case))
    }

    /// Whether a step is an intake for which somebody stands at a window.
    pub(crate) fn is_intake(&self, case: &str, part: u8, node: u16) -> bool {
        self.change(|standing| standing.get(case).is_some_and(|(workflow, _)| is_intake(workflow, part, node)))
    }
}

/// Somebody stands at a window; even a window that breaks down under them lets them go.
struct Stands<'a> {
    standing: &'a Standing,
    case: Arc<str>,
}

impl Drop for Stands<'_> {
    fn drop(&mut self) {
        self.standing.change(|standing| {
            let Some((_, people)) = standing.get_mut(&self.case) else { return };
            *people -= 1;
            if *people == 0 {
                standing.remove(&self.case);
            }
        });
    }
}

fn is_intake(workflow: &Workflow, part: u8, node: u16) -> bool {
    matches!(workflow.plan(part).graph.step(node).node, Node::Intake { .. })
}

/// The intake that something opens.
fn intake(happened: &Happened, workflow: &Workflow) -> Option<u32> {
    let mut opened = happened.effects.enqueue.iter();
    opened.find(|it| is_intake(workflow, it.part, it.node)).map(|it| it.task)
}

impl Seat {
    /// Waits for whoever is called and serves them. What the hall hears of it, in order.
    pub(crate) async fn receive(&self, worker: &Worker<'_>, call: Call) -> Vec<Signal> {
        let Call { ticket, call, visitor } = call;
        if !visitor.comes(&self.window, call).await {
            return vec![Signal::NoShow { ticket }];
        }
        let again = match visitor.wants().await {
            Errand::Ask => {
                visitor.talks(&self.window).await;
                None
            }
            Errand::Transfer { queue } => {
                visitor.talks(&self.window).await;
                return vec![Signal::TicketTransferred { ticket, queue }];
            }
            Errand::HandIn { case, command, workflow } => {
                self.hand_in(worker, &*visitor, &case, &command, workflow).await
            }
        };
        let work = onething_policy::Work::Ticket(ticket);
        let through = Signal::ServiceFinished { window: self.window.clone(), work };
        [Some(through), again].into_iter().flatten().collect()
    }

    /// Records what somebody hands in, and does the intake that opens while they wait. Where this officer may not do it, it
    /// is said once more for others.
    async fn hand_in(
        &self,
        worker: &Worker<'_>,
        visitor: &dyn Visitor,
        id: &CaseId,
        command: &Command,
        workflow: Option<Arc<Workflow>>,
    ) -> Option<Signal> {
        match self.try_hand_in(worker, visitor, id, command, workflow).await {
            Ok(again) => again,
            Err(why) => {
                visitor.refused(&why);
                visitor.talks(&self.window).await;
                None
            }
        }
    }

    async fn try_hand_in(
        &self,
        worker: &Worker<'_>,
        visitor: &dyn Visitor,
        id: &CaseId,
        command: &Command,
        workflow: Option<Arc<Workflow>>,
    ) -> Result<Option<Signal>, Refusal> {
        let (known, workflow) = match workflow {
            Some(workflow) => (None, workflow),
            None => {
                let Some(case) = self.centre.case(id).await? else {
                    visitor.talks(&self.window).await;
                    return Ok(None);
                };
                let workflow = self.centre.workflow(&case.application.definition).await?;
                (Some(Arc::new(case)), workflow)
            }
        };
        let applies = matches!(command.action, Action::Submit(_));
        let number: Arc<str> = id.as_str().into();
        let mut heard = self.centre.listen();
        let stands = self.standing.stand(number.clone(), workflow.clone());
        let with = With { workflow: applies.then(|| workflow.clone()), known, ..With::default() };
        let done = self.centre.act(id, command, with).await;
        let found = match &done {
            Ok(done) => match done.happened.as_deref() {
                Some(happened) => match intake(happened, &workflow) {
                    None if applies && !happened.status.is_closed() => self.waits(&mut heard, &number, &workflow).await,
                    found => found.map_or(Found::Nothing, Found::Intake),
                },
                // Handed in before, in an answer that was lost: whoever queued it then has it.
                None => Found::Nothing,
            },
            Err(_) => Found::Nothing,
        };
        match found {
            Found::Intake(task) => {
                Ok(worker.take(TaskId::new(&*number, task), &TaskRef::from(format!("{number}#{task}"))).await)
            }
            Found::Over => Ok(None),
            Found::Nothing => {
                drop(stands);
                done?;
                visitor.talks(&self.window).await;
                Ok(None)
            }
        }
    }

    /// Waits with the applicant until programs have fetched what they fetch and the intake opens, or the case is over, or it
    /// has taken too long.
    async fn waits(
        &self,
        heard: &mut broadcast::Receiver<Arc<Happened>>,
        number: &Arc<str>,
        workflow: &Workflow,
    ) -> Found {
        let mut next = async || {
            loop {
                match heard.recv().await {
                    Ok(happened) if happened.case == *number => match intake(&happened, workflow) {
                        Some(task) => return Found::Intake(task),
                        None if happened.status.is_closed() => return Found::Over,
                        None => {}
                    },
                    Ok(_) => {}
                    // What was missed may have been the intake: it is found in the store, and taken up as a task.
                    Err(_) => return Found::Over,
                }
            }
        };
        let hold = self.centre.clock().wall(self.hold_ms);
        if let Ok(found) = tokio::time::timeout(hold, next()).await {
            return found;
        }
        // From here on the hall queues the intake; what it has been kept from queueing is heard already.
        self.standing.change(|standing| standing.remove(number));
        while let Ok(happened) = heard.try_recv() {
            if let Some(task) = intake(&happened, workflow).filter(|_| happened.case == *number) {
                return Found::Intake(task);
            }
        }
        Found::Over
    }
}

/// What opened for somebody who stands at a window.
enum Found {
    /// The intake.
    Intake(u32),
    /// They need not wait any longer.
    Over,
    /// Nothing that the window can do.
    Nothing,
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use onething_engine::{InputFile, check};

    use super::*;

    #[test]
    fn who_goes_first_of_two_with_one_case_leaves_the_other_standing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
        let read = |name: &str| InputFile { name: name.to_owned(), bytes: std::fs::read(root.join(name)).unwrap() };
        let known = check(&[read("matters/bank-account-booking.json"), read("calendars/cn.json")]);
        let workflow = Arc::new(known.workflows["bank-account-booking"].clone());
        let standing = Standing::default();
        let (first, second) = (standing.stand("1".into(), workflow.clone()), standing.stand("1".into(), workflow));
        drop(second);
        assert!(standing.holds("1"));
        drop(first);
        assert!(!standing.holds("1"));
    }
}
