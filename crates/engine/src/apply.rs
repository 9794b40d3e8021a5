//! Applying events: total, without a workflow, a clock or chance, so that a history replays for ever.

use std::sync::Arc;

use crate::calendar::Millis;
use crate::case::{
    Acceptance, Application, Case, Done, Issued, Obtained, Outcome, Part, PartStatus, Status, Task, Timer,
};
use crate::clock::Entry;
use crate::definition::MaterialId;
use crate::elsewhere::{Elsewhere, Report};
use crate::event::Event;
use crate::net::EdgeSet;

/// As many steps as most parts have at most.
const DONE_USUAL: usize = 8;

/// Applies one event that happened at a moment.
pub fn apply(case: &mut Case, event: &Event, at: Millis) {
    apply_known(case, event, at);
}

/// The same, for who knows which event it is: the others are left out when it is compiled.
#[inline(always)]
pub(crate) fn apply_known(case: &mut Case, event: &Event, at: Millis) {
    case.version += 1;
    match event {
        Event::Submitted(application) => submit(case, application.clone(), at),
        Event::HandedOver { .. } => case.elsewhere = Some(Arc::new(Elsewhere { sent_at: at, ..Elsewhere::default() })),
        Event::Reported(report) => reported(case, report, at),
        Event::WithdrawalAsked { .. } => elsewhere(case).withdrawing = true,
        Event::Declined { .. } => elsewhere(case).withdrawing = false,
        Event::HandedOut { .. } | Event::ResultsSent => {}
        Event::PartOpened { part, .. } => open_part(case, *part),
        Event::Moved { part, taken, put, .. } => move_tokens(case, *part, taken, put),
        Event::TaskOpened { task, part, node, queue, .. } => {
            let (id, part, node, queue) = (*task, *part, *node, *queue);
            open_task(case, Task { id, part, node, queue, opened_at: at, failures: 0, incident: None });
        }
        Event::TaskClosed { task, outcome, by, .. } => close_task(case, *task, *outcome, by),
        Event::TaskWithdrawn { task } => case.tasks.retain(|open| open.id != *task),
        Event::Passed { part, node, outcome } => pass(case, *part, *node, *outcome),
        Event::Failed { task, .. } => {
            if let Some(open) = case.tasks.iter_mut().find(|open| open.id == *task) {
                open.failures += 1;
            }
        }
        Event::IncidentRaised { task, error } => {
            if let Some(open) = case.tasks.iter_mut().find(|open| open.id == *task) {
                open.incident = Some(error.clone());
            }
        }
        Event::IncidentResolved { task, .. } => {
            if let Some(open) = case.tasks.iter_mut().find(|open| open.id == *task) {
                open.incident = None;
                open.failures = 0;
            }
        }
        Event::MaterialRequired { material } => {
            if !case.required.contains(material) {
                case.required.push(*material);
            }
        }
        Event::MaterialObtained { material, from } => obtain(case, *material, *from),
        Event::SupplementAsked { materials } => {
            case.materials.strike(materials);
            case.supplement = Some(materials.clone());
            case.status = Status::AwaitingSupplement;
        }
        Event::Accepted { at, by_silence } => {
            case.accepted = Some(Acceptance { at: *at, by_silence: *by_silence });
            case.status = Status::Accepted;
        }
        Event::ClockStarted { part, at, .. } => part_slot(case, *part).ledger.record(Entry::started(*at)),
        Event::ClockStopped { part, reason, basis } => {
            part_slot(case, *part).ledger.record(Entry::stopped(at, *reason, *basis));
        }
        Event::ClockResumed { part, reason } => part_slot(case, *part).ledger.record(Entry::resumed(at, *reason)),
        Event::ClockEnded { part } => part_slot(case, *part).ledger.record(Entry::ended(at)),
        Event::LightChanged { part, light } => part_slot(case, *part).light = *light,
        Event::TimerSet { timer, due, purpose } => {
            set_timer(case, Timer { id: *timer, due: *due, purpose: *purpose });
        }
        Event::TimerEnded { timer } => end_timer(case, *timer),
        Event::NoticeSent { .. } | Event::Decided { .. } => {}
        Event::ResultIssued { part, result, number } => {
            issue(case, result, Issued { part: *part, number: number.clone(), at });
        }
        Event::PartClosed { part, outcome } => part_slot(case, *part).status = PartStatus::Closed(*outcome),
        Event::Closed { status, .. } => {
            case.status = *status;
            case.tasks.clear();
            case.timers.clear();
        }
    }
}

pub(crate) fn submit(case: &mut Case, application: Arc<Application>, at: Millis) {
    case.required.clear();
    case.required.extend_from_slice(&application.required);
    case.application = application;
    case.received_at = at;
    case.status = Status::Received;
}

pub(crate) fn move_tokens(case: &mut Case, part: u8, taken: &EdgeSet, put: &EdgeSet) {
    let slot = part_slot(case, part);
    slot.marking = slot.marking.without(taken).with(put);
}

pub(crate) fn open_part(case: &mut Case, part: u8) {
    *part_slot(case, part) = Part { status: PartStatus::Running, ..Part::default() };
}

pub(crate) fn open_task(case: &mut Case, task: Task) {
    case.next_task = case.next_task.max(task.id + 1);
    case.tasks.push(task);
}

pub(crate) fn close_task(case: &mut Case, task: u32, outcome: Outcome, by: &Arc<str>) {
    if let Some(index) = case.tasks.iter().position(|open| open.id == task) {
        let task = case.tasks.remove(index);
        record(
            part_slot(case, task.part),
            Done { node: task.node, outcome, by: Some(by.clone()).filter(|by| !by.is_empty()) },
        );
    }
}

pub(crate) fn pass(case: &mut Case, part: u8, node: u16, outcome: Outcome) {
    record(part_slot(case, part), Done { node, outcome, by: None });
}

pub(crate) fn obtain(case: &mut Case, material: MaterialId, from: Obtained) {
    case.materials.insert(material, from);
}

pub(crate) fn issue(case: &mut Case, result: &Arc<str>, issued: Issued) {
    case.results.insert(result.clone(), issued);
}

pub(crate) fn set_timer(case: &mut Case, timer: Timer) {
    case.next_timer = case.next_timer.max(timer.id + 1);
    case.timers.push(timer);
}

pub(crate) fn end_timer(case: &mut Case, timer: u32) {
    case.timers.retain(|running| running.id != timer);
}

fn elsewhere(case: &mut Case) -> &mut Elsewhere {
    Arc::make_mut(case.elsewhere.get_or_insert_default())
}

/// The case stands here as it does where it is decided.
fn reported(case: &mut Case, report: &Arc<Report>, at: Millis) {
    if let Some(asked) = report.supplement.as_ref().filter(|_| case.supplement.is_none()) {
        case.materials.strike(asked);
        for id in asked.iter().map(|id| MaterialId::from(id)) {
            if !case.required.contains(&id) {
                case.required.push(id);
            }
        }
    }
    case.supplement.clone_from(&report.supplement);
    case.status = report.status;
    case.accepted = report.accepted;
    case.results.clone_from(&report.results);
    elsewhere(case).told = Some((report.clone(), at));
}

pub(crate) fn part_slot(case: &mut Case, part: u8) -> &mut Part {
    let index = usize::from(part);
    if case.parts.len() <= index {
        case.parts.resize_with(index + 1, Part::default);
    }
    &mut case.parts[index]
}

fn record(part: &mut Part, done: Done) {
    match part.done.iter_mut().find(|known| known.node == done.node) {
        Some(known) => *known = done,
        None => {
            if part.done.is_empty() {
                part.done.reserve(DONE_USUAL);
            }
            part.done.push(done);
        }
    }
}
