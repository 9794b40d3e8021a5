//! Applying events: total, without a workflow, a clock or chance, so that a history replays for ever.

use std::sync::Arc;

use crate::calendar::Millis;
use crate::case::{Acceptance, Case, Done, Issued, Part, PartStatus, Status, Task, Timer};
use crate::clock::Entry;
use crate::elsewhere::{Elsewhere, Report};
use crate::event::Event;
use crate::net::EdgeSet;

/// Applies one event that happened at a moment.
pub fn apply(case: &mut Case, event: &Event, at: Millis) {
    apply_known(case, event, at);
}

/// The same, for who knows which event it is: the others are left out when it is compiled.
#[inline(always)]
pub(crate) fn apply_known(case: &mut Case, event: &Event, at: Millis) {
    case.version += 1;
    match event {
        Event::Submitted(application) => {
            case.application = application.clone();
            case.required.clone_from(&application.required);
            case.received_at = at;
            case.status = Status::Received;
        }
        Event::HandedOver { .. } => case.elsewhere = Some(Arc::new(Elsewhere { sent_at: at, ..Elsewhere::default() })),
        Event::Reported(report) => reported(case, report, at),
        Event::WithdrawalAsked { .. } => elsewhere(case).withdrawing = true,
        Event::Declined { .. } => elsewhere(case).withdrawing = false,
        Event::HandedOut { .. } | Event::ResultsSent => {}
        Event::PartOpened { part, .. } => {
            let slot = part_slot(case, *part);
            *slot = Part { status: PartStatus::Running, ..Part::default() };
        }
        Event::Moved { part, taken, put, .. } => move_tokens(case, *part, taken, put),
        Event::TaskOpened { task, part, node, queue, .. } => {
            case.next_task = case.next_task.max(task + 1);
            case.tasks.push(Task {
                id: *task,
                part: *part,
                node: *node,
                queue: queue.clone(),
                opened_at: at,
                failures: 0,
                incident: None,
            });
        }
        Event::TaskClosed { task, outcome, by, .. } => {
            if let Some(index) = case.tasks.iter().position(|open| open.id == *task) {
                let task = case.tasks.remove(index);
                let done = Done { node: task.node, outcome: *outcome, by: by.clone() };
                record(part_slot(case, task.part), done);
            }
        }
        Event::TaskWithdrawn { task } => case.tasks.retain(|open| open.id != *task),
        Event::Passed { part, node, outcome } => {
            record(part_slot(case, *part), Done { node: *node, outcome: *outcome, by: Arc::default() });
        }
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
                Arc::make_mut(&mut case.required).push(material.clone());
            }
        }
        Event::MaterialObtained { material, from } => {
            Arc::make_mut(&mut case.materials).insert(material.clone(), *from);
        }
        Event::SupplementAsked { materials } => {
            Arc::make_mut(&mut case.materials).retain(|id, _| !materials.contains(id));
            case.supplement = Some(materials.clone());
            case.status = Status::AwaitingSupplement;
        }
        Event::Accepted { at, by_silence } => {
            case.accepted = Some(Acceptance { at: *at, by_silence: *by_silence });
            case.status = Status::Accepted;
        }
        Event::ClockStarted { part, at, .. } => part_slot(case, *part).ledger.record(Entry::started(*at)),
        Event::ClockStopped { part, reason, basis } => {
            part_slot(case, *part).ledger.record(Entry::stopped(at, *reason, basis.clone()));
        }
        Event::ClockResumed { part, reason } => part_slot(case, *part).ledger.record(Entry::resumed(at, *reason)),
        Event::ClockEnded { part } => part_slot(case, *part).ledger.record(Entry::ended(at)),
        Event::LightChanged { part, light } => part_slot(case, *part).light = *light,
        Event::TimerSet { timer, due, purpose } => {
            case.next_timer = case.next_timer.max(timer + 1);
            case.timers.push(Timer { id: *timer, due: *due, purpose: *purpose });
        }
        Event::TimerEnded { timer } => case.timers.retain(|running| running.id != *timer),
        Event::NoticeSent { .. } | Event::Decided { .. } => {}
        Event::ResultIssued { part, result, number } => {
            case.results.insert(result.clone(), Issued { part: *part, number: number.clone(), at });
        }
        Event::PartClosed { part, outcome } => part_slot(case, *part).status = PartStatus::Closed(*outcome),
        Event::Closed { status, .. } => {
            case.status = *status;
            case.tasks.clear();
            case.timers.clear();
        }
    }
}

fn move_tokens(case: &mut Case, part: u8, taken: &EdgeSet, put: &EdgeSet) {
    let slot = part_slot(case, part);
    slot.marking = slot.marking.without(taken).with(put);
}

/// What [`Event::Moved`] does, for whoever does not need the event.
pub(crate) fn apply_moved(case: &mut Case, part: u8, taken: &EdgeSet, put: &EdgeSet) {
    case.version += 1;
    move_tokens(case, part, taken, put);
}

fn elsewhere(case: &mut Case) -> &mut Elsewhere {
    Arc::make_mut(case.elsewhere.get_or_insert_default())
}

/// The case stands here as it does where it is decided.
fn reported(case: &mut Case, report: &Arc<Report>, at: Millis) {
    if let Some(asked) = report.supplement.as_ref().filter(|_| case.supplement.is_none()) {
        Arc::make_mut(&mut case.materials).retain(|id, _| !asked.contains(id));
        let required = Arc::make_mut(&mut case.required);
        for id in asked.iter().filter(|id| !required.contains(id)).cloned().collect::<Vec<_>>() {
            required.push(id);
        }
    }
    case.supplement.clone_from(&report.supplement);
    case.status = report.status;
    case.accepted = report.accepted;
    case.results.clone_from(&report.results);
    elsewhere(case).told = Some((report.clone(), at));
}

fn part_slot(case: &mut Case, part: u8) -> &mut Part {
    let index = usize::from(part);
    if case.parts.len() <= index {
        case.parts.resize_with(index + 1, Part::default);
    }
    &mut case.parts[index]
}

fn record(part: &mut Part, done: Done) {
    match part.done.iter_mut().find(|known| known.node == done.node) {
        Some(known) => *known = done,
        None => part.done.push(done),
    }
}
