//! Deciding: a command either gives events or is refused. Pure: the time, the calendar and the definition are
//! arguments, and whatever was looked up in them goes into the events.
//!
//! A decision works on a draft. Every event is applied to the draft as it is emitted, so each rule sees what the rules
//! before it did; the draft is handed back as the case after. A refusal drops the draft, so it changes nothing; a
//! [`Decider`] works on the case itself, which must be dropped then.

mod arrivals;
mod clocks;
mod elsewhere;
mod flow;
mod happen;
mod people;
mod steps;

use std::sync::Arc;

use crate::application::says_something;
use crate::calendar::{Calendar, Millis};
use crate::case::{Application, Case, Outcome, Purpose, Status, Task};
use crate::clock::{acceptance_by_silence_at, after};
use crate::command::{Action, Command, Dossier, Submission};
use crate::definition::Node;
use crate::effects::Effects;
use crate::elsewhere::{Counterpart, transfers};
use crate::event::Event;
use crate::examinations::Examinations;
use crate::rejection::Rejection;
use crate::workflow::Workflow;
use arrivals::Arrivals;

pub use people::barred;

/// Most events of one decision; a definition that needs more goes round without ever waiting.
pub const EVENTS_MAX: usize = 1000;
/// As many as most decisions have at most.
const EVENTS_USUAL: usize = 16;

/// What a command leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// What the world must do.
    pub effects: Effects,
    /// The case after it: what [`crate::apply`] makes of the case before and these events.
    pub case: Case,
}

/// Decides a command at a moment.
///
/// # Errors
/// The command is refused: the sentence says why and what to do. Nothing has changed.
pub fn decide(
    workflow: &Workflow,
    calendar: &Calendar,
    case: &Case,
    command: &Command,
    now: Millis,
) -> Result<Decision, Rejection> {
    let mut case = case.clone();
    let mut decider = Decider { events: Vec::with_capacity(EVENTS_USUAL), ..Decider::default() };
    decider.decide(workflow, calendar, &mut case, (&command.by, &command.action), now)?;
    Ok(Decision { events: decider.events, effects: decider.effects, case })
}

/// Decides one command after the other, and keeps what the next can use: the room for the events, and what it foresaw of
/// applications. For a caller who decides much and needs the case before no more.
#[derive(Clone, Debug, Default)]
pub struct Decider {
    leaves_out_history: bool,
    events: Vec<Event>,
    effects: Effects,
    arrivals: Arrivals,
    examinations: Examinations,
    words: String,
}

impl Decider {
    /// From now on there are no events, and nothing that must be told to another centre, for a caller who keeps no history.
    /// Every case comes to the same.
    pub fn leave_out_history(&mut self) {
        self.leaves_out_history = true;
    }

    /// Examines a dossier beforehand and keeps what it found, for who hands in the very same one again and again.
    pub fn foresee(&mut self, workflow: &Workflow, dossier: &Arc<Dossier>) {
        self.examinations.foresee(workflow, dossier);
    }

    /// Whether two dossiers that were foreseen come to the same, so that everything that happens to a case with the
    /// one, but for what stands in it, happens with the other.
    #[must_use]
    pub fn are_alike(&self, workflow: &Workflow, one: &Arc<Dossier>, other: &Arc<Dossier>) -> bool {
        self.examinations.are_alike(workflow, one, other)
    }

    /// As [`decide`], but of a command it takes who asks and what is asked, and the case itself becomes the case after.
    /// Events and effects stand in [`Decider::events`] and [`Decider::effects`] until the next decision.
    ///
    /// # Errors
    /// The command is refused, and the case is neither the one before nor one after: it must be dropped, events and effects
    /// too.
    pub fn decide(
        &mut self,
        workflow: &Workflow,
        calendar: &Calendar,
        case: &mut Case,
        (by, action): (&Arc<str>, &Action),
        now: Millis,
    ) -> Result<(), Rejection> {
        let Self { leaves_out_history, events, effects, arrivals, examinations, words } = self;
        events.clear();
        effects.clear();
        arrivals.clear();
        let known = &case.application.definition;
        // Nearly always the very same text: only a case read from a store brings its own.
        if case.version > 0 && !Arc::ptr_eq(known, workflow.hash()) && known != workflow.hash() {
            return Err(Rejection::new(
                "R-CASE-003",
                format!("办件绑定的定义是 {known}，不是 {}", workflow.hash()),
                format!("the case is pinned to the definition {known}, not to {}", workflow.hash()),
            ));
        }
        let mut draft = Draft {
            workflow,
            calendar,
            now,
            by,
            last_version: case.version.saturating_add(EVENTS_MAX as u64),
            case,
            keeps_history: !*leaves_out_history,
            events,
            effects,
            began: None,
            arrivals,
            examinations,
            words,
        };
        draft.command(action)?;
        draft.run()?;
        if !*leaves_out_history {
            effects.transfers = transfers(events, case);
        }
        Ok(())
    }

    /// What the last command led to, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What the world must do after the last command; the caller may take out what they use.
    pub fn effects(&mut self) -> &mut Effects {
        &mut self.effects
    }
}

/// A case while a decision is being made about it.
struct Draft<'a> {
    workflow: &'a Workflow,
    calendar: &'a Calendar,
    now: Millis,
    by: &'a Arc<str>,
    case: &'a mut Case,
    /// The version of the case after [`EVENTS_MAX`] events.
    last_version: u64,
    keeps_history: bool,
    events: &'a mut Vec<Event>,
    effects: &'a mut Effects,
    /// When work on the step that the command completes began.
    began: Option<Millis>,
    arrivals: &'a mut Arrivals,
    examinations: &'a mut Examinations,
    /// Room for a name that is being put together.
    words: &'a mut String,
}

/// An open step that a decision is about.
#[derive(Clone, Copy)]
struct Open {
    id: u32,
    part: u8,
    node: u16,
    failures: u32,
    has_incident: bool,
}

impl From<&Task> for Open {
    fn from(task: &Task) -> Self {
        let Task { id, part, node, failures, .. } = *task;
        Self { id, part, node, failures, has_incident: task.incident.is_some() }
    }
}

impl Draft<'_> {
    fn command(&mut self, action: &Action) -> Result<(), Rejection> {
        match action {
            Action::Submit(submission) => return self.submit(submission),
            Action::Entrust { submission, to } => return self.entrust(submission, to),
            Action::TakeOver { submission, origin } => return self.take_over(submission, origin),
            _ if self.case.version == 0 => {
                return Err(Rejection::new(
                    "R-CASE-001",
                    "办件不存在：先提交申请",
                    "there is no such case: hand in an application first",
                ));
            }
            _ if self.case.status.is_closed() => {
                return Err(Rejection::new(
                    "R-CASE-002",
                    format!("办件已结束（{}），不能再办理", self.case.status.zh()),
                    format!("the case is over ({}): nothing more can be done with it", self.case.status.word()),
                ));
            }
            _ => {}
        }
        if let Some(centre) = self.case.decided_at().cloned() {
            return self.elsewhere(&centre, action);
        }
        match action {
            Action::Submit(_) | Action::Entrust { .. } | Action::TakeOver { .. } => Ok(()),
            Action::Report(_) | Action::Declined { .. } => Err(Rejection::new(
                "R-ELSEWHERE-007",
                "这个办件由本中心决定，没有转递给别的中心",
                "this centre decides the case itself: it was not handed over to another",
            )),
            Action::Delivered { by } => self.delivered(by),
            Action::Complete { task, outcome, reason, lacking, began } => {
                self.began = began.map(|began| began.min(self.now));
                self.complete(*task, *outcome, reason.as_ref(), lacking)
            }
            Action::Fail { task, error } => self.fail(*task, error),
            Action::Fire { timer } => self.fire(*timer),
            Action::Message { name } => self.message(name),
            Action::Supply { materials } => self.supply(materials),
            Action::Withdraw { reason } => self.withdraw(reason),
            Action::Retry { task } => self.retry(*task),
            Action::Resolve { task, reason } => self.resolve(*task, reason),
        }
    }

    fn submit(&mut self, submission: &Submission) -> Result<(), Rejection> {
        self.receive(submission, None)?;
        self.begin()
    }

    fn receive(&mut self, submission: &Submission, counterpart: Option<Counterpart>) -> Result<(), Rejection> {
        if self.case.version > 0 {
            return Err(Rejection::new(
                "R-CASE-004",
                format!("办件 {} 已经提交过", self.case.application.number),
                format!("the case {} was handed in already", self.case.application.number),
            ));
        }
        let examined = self.examinations.examine(self.workflow, submission, self.calendar, self.now)?;
        let (content, brought) = (examined.content.clone(), examined.brought.clone());
        let (number, applicant) = (submission.number.clone(), submission.applicant.clone());
        self.submitted(Application { number, applicant, class: submission.class, counterpart, content });
        for &(material, from) in &*brought {
            self.obtained(material, from);
        }
        Ok(())
    }

    /// The procedure begins.
    fn begin(&mut self) -> Result<(), Rejection> {
        let at_a_window = !self.workflow.plan(0).graph.intakes().is_empty();
        self.open_part(0)?;
        if at_a_window {
            self.time(Purpose::Silence);
            Ok(())
        } else {
            self.accept(self.now, false)
        }
    }

    /// The case is accepted; every part that runs gets its clock.
    fn accept(&mut self, at: Millis, by_silence: bool) -> Result<(), Rejection> {
        if self.case.accepted.is_some() {
            return Ok(());
        }
        self.end_timer(Purpose::Silence);
        self.emit(Event::Accepted { at, by_silence });
        for part in 0..self.parts() {
            if self.case.is_running(part) {
                self.start_clock(part)?;
            }
        }
        Ok(())
    }

    fn fire(&mut self, id: u32) -> Result<(), Rejection> {
        let Some(timer) = self.case.timer(id) else {
            return Err(Rejection::new("R-TIMER-001", "这个定时已不存在", "this timer is no longer set"));
        };
        if self.now < timer.due {
            return Err(Rejection::new("R-TIMER-002", "这个定时还没有到", "this timer is not due yet"));
        }
        self.timer_ended(id);
        // The calendar may have changed, or have been published, since the timer was set.
        let ends = match timer.purpose {
            Purpose::Light(_) => true,
            Purpose::Task(task) if self.case.task(task).is_none() => true,
            purpose => self.due(purpose).is_some_and(|due| due <= self.now),
        };
        if !ends {
            self.time(timer.purpose);
            return Ok(());
        }
        match timer.purpose {
            Purpose::Silence => self.accept_by_silence(),
            Purpose::Light(part) => self.show_light(part),
            Purpose::Task(task) => match self.case.task(task).map(Open::from) {
                Some(task) => {
                    let timer = matches!(self.node(task), Node::Timer { .. });
                    self.close_task(task, if timer { Outcome::Done } else { Outcome::Expired }, None)
                }
                None => Ok(()),
            },
        }
    }

    fn message(&mut self, name: &Arc<str>) -> Result<(), Rejection> {
        let waits = |task: &Open| matches!(self.node(*task), Node::Wait { message, .. } if **message == **name);
        let waiting: Vec<Open> = self.case.tasks.iter().map(Open::from).filter(waits).collect();
        if waiting.is_empty() {
            return Err(Rejection::new(
                "R-MESSAGE-001",
                format!("没有步骤在等待消息“{name}”"),
                format!("no step waits for the message \"{name}\""),
            ));
        }
        for task in waiting {
            self.close_task(task, Outcome::Received, None)?;
        }
        Ok(())
    }

    fn withdraw(&mut self, reason: &Arc<str>) -> Result<(), Rejection> {
        if !says_something(Some(reason)) {
            return Err(Rejection::new("R-TASK-004", "请写明撤回理由", "give a reason for withdrawing"));
        }
        let decided = self
            .case
            .parts
            .iter()
            .flat_map(|part| &part.done)
            .any(|done| matches!(done.outcome, Outcome::Granted | Outcome::Refused));
        if decided {
            return Err(Rejection::new(
                "R-CASE-005",
                "已有事项作出决定，不能撤回申请；如不再需要，请申请注销",
                "a matter has been decided, so the application can no longer be withdrawn: apply for cancellation instead",
            ));
        }
        self.close_case(Status::Withdrawn, Some(reason.clone()));
        Ok(())
    }

    /// Sets a timer for when its limit ends. In a year that is not published yet nobody can know when that is: the timer
    /// asks again when that year begins, and every day from then on.
    fn time(&mut self, purpose: Purpose) {
        let due = self.due(purpose).unwrap_or_else(|| {
            let tomorrow = self.calendar.end_of_day(self.calendar.date_of(self.now)) + 1;
            self.calendar.first_unpublished().map_or(tomorrow, |year| year.max(tomorrow))
        });
        self.timer_set(due, purpose);
    }

    /// When a limit ends, if the calendar says so.
    fn due(&self, purpose: Purpose) -> Option<Millis> {
        match purpose {
            Purpose::Silence => acceptance_by_silence_at(self.case.received_at, self.calendar).ok(),
            Purpose::Task(task) => {
                let task = self.case.task(task)?;
                let (Node::Collect { within: limit, .. }
                | Node::Wait { within: limit, .. }
                | Node::Timer { after: limit, .. }) = self.node(task.into())
                else {
                    return None;
                };
                after(task.opened_at, *limit, self.calendar).ok()
            }
            Purpose::Light(_) => None,
        }
    }

    fn end_timer(&mut self, purpose: Purpose) {
        if let Some(timer) = self.case.timers.iter().find(|timer| timer.purpose == purpose).map(|timer| timer.id) {
            self.timer_ended(timer);
        }
    }

    fn parts(&self) -> u8 {
        u8::try_from(self.case.parts.len()).unwrap_or(u8::MAX)
    }

    fn node(&self, task: Open) -> &Node {
        &self.workflow.plan(task.part).graph.step(task.node).node
    }

    fn open_task_named(&self, id: u32) -> Result<Open, Rejection> {
        self.case.task(id).map(Open::from).ok_or_else(|| {
            Rejection::new(
                "R-TASK-001",
                format!("任务 {id} 没有打开：它已办完，或者从未有过"),
                format!("the task {id} is not open: it was completed already, or never was"),
            )
        })
    }
}
