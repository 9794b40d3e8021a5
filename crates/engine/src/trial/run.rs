//! Running one case: commands at moments, in order, until nothing is left to do.
//!
//! Time jumps from one thing to the next. At the same moment what somebody does comes before what a timer does (whoever
//! acts at the close of the last day is in time), and what was planned first comes first. Nothing is left to chance.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Finding;
use super::file::{Scripted, TestCase, TestFile};
use super::steps::{self, Happens};
use crate::apply::apply;
use crate::calendar::{Calendar, Millis};
use crate::case::{Case, Outcome, Task};
use crate::clock::after;
use crate::command::{Action, Command, Dossier, Submission, ordinary};
use crate::decide::decide;
use crate::definition::Node;
use crate::event::Event;
use crate::rejection::Rejection;
use crate::text::Title;
use crate::value::Value;
use crate::workflow::Workflow;

/// Most commands of one case; what needs more goes round for ever.
pub const COMMANDS_MAX: u32 = 1_000;
/// Who hands in, supplies and withdraws.
const APPLICANT: &str = "申请人";
/// Who brings messages.
const WORLD: &str = "外部";
/// Who fires timers.
const CLOCK: &str = "时钟";
/// The reason of what needs one and has none in the script.
const REASON: &str = "不符合规定条件（测试）";

/// A case that was run.
pub(super) struct Run {
    /// What was handed in.
    pub(super) submission: Submission,
    /// Why it was turned away at the door.
    pub(super) rejected: Option<Rejection>,
    pub(super) case: Case,
    pub(super) history: Vec<(Event, Millis)>,
    /// When the last thing happened.
    pub(super) now: Millis,
    pub(super) commands: u32,
    /// In what the script did not come true.
    pub(super) findings: Vec<Finding>,
}

/// Runs a case of a file.
pub(super) fn run(workflow: &Workflow, calendar: &Calendar, file: &TestFile, case: &TestCase) -> Run {
    let submission = submission(workflow, file, case);
    let now = case.received.unwrap_or(file.application.received).millis(calendar);
    let mut driver = Driver {
        workflow,
        calendar,
        test: case,
        case: Case::default(),
        history: Vec::new(),
        now,
        commands: 0,
        planned: Vec::new(),
        order: 0,
        resting: Vec::new(),
        entries: vec![Entry::Unused; case.script.len()],
        findings: idle(workflow, case, &submission),
    };
    let rejected = driver.act(APPLICANT, Action::Submit(Box::new(submission.clone()))).err();
    if rejected.is_none() {
        driver.go_on();
    }
    driver.finish();
    let Driver { case, history, now, commands, findings, .. } = driver;
    Run { submission, rejected, case, history, now, commands, findings }
}

/// What is handed in: the file's answers and fields with those of the case over them; of the file's fields those that are
/// asked; and every material that must be brought and is not left out.
fn submission(workflow: &Workflow, file: &TestFile, case: &TestCase) -> Submission {
    let over = |base: &BTreeMap<String, Value>, more: &BTreeMap<String, Value>| {
        let mut all = base.clone();
        all.extend(more.iter().map(|(id, value)| (id.clone(), value.clone())));
        all
    };
    let answers = over(&file.application.answers, &case.answers);
    let mut form = over(&file.application.form, &case.form);
    form.retain(|id, _| !case.blank.contains(id));
    // What is asked depends on what stands in the form, so a field that is left out can leave out another.
    loop {
        let filled = workflow.filled(&answers, &form);
        let chosen = workflow.chosen(&answers, &filled);
        let asked: Vec<&str> = workflow.asked(&chosen, &answers, &filled).map(|plan| plan.field.id.as_str()).collect();
        let before = form.len();
        form.retain(|id, _| asked.contains(&id.as_str()) || case.form.contains_key(id));
        if form.len() < before {
            continue;
        }
        let materials = workflow
            .needed(&chosen, &answers, &filled)
            .filter(|plan| workflow.brought(plan, &chosen) && !case.without.iter().any(|id| **id == *plan.material.id))
            .map(|plan| plan.material.id.as_str().into())
            .collect();
        let dossier = Dossier { answers: answers.into(), form: form.into(), materials };
        let (number, applicant, class) = ("TEST-1".into(), APPLICANT.into(), ordinary());
        return Submission { number, applicant, class, dossier: dossier.into() };
    }
}

/// What a case leaves out although it is not asked for.
fn idle(workflow: &Workflow, case: &TestCase, submission: &Submission) -> Vec<Finding> {
    let filled = workflow.filled(&submission.answers, &submission.form);
    let chosen = workflow.chosen(&submission.answers, &filled);
    let needed = workflow.needed(&chosen, &submission.answers, &filled);
    let brought: Vec<&str> =
        needed.filter(|plan| workflow.brought(plan, &chosen)).map(|plan| &*plan.material.id).collect();
    let asked: Vec<&str> =
        workflow.asked(&chosen, &submission.answers, &filled).map(|plan| plan.field.id.as_str()).collect();
    let mut found = Vec::new();
    for (key, ids, wanted) in [("without", &case.without, brought), ("blank", &case.blank, asked)] {
        for (index, id) in ids.iter().enumerate().filter(|(_, id)| !wanted.contains(&id.as_str())) {
            found.push(Finding {
                pointer: format!("/{key}/{index}"),
                what: Title::new(format!("不交的 {id}"), format!("{id}, which is left out")),
                expected: Title::new("本应提交", "it is asked for"),
                found: Title::new("按这些回答不需要", "with these answers it is not"),
            });
        }
    }
    found
}

/// How far an entry of the script has come.
#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Unused,
    /// The task it was planned for.
    Planned(u32),
    Happened,
}

/// Something that somebody will do about an open step.
#[derive(Clone, Copy)]
struct Planned {
    at: Millis,
    order: u32,
    task: u32,
    entry: Option<usize>,
}

struct Driver<'a> {
    workflow: &'a Workflow,
    calendar: &'a Calendar,
    test: &'a TestCase,
    case: Case,
    history: Vec<(Event, Millis)>,
    now: Millis,
    commands: u32,
    planned: Vec<Planned>,
    order: u32,
    /// Open tasks about which nobody does anything.
    resting: Vec<u32>,
    entries: Vec<Entry>,
    findings: Vec<Finding>,
}

impl<'a> Driver<'a> {
    fn act(&mut self, by: &str, action: Action) -> Result<usize, Rejection> {
        self.commands += 1;
        let command = Command { id: format!("{}", self.commands).into(), by: by.into(), action };
        let decision = decide(self.workflow, self.calendar, &self.case, &command, self.now)?;
        let first = self.history.len();
        self.history.extend(decision.events.into_iter().map(|event| (event, self.now)));
        self.case = decision.case;
        Ok(first)
    }

    fn go_on(&mut self) {
        while !self.case.status.is_closed() {
            if self.commands >= COMMANDS_MAX {
                let (zh, en) =
                    (format!("{COMMANDS_MAX} 次操作后仍未结束"), format!("not over after {COMMANDS_MAX} commands"));
                self.find(
                    "",
                    Title::new("办件的运行", "the run"),
                    Title::new("走到尽头", "an end"),
                    Title::new(zh, en),
                );
                return;
            }
            self.plan_open_steps();
            let next = self.planned.iter().copied().min_by_key(|planned| (planned.at, planned.order));
            // Where the calendar ends nothing can be counted: timers only ask whether it goes on by now.
            let end = self.calendar.first_unpublished().unwrap_or(Millis::MAX);
            let timers = self.case.timers.iter().copied().filter(|timer| timer.due < end);
            let timer = timers.min_by_key(|timer| (timer.due, timer.id));
            match (next, timer) {
                (Some(next), timer) if timer.is_none_or(|timer| next.at <= timer.due.max(self.now)) => {
                    self.planned.retain(|planned| planned.order != next.order);
                    self.now = self.now.max(next.at);
                    self.carry_out(next);
                }
                (_, Some(timer)) => {
                    self.now = self.now.max(timer.due);
                    if let Err(refused) = self.act(CLOCK, Action::Fire { timer: timer.id }) {
                        self.find(
                            "",
                            Title::new("定时到期", "a timer"),
                            Title::new("到时执行", "to fire"),
                            said(&refused),
                        );
                        return;
                    }
                }
                _ => return,
            }
        }
    }

    fn plan_open_steps(&mut self) {
        for task in self.case.tasks.clone() {
            if !self.resting.contains(&task.id) && self.planned.iter().all(|planned| planned.task != task.id) {
                self.plan(&task);
            }
        }
    }

    fn plan(&mut self, task: &Task) {
        let name = self.name(task);
        let entry = (0..self.entries.len())
            .find(|index| self.entries[*index] == Entry::Unused && self.test.script[*index].step == name);
        let at = match entry.map(|index| (index, &self.test.script[index])) {
            Some((index, entry)) => {
                self.entries[index] = Entry::Planned(task.id);
                match Happens::of(self.node(task), &entry.outcome) {
                    Some(Happens::Silence) => {
                        self.entries[index] = Entry::Happened;
                        None
                    }
                    Some(Happens::Outcome(Outcome::Expired)) => None,
                    _ => Some(self.moment(index, entry, task)),
                }
            }
            None => self.usual_moment(task),
        };
        match at {
            Some(at) => self.put(at, task.id, entry),
            None => self.resting.push(task.id),
        }
    }

    fn put(&mut self, at: Millis, task: u32, entry: Option<usize>) {
        self.order += 1;
        self.planned.push(Planned { at, order: self.order, task, entry });
    }

    /// When an entry of the script happens.
    fn moment(&mut self, index: usize, entry: &Scripted, task: &Task) -> Millis {
        if let Some(at) = entry.at {
            let at = at.millis(self.calendar);
            if at < self.now {
                let opened = super::moment::Minute::of(self.now).to_string();
                let what = Title::new(
                    format!(
                        "步骤 {} 在 {} 之前打开",
                        entry.step,
                        entry.at.map(|at| at.to_string()).unwrap_or_default()
                    ),
                    format!("the step {} is open by then", entry.step),
                );
                let found = Title::new(format!("到 {opened} 才打开"), format!("it opens only at {opened}"));
                self.find(&format!("/script/{index}/at"), what, Title::new("是", "yes"), found);
            }
            return at;
        }
        if let Some(limit) = entry.after {
            return after(self.now, limit, self.calendar).unwrap_or(self.now);
        }
        self.usual_moment(task).unwrap_or(self.now)
    }

    /// When a step happens that no script times; `None` when nobody acts.
    fn usual_moment(&self, task: &Task) -> Option<Millis> {
        let node = self.node(task);
        match node {
            _ if task.incident.is_some() => None,
            Node::Timer { .. } => None,
            Node::Wait { message, .. } if self.is_scripted(message) => None,
            _ if steps::by_staff(node) => match self.test.pace {
                Some(pace) => after(self.now, pace, self.calendar).ok().or(Some(self.now)),
                None => Some(self.calendar.next_opening(self.now).unwrap_or(self.now)),
            },
            _ => Some(self.now),
        }
    }

    /// Whether the script speaks of a step that waits for this message: then it does not come by itself.
    fn is_scripted(&self, message: &str) -> bool {
        self.test.script.iter().any(|entry| {
            let step = steps::find(self.workflow, &entry.step);
            match step {
                Some((_, node @ Node::Wait { message: waited, .. })) => {
                    waited == message && Happens::of(node, &entry.outcome) != Some(Happens::Withdrawn)
                }
                _ => false,
            }
        })
    }

    /// What a step comes to when no script speaks of it: the best.
    fn usual(&self, node: &Node) -> Happens {
        let told = self.case.supplement.is_some();
        match node {
            Node::Intake { .. } if !told && !self.case.missing().is_empty() => Happens::Outcome(Outcome::Supplement),
            _ => node.outcomes().first().and_then(|word| Happens::of(node, word)).unwrap_or(Happens::Silence),
        }
    }

    fn carry_out(&mut self, planned: Planned) {
        let Some(task) = self.case.task(planned.task).cloned() else { return };
        let node = self.node(&task);
        let entry = planned.entry.map(|index| &self.test.script[index]);
        let name = self.name(&task);
        let scripted = entry.and_then(|entry| Happens::of(node, &entry.outcome));
        let outcome = scripted.unwrap_or_else(|| self.usual(node));
        let by = entry.and_then(|entry| entry.by.as_deref());
        let reason = entry.and_then(|entry| entry.reason.as_deref());
        let materials = |given: &[String]| given.iter().map(|id| Arc::from(id.as_str())).collect::<Vec<Arc<str>>>();
        let given = entry.map(|entry| materials(&entry.materials)).unwrap_or_default();
        let id = task.id;
        let complete = |outcome: Outcome, reason: Option<&str>| Action::Complete {
            task: id,
            outcome,
            reason: reason.map(Arc::from),
            lacking: given.clone(),
            began: None,
        };
        let done = match (node, outcome) {
            (_, Happens::Withdrawn) => {
                self.act(by.unwrap_or(APPLICANT), Action::Withdraw { reason: reason.unwrap_or(REASON).into() })
            }
            (Node::Collect { .. }, _) => {
                let materials = if given.is_empty() { self.case.missing() } else { given.clone() };
                self.act(by.unwrap_or(APPLICANT), Action::Supply { materials })
            }
            (Node::Wait { message, .. }, _) => {
                self.act(by.unwrap_or(WORLD), Action::Message { name: message.as_str().into() })
            }
            (Node::Service { .. }, Happens::Outcome(Outcome::Done)) if task.incident.is_some() => match reason {
                Some(reason) => self.act(by.unwrap_or(&name), Action::Resolve { task: id, reason: reason.into() }),
                None => self
                    .act(by.unwrap_or(&name), Action::Retry { task: id })
                    .and_then(|_| self.act(&name, complete(Outcome::Done, None))),
            },
            (Node::Service { .. }, Happens::Outcome(outcome)) => {
                let fails = entry.and_then(|entry| entry.failures).unwrap_or_default();
                if outcome == Outcome::Done && task.failures >= fails {
                    self.act(&name, complete(Outcome::Done, None))
                } else {
                    return self.fail_once(planned, &name);
                }
            }
            (_, Happens::Outcome(outcome)) => {
                let usual = steps::needs_reason(node, outcome).then_some(REASON);
                self.act(by.unwrap_or(&name), complete(outcome, reason.or(usual)))
            }
            (_, Happens::Silence) => return self.resting.push(id),
        };
        self.settle(planned, &name, done.err());
    }

    /// One failed attempt of an automatic step; the next one comes when it is tried again.
    fn fail_once(&mut self, planned: Planned, name: &str) {
        let error = "无应答（测试）".into();
        match self.act(name, Action::Fail { task: planned.task, error }) {
            Ok(first) => {
                let again = self.history[first..].iter().find_map(|(event, _)| match event {
                    Event::Failed { retry_at, .. } => *retry_at,
                    _ => None,
                });
                match again {
                    Some(at) => self.put(at, planned.task, planned.entry),
                    None => self.settle(planned, name, None),
                }
            }
            Err(refused) => self.settle(planned, name, Some(refused)),
        }
    }

    /// Holds what came of a command against what the script says of it.
    fn settle(&mut self, planned: Planned, name: &str, refused: Option<Rejection>) {
        let wanted = planned.entry.and_then(|index| self.test.script[index].rejected.as_deref());
        let at = planned.entry.map_or_else(String::new, |index| format!("/script/{index}"));
        if let Some(index) = planned.entry {
            self.entries[index] = Entry::Happened;
        }
        let what = || Title::new(format!("步骤 {name}"), format!("the step {name}"));
        match (wanted, &refused) {
            (None, None) => {}
            (Some(code), Some(refused)) if refused.code == code => {}
            (None, Some(refused)) => {
                self.find(&at, what(), Title::new("可以这样办", "this may be done"), said(refused));
            }
            (Some(code), found) => {
                let found = found.as_ref().map_or_else(|| Title::new("没有拒绝", "it was not refused"), said);
                let (zh, en) = (format!("被拒绝：{code}"), format!("refused with {code}"));
                self.find(&format!("{at}/rejected"), what(), Title::new(zh, en), found);
            }
        }
        let more =
            self.entries.iter().zip(&self.test.script).any(|(it, entry)| *it == Entry::Unused && entry.step == name);
        // Trying the same again would be refused again.
        if refused.is_some() && wanted.is_none() && !more {
            self.resting.push(planned.task);
        }
    }

    /// What the script says and never happened; and the history says the same as the case.
    fn finish(&mut self) {
        for (index, entry) in self.test.script.iter().enumerate() {
            let expired = |task: u32| {
                let came = |event: &Event| matches!(event, Event::TaskClosed { task: it, outcome: Outcome::Expired, .. } if *it == task);
                self.history.iter().any(|(event, _)| came(event))
            };
            let happened = match self.entries[index] {
                Entry::Happened => true,
                Entry::Planned(task) => entry.outcome == Outcome::Expired.word() && expired(task),
                Entry::Unused => false,
            };
            if !happened {
                let word = &entry.outcome;
                let what =
                    Title::new(format!("步骤 {} 的脚本", entry.step), format!("the script of the step {}", entry.step));
                let found = match self.entries[index] {
                    Entry::Planned(_) => Title::new("这一步已先有了别的结果", "the step was over before"),
                    _ => Title::new("没有走到这一步（或没有再次走到）", "the case did not come to it (or not again)"),
                };
                self.find(&format!("/script/{index}"), what, Title::new(word, word), found);
            }
        }
        let mut replayed = Case::default();
        for (event, at) in &self.history {
            apply(&mut replayed, event, *at);
        }
        if replayed != self.case {
            let what = Title::new("由历史重建的办件", "the case rebuilt from its history");
            let found = Title::new(
                "不同：这是引擎的缺陷，请报告",
                "another one: this is a fault of the engine, please report it",
            );
            self.find("", what, Title::new("与运行的办件相同", "the same as the case that ran"), found);
        }
    }

    fn find(&mut self, pointer: &str, what: Title, expected: Title, found: Title) {
        self.findings.push(Finding { pointer: pointer.to_owned(), what, expected, found });
    }

    fn node(&self, task: &Task) -> &'a Node {
        &self.workflow.plan(task.part).graph.step(task.node).node
    }

    fn name(&self, task: &Task) -> String {
        steps::name(self.workflow, task.part, self.node(task).id())
    }
}

/// A refusal in words, with everything it names.
pub(super) fn said(refused: &Rejection) -> Title {
    let (mut zh, mut en) = (String::new(), String::new());
    for problem in &refused.problems {
        zh.push_str(&format!("；{}：{}", problem.at, problem.message.zh));
        en.push_str(&format!("; {}: {}", problem.at, problem.message.en));
    }
    let code = &refused.code;
    Title::new(
        format!("被拒绝 {code}：{}{zh}", refused.message.zh),
        format!("refused with {code}: {}{en}", refused.message.en),
    )
}
