//! Who works at the centre, as far as a log tells: whoever did something, by the name before the number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onething_engine::Checked;
use onething_engine::calendar::Calendar;
use onething_engine::definition::Node;

use super::cases::{Seen, Subject, is_for_people, timed};
use crate::scenario::{GroupKind, StaffGroup};

/// What one group was seen to do.
#[derive(Default)]
struct Group {
    queues: BTreeSet<String>,
    /// Who of it worked on each day.
    days: BTreeMap<i32, BTreeSet<Arc<str>>>,
    takes_people: bool,
    only_hands_over: Option<bool>,
}

/// The groups of everybody who did something; as many seats as ever worked on one day.
pub(super) fn staff(seen: &[Seen], known: &Checked, calendar: &Calendar) -> Vec<StaffGroup> {
    let mut queues: BTreeMap<String, (String, bool, bool)> = BTreeMap::new();
    for it in seen {
        let Subject::Package(id) = &it.subject else { continue };
        let Some(workflow) = known.workflows.get(&**id).filter(|_| !queues.contains_key(&format!("{id}/"))) else {
            continue;
        };
        queues.insert(format!("{id}/"), Default::default());
        for (node, step, queue) in timed(workflow) {
            let intake = matches!(node, Node::Intake { .. });
            let hands_over = matches!(node, Node::Issue { .. } | Node::Deliver { .. });
            if let Some(queue) = queue.filter(|queue| is_for_people(queue)) {
                queues.insert(step, (queue, intake, hands_over));
            }
        }
    }
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for it in seen {
        for done in &it.done {
            let Some(by) = &done.by else { continue };
            let visit = match &it.subject {
                Subject::Visit(_, queue) => queue.as_deref().map(|queue| (queue.to_owned(), true, false)),
                Subject::Package(_) => None,
            };
            let Some((queue, people, hands_over)) = queues.get(&*done.step).cloned().or(visit) else { continue };
            let group = groups.entry(group_of(by).to_owned()).or_default();
            group.queues.insert(queue);
            group.takes_people |= people;
            group.only_hands_over = Some(group.only_hands_over.unwrap_or(true) && hands_over);
            let date = calendar.date_of(done.ended_ms);
            group
                .days
                .entry(i32::from(date.year()) * 400 + i32::from(date.day_of_year()))
                .or_default()
                .insert(by.clone());
        }
    }
    groups
        .into_iter()
        .map(|(name, seen)| {
            let kind = match (seen.takes_people, seen.only_hands_over) {
                (true, _) => GroupKind::Window,
                (false, Some(true)) => GroupKind::Issuing,
                _ => GroupKind::Desk,
            };
            let seats = seen.days.values().map(BTreeSet::len).max().unwrap_or(0).min(1000) as u32;
            group(name, kind, seats, seen.queues.into_iter().collect())
        })
        .collect()
}

/// One seat for each queue that the packages of the log have and at which it saw nobody: a way that no case took.
pub(super) fn unseen(seen: &[Seen], known: &Checked, staff: &[StaffGroup]) -> Vec<StaffGroup> {
    let served: BTreeSet<&String> = staff.iter().flat_map(|it| &it.queues).collect();
    let packages: BTreeSet<&Arc<str>> = seen
        .iter()
        .filter_map(|it| match &it.subject {
            Subject::Package(id) => Some(id),
            Subject::Visit(..) => None,
        })
        .collect();
    let mut queues: BTreeMap<String, GroupKind> = BTreeMap::new();
    for workflow in packages.into_iter().filter_map(|id| known.workflows.get(&**id)) {
        for (node, _, queue) in timed(workflow) {
            let kind = match node {
                Node::Intake { .. } => GroupKind::Window,
                Node::Issue { .. } | Node::Deliver { .. } => GroupKind::Issuing,
                _ => GroupKind::Desk,
            };
            if let Some(queue) = queue.filter(|queue| is_for_people(queue) && !served.contains(queue)) {
                queues.entry(queue).or_insert(kind);
            }
        }
    }
    queues.into_iter().map(|(queue, kind)| group(queue.clone(), kind, 1, vec![queue])).collect()
}

/// A group of which no more is known.
fn group(name: String, kind: GroupKind, seats: u32, queues: Vec<String>) -> StaffGroup {
    StaffGroup {
        name,
        kind,
        seats,
        people: None,
        target: None,
        queues,
        hours: Vec::new(),
        roster: Vec::new(),
        sick: 0.0,
        takes: 1.0,
        cost_hour: 1.0,
    }
}

/// The name before the number of a seat: `综窗` of `综窗-3`, and of `综窗-3@9f`, which a worker calls its own.
pub(super) fn group_of(seat: &str) -> &str {
    let seat = seat.split('@').next().unwrap_or(seat);
    match seat.rsplit_once('-') {
        Some((group, number)) if !group.is_empty() && number.bytes().all(|it| it.is_ascii_digit()) => group,
        _ => seat,
    }
}
