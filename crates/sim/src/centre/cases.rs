//! Cases: the engine decides, and what follows is queued, timed and awaited. As in the worker, a window is through with
//! a task before what comes of it is queued.

use std::sync::{Arc, LazyLock};

use onething_engine::calendar::Millis;
use onething_engine::case::{Case, PartStatus};
use onething_engine::command::Action;
use onething_engine::definition::{Node, SERVICE_QUEUE};
use onething_engine::{Decider, Effects, Rejection, barred};
use onething_policy::{Class, Signal, Skill, TaskRef, WindowId, Work};

use super::run::{Assignment, Event, Run, name_of, task_of};
use super::verdicts::Verdict;

/// Stale timers that are not worth clearing away.
const STALE_MIN: usize = 4096;

/// Who does automatic steps.
static MACHINE: LazyLock<Arc<str>> = LazyLock::new(|| "自动".into());
/// Who fires timers.
static CLOCK: LazyLock<Arc<str>> = LazyLock::new(|| "时钟".into());
/// Who sends messages.
static OUTSIDE: LazyLock<Arc<str>> = LazyLock::new(|| "现场".into());

/// An open case.
#[derive(Default)]
pub(super) struct Open {
    pub(super) case: Case,
    workflow: usize,
    source: usize,
    pub(super) came_ms: Millis,
    online: bool,
    /// Whether somebody has taken it up.
    taken_up: bool,
    /// Visits so far.
    visits: u8,
    waiting: Vec<Waiting>,
    in_hand: Vec<InHand>,
}

impl Open {
    /// Makes room for another.
    fn clear(&mut self) {
        self.case.clear();
        self.waiting.clear();
        self.in_hand.clear();
        (self.taken_up, self.visits) = (false, 0);
    }
}

/// A task that waits for a window.
struct Waiting {
    task: u32,
    /// The number of its queue.
    queue: usize,
}

/// A task that somebody or a program is at.
struct InHand {
    task: u32,
    /// What will come of it.
    verdict: Verdict,
    takes_ms: i64,
    began_ms: Millis,
}

fn words(rejection: &Rejection) -> String {
    let problem = rejection.problems.first().map(|it| format!(": {}: {}", it.at, it.message.en));
    format!("{} {}{}", rejection.code, rejection.message.en, problem.unwrap_or_default())
}

impl Run<'_> {
    /// Hands in an application. Handed in at a window, its first step there is in hand already and joins no queue.
    pub(super) fn hand_in(&mut self, key: u64, source: usize, online: bool) {
        let Some(workflow) = self.model.sources[source].workflow else { return };
        let by = self.applicant.clone();
        let handouts = &self.model.sources[source].alike;
        let Some(submission) = self.model.application(&self.people, &by, (source, key), handouts) else { return };
        let mut open = self.closed.pop().unwrap_or_default();
        (open.workflow, open.source, open.came_ms, open.online) = (workflow, source, self.now_ms, online);
        self.cases.insert(key, open);
        self.cases_inside.comes(self.now_ms);
        self.report.cases[source].submitted += u64::from(self.is_warm(self.now_ms));
        let mut room = self.submission.take().unwrap_or_default();
        *room = submission;
        let action = Action::Submit(room);
        self.act(key, &by, &action, !online);
        if let Action::Submit(room) = action {
            self.submission = Some(room);
        }
    }

    /// Decides a command and does what follows. `at_window`: the applicant stands there, so an intake that opens is in
    /// hand.
    fn act(&mut self, key: u64, by: &Arc<str>, action: &Action, at_window: bool) {
        let mut decider = self.decider.take().unwrap_or_else(|| self.new_decider());
        let Some(open) = self.cases.get_mut(&key) else {
            self.decider = Some(decider);
            return;
        };
        let workflow = &self.model.workflows[open.workflow];
        let first_new = open.case.next_task;
        match decider.decide(workflow, &self.model.calendar, &mut open.case, (by, action), self.now_ms) {
            Ok(()) => {
                if let Some(journal) = &mut self.journal {
                    journal.follow(key, self.now_ms, by, decider.events());
                }
                self.follow(key, first_new, decider.effects(), at_window);
            }
            // The run ends with it, so nobody meets the case again.
            Err(rejection) => {
                let what = format!("{}: {}", name_of(key), words(&rejection));
                self.refused.get_or_insert(what);
            }
        }
        self.decider = Some(decider);
    }

    /// One that knows what the model's foresaw.
    fn new_decider(&self) -> Box<Decider> {
        let mut decider = Box::new(Decider::clone(&self.model.decider));
        if self.journal.is_none() {
            decider.leave_out_history();
        }
        decider
    }

    /// Does what follows from a decision; the steps it opened have numbers from `first_new`.
    fn follow(&mut self, key: u64, first_new: u32, effects: &mut Effects, at_window: bool) {
        self.withdraw(key, &effects.withdraw);
        let at_window = at_window || self.holding.contains_key(&key);
        effects.enqueue.retain(|enqueue| {
            let is_for_machine = enqueue.queue.starts_with(SERVICE_QUEUE);
            if is_for_machine {
                self.agenda.enter(enqueue.ready_at, Event::MachineReady { case: key, task: enqueue.task });
            }
            !is_for_machine
        });
        let mut intake_opens = false;
        for enqueue in effects.enqueue.drain(..) {
            if at_window && self.is_intake(key, enqueue.part, enqueue.node) {
                intake_opens = true;
            } else {
                self.queue_task(key, enqueue.task, Skill::from(enqueue.queue));
            }
        }
        for &(timer, due_ms) in &effects.set {
            self.agenda.enter(due_ms, Event::Timer { case: key, timer });
        }
        self.stale += effects.forget.len();
        let Some(open) = self.cases.get(&key) else { return };
        let (source, is_warm) = (open.source, self.is_warm(open.came_ms));
        for task in open.case.tasks.iter().filter(|task| task.id >= first_new && task.queue.is_none()) {
            if let Some(at_ms) =
                self.model.answered_at(&self.steps, key, open.workflow, &open.case, (task, self.now_ms))
            {
                self.agenda.enter(at_ms, Event::Comes { case: key, task: task.id });
            }
        }
        for part in effects.clocks_ended.iter().filter_map(|part| open.case.part(*part)).filter(|_| is_warm) {
            *self.report.cases[source].lights.entry(part.light).or_default() += 1;
        }
        let is_over = open.case.status.is_closed();
        if is_over {
            self.case_closed(key);
        }
        if intake_opens || is_over {
            self.goes_on(key);
        }
        self.clear_stale();
    }

    /// Strikes timers out of the agenda that no case waits for, once they are half of it: the agenda stays as large as
    /// the cases in the system make it.
    fn clear_stale(&mut self) {
        if self.stale < STALE_MIN || self.stale * 2 < self.agenda.len() {
            return;
        }
        let cases = &self.cases;
        self.agenda.retain(|event| match event {
            Event::Timer { case, timer } => cases.get(case).is_some_and(|open| open.case.timer(*timer).is_some()),
            _ => true,
        });
        self.stale = 0;
    }

    fn is_intake(&self, key: u64, part: u8, node: u16) -> bool {
        self.cases.get(&key).is_some_and(|open| {
            let workflow = &self.model.workflows[open.workflow];
            matches!(workflow.plan(part).graph.step(node).node, Node::Intake { .. })
        })
    }

    fn queue_task(&mut self, key: u64, task: u32, queue: Skill) {
        let Some(open) = self.cases.get_mut(&key) else { return };
        let class = Class::new(open.case.application.class).unwrap_or(Class::WALK_IN);
        let number = self.queues.number(&queue);
        open.waiting.push(Waiting { task, queue: number });
        self.queues.joins(number);
        let task = TaskRef::numbered((key, task));
        self.tell(Signal::TaskQueued { task, queue, class, ready_at_ms: self.now_ms, barred: Vec::new() });
    }

    /// Of tasks that were just completed or that machines do, it changes nothing.
    fn withdraw(&mut self, key: u64, tasks: &[u32]) {
        let Some(open) = self.cases.get_mut(&key) else { return };
        let mut waited = Vec::new();
        for &task in tasks {
            if let Some(at) = open.waiting.iter().position(|it| it.task == task) {
                self.queues.leaves(open.waiting.swap_remove(at).queue);
                waited.push(task);
            }
        }
        for task in waited {
            self.tell(Signal::TaskWithdrawn { task: TaskRef::numbered((key, task)) });
        }
    }

    /// The hall gives a task to a window.
    pub(super) fn assigned(&mut self, window: WindowId, task: TaskRef, signals: &mut Vec<Signal>) {
        let through = |window: WindowId, task| Signal::ServiceFinished { window, work: Work::Task(task) };
        let (Some((key, id)), Some(seat)) = (task.number(), window.number()) else {
            signals.push(through(window, task));
            return;
        };
        let now_ms = self.now_ms;
        let Some(open) = self.cases.get_mut(&key) else {
            signals.push(through(window, task));
            return;
        };
        let Some(step) = open.case.task(id) else {
            signals.push(through(window, task));
            return;
        };
        let workflow = &self.model.workflows[open.workflow];
        if barred(workflow, &open.case, step).any(|(who, _)| *who == self.model.seats[seat as usize].by) {
            let queue = open.waiting.iter().find(|it| it.task == id).map(|it| *self.queues.name(it.queue));
            let class = Class::new(open.case.application.class).unwrap_or(Class::WALK_IN);
            let seat_of = |by: &Arc<str>| self.model.seats.iter().zip(0..).find(|(seat, _)| seat.by == *by);
            let others = barred(workflow, &open.case, step).filter_map(|(who, _)| seat_of(who));
            let barred = others.map(|(_, nth)| WindowId::numbered(nth)).collect();
            // The last one is told first.
            signals.extend(queue.map(|queue| Signal::TaskQueued {
                task: task.clone(),
                queue,
                class,
                ready_at_ms: step.opened_at,
                barred,
            }));
            signals.push(through(window, task));
            return;
        }
        if let Some(log) = &mut self.log {
            let (window, work) = (self.model.seats[seat as usize].id.clone(), Work::Task(task_of(&name_of(key), id)));
            log.push(Assignment { at_ms: now_ms, window, work, call: 0 });
        }
        let (takes_ms, verdict) = self.model.draw(&self.steps, key, open.workflow, &open.case, step);
        let takes_ms = (takes_ms as f64 * self.model.seats[seat as usize].takes).round() as i64;
        let (opened_at, intake) =
            (step.opened_at, matches!(workflow.plan(step.part).graph.step(step.node).node, Node::Intake { .. }));
        let waited = open.waiting.iter().position(|it| it.task == id).map(|at| open.waiting.swap_remove(at));
        let (source, came_ms) = (open.source, open.came_ms);
        let first = intake && open.online && !std::mem::replace(&mut open.taken_up, true);
        let (ends, between) = (
            self.model.ends_ms(seat as usize, now_ms, takes_ms),
            self.model.calendar.business_millis_between(opened_at, now_ms),
        );
        let (Ok(ends_ms), Ok(wait_ms)) = (ends, between) else {
            self.refused.get_or_insert_with(|| "a year without a published calendar".to_owned());
            return;
        };
        open.in_hand.push(InHand { task: id, verdict, takes_ms, began_ms: now_ms });
        if let Some(Waiting { queue, .. }) = waited {
            self.queues.leaves(queue);
            if self.is_warm(came_ms) {
                self.queues.waited(queue, wait_ms, self.target_ms);
            }
        }
        if first && self.is_warm(came_ms) {
            self.waited(source, came_ms, wait_ms);
            self.report.counts[source].served += 1;
        }
        self.agenda.enter(ends_ms, Event::Done { seat, case: key, task: id });
    }

    /// A window is through with a task.
    pub(super) fn done(&mut self, seat: u32, key: u64, task: u32) {
        // Of a case that is over the window is through with the task all the same.
        let (window, work) = (WindowId::numbered(seat), Work::Task(TaskRef::numbered((key, task))));
        self.tell(Signal::ServiceFinished { window, work });
        let Some(open) = self.cases.get_mut(&key) else { return };
        let Some(at) = open.in_hand.iter().position(|it| it.task == task) else { return };
        let InHand { verdict, takes_ms, began_ms, .. } = open.in_hand.swap_remove(at);
        self.worked(seat, takes_ms);
        let model = self.model;
        self.complete(key, task, verdict, &model.seats[seat as usize].by, began_ms);
    }

    /// Records what came of a step, unless the step is gone.
    pub(super) fn complete(&mut self, key: u64, task: u32, verdict: Verdict, by: &Arc<str>, began_ms: Millis) {
        let Some(open) = self.cases.get(&key) else { return };
        let Some(step) = open.case.task(task) else { return };
        let workflow = &self.model.workflows[open.workflow];
        // Whoever did what this step must not be done by meanwhile gives it back, as the worker does when the engine refuses.
        if barred(workflow, &open.case, step).any(|(who, _)| who == by)
            && let Some(queue) = step.queue
        {
            self.queue_task(key, task, Skill::from(queue));
            return;
        }
        let action = match verdict {
            Verdict::Complete { outcome, reason } => {
                Action::Complete { task, outcome, reason, lacking: Vec::new(), began: Some(began_ms) }
            }
            Verdict::Fail => Action::Fail { task, error: "对方系统没有应答".into() },
            Verdict::Retry => Action::Retry { task },
            Verdict::Never => return,
        };
        self.act(key, by, &action, false);
    }

    /// The open intake of a case whose applicant stands at the window: its number, how long it takes, what comes of it.
    pub(super) fn intake_of(&self, key: u64) -> Option<(u32, i64, Verdict)> {
        let open = self.cases.get(&key)?;
        let workflow = &self.model.workflows[open.workflow];
        let waits =
            |id: u32| open.waiting.iter().any(|it| it.task == id) || open.in_hand.iter().any(|it| it.task == id);
        let task = open.case.tasks.iter().find(|task| {
            matches!(workflow.plan(task.part).graph.step(task.node).node, Node::Intake { .. }) && !waits(task.id)
        })?;
        let (takes_ms, verdict) = self.model.draw(&self.steps, key, open.workflow, &open.case, task);
        Some((task.id, takes_ms, verdict))
    }

    /// The applicant hands in everything that is missing.
    pub(super) fn supply(&mut self, key: u64, at_window: bool) {
        let Some(open) = self.cases.get(&key) else { return };
        let (by, materials) = (open.case.application.applicant.clone(), open.case.missing());
        if !materials.is_empty() && !open.case.status.is_closed() {
            self.act(key, &by, &Action::Supply { materials }, at_window);
        }
    }

    /// The applicant or the message comes.
    pub(super) fn comes(&mut self, key: u64, task: u32) {
        let Some(open) = self.cases.get_mut(&key) else { return };
        let Some(it) = open.case.task(task) else { return };
        match &self.model.workflows[open.workflow].plan(it.part).graph.step(it.node).node {
            Node::Wait { message, .. } => {
                let name = message.as_str().into();
                self.act(key, &OUTSIDE, &Action::Message { name }, false);
            }
            Node::Collect { .. } if open.online => self.supply(key, false),
            Node::Collect { .. } => {
                open.visits = open.visits.saturating_add(1).min(0x3F);
                let (visit, source) = (key | u64::from(open.visits), open.source);
                self.take_ticket(visit, source, Some((key, task)), None);
            }
            _ => {}
        }
    }

    pub(super) fn timer(&mut self, key: u64, timer: u32) {
        let runs = self.cases.get(&key).is_some_and(|open| open.case.timer(timer).is_some());
        if runs {
            self.act(key, &CLOCK, &Action::Fire { timer }, false);
        }
        // A timer that fires is ended, and so counted as stale although it has left the agenda.
        self.stale = self.stale.saturating_sub(1);
    }

    pub(super) fn machine_ready(&mut self, key: u64, task: u32) {
        if self.machines_free == 0 {
            self.machine_queue.push_back((key, task));
            return;
        }
        let Some(open) = self.cases.get_mut(&key) else { return };
        let Some(it) = open.case.task(task) else { return };
        let (takes_ms, verdict) = self.model.draw(&self.steps, key, open.workflow, &open.case, it);
        self.machines_free -= 1;
        self.agenda.enter(self.now_ms + takes_ms, Event::MachineDone { case: key, task });
        open.in_hand.push(InHand { task, verdict, takes_ms, began_ms: self.now_ms });
    }

    pub(super) fn machine_done(&mut self, key: u64, task: u32) {
        self.machines_free += 1;
        if let Some(open) = self.cases.get_mut(&key)
            && let Some(at) = open.in_hand.iter().position(|it| it.task == task)
        {
            let InHand { verdict, began_ms, .. } = open.in_hand.swap_remove(at);
            self.complete(key, task, verdict, &MACHINE, began_ms);
        }
        if let Some((key, task)) = self.machine_queue.pop_front() {
            self.machine_ready(key, task);
        }
    }

    fn case_closed(&mut self, key: u64) {
        let Some(mut open) = self.cases.remove(&key) else { return };
        self.cases_inside.goes(self.now_ms);
        for it in &open.waiting {
            self.queues.leaves(it.queue);
        }
        if self.is_warm(open.came_ms) {
            let counts = &mut self.report.cases[open.source];
            *counts.ended.entry(open.case.status).or_default() += 1;
            let hours_ms = self.model.calendar.business_millis_between(open.came_ms, self.now_ms).unwrap_or(0);
            counts.hours += hours_ms as f64 / 3_600_000.0;
        }
        open.clear();
        self.closed.push(open);
    }

    /// Counts the lights of clocks that still run, and the cases that nobody may go on with.
    pub(super) fn close_books(&mut self) {
        for open in self.cases.values().filter(|open| open.came_ms >= self.warm_ms) {
            let workflow = &self.model.workflows[open.workflow];
            for waiting in &open.waiting {
                let (Some(step), queue) = (open.case.task(waiting.task), self.queues.name(waiting.queue)) else {
                    continue;
                };
                let mut able = self.model.seats.iter().filter(|seat| seat.queues.contains(queue)).peekable();
                let is_barred = |by: &Arc<str>| barred(workflow, &open.case, step).any(|(who, _)| who == by);
                if able.peek().is_some() && able.all(|seat| is_barred(&seat.by)) {
                    *self.report.stuck.entry((open.source, queue.to_string())).or_default() += 1;
                }
            }
            let running = |part: &&onething_engine::case::Part| {
                part.status == PartStatus::Running
                    && part.ledger.started_at().is_some()
                    && part.ledger.ended_at().is_none()
            };
            for part in open.case.parts.iter().filter(running) {
                *self.report.cases[open.source].lights.entry(part.light).or_default() += 1;
            }
        }
    }
}
