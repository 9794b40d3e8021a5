//! Rows of a log become cases and visits, or a list of what does not fit the definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onething_engine::calendar::{Calendar, Millis};
use onething_engine::definition::{Node, SERVICE_QUEUE};
use onething_engine::diagnostic::Diagnostic;
use onething_engine::{Checked, Workflow};

use super::Wishes;
use crate::eventlog::{ARRIVE, CALLED, FOUND_MAX, GAVE_UP, MISSED, NO_STEPS, Row, SUBMIT, TURNED_AWAY, place};
use crate::scenario::workers;

/// What somebody came for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// A package or a matter.
    Package(Arc<str>),
    /// A visit without a case, by what it is about, and its queue.
    Visit(Arc<str>, Option<Arc<str>>),
}

impl Subject {
    pub(super) fn name(&self) -> &Arc<str> {
        match self {
            Self::Package(name) | Self::Visit(name, _) => name,
        }
    }
}

/// One case or visit.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) subject: Subject,
    pub(super) arrived_ms: Millis,
    /// Whether they came to a window; `None`: the log does not say.
    pub(super) window: Option<bool>,
    /// When the work on it began that the applicant came for.
    pub(super) taken_up_ms: Option<Millis>,
    pub(super) gave_up_ms: Option<Millis>,
    /// What was done, in order of time.
    pub(super) done: Vec<Done>,
}

/// Something done.
#[derive(Clone, Debug)]
pub(super) struct Done {
    /// The step as `file/step`; of a visit, its name.
    pub(super) step: Arc<str>,
    /// Minutes of work, as a scenario counts them.
    pub(super) minutes: Option<f64>,
    pub(super) ended_ms: Millis,
    pub(super) by: Option<Arc<str>>,
    pub(super) outcome: Option<Arc<str>>,
}

/// Every case and visit of a log.
pub(super) fn cases(
    rows: &[Row],
    wishes: &Wishes<'_>,
    known: &Checked,
    calendar: &Calendar,
) -> Result<Vec<Seen>, Vec<Diagnostic>> {
    let mut reading =
        Reading { wishes, known, calendar, found: Vec::new(), told: BTreeSet::new(), steps: BTreeMap::new() };
    let mut by_case: BTreeMap<&Arc<str>, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_case.entry(&row.case).or_default().push(row);
    }
    let mut seen: Vec<Seen> = by_case.into_values().filter_map(|rows| reading.case(rows)).collect();
    if seen.is_empty() && reading.found.is_empty() {
        let (zh, en) = ("日志里没有办件，也没有来访", "the log holds neither a case nor a visit");
        reading.found.push(Diagnostic::error("E-LOG-015", place(wishes.log, (1, 0, "")), zh, en));
    }
    if !reading.found.is_empty() {
        return Err(reading.found);
    }
    seen.sort_by_key(|it| it.arrived_ms);
    Ok(seen)
}

struct Reading<'a> {
    wishes: &'a Wishes<'a>,
    known: &'a Checked,
    calendar: &'a Calendar,
    found: Vec<Diagnostic>,
    /// What was found wrong already: the same name is told once.
    told: BTreeSet<PackageAndName>,
    /// Names in the log, by package, as steps; `None`: not to be looked at.
    steps: BTreeMap<PackageAndName, Option<(Arc<str>, &'a Node)>>,
}

type PackageAndName = (Arc<str>, Arc<str>);

impl<'a> Reading<'a> {
    fn wrong(&mut self, finding: Diagnostic) {
        if self.found.len() < FOUND_MAX {
            self.found.push(finding);
        }
    }

    fn case(&mut self, mut rows: Vec<&Row>) -> Option<Seen> {
        rows.sort_by_key(|row| row.ended_ms);
        let package = rows.iter().find_map(|row| row.package.clone()).or_else(|| self.wishes.package.map(Arc::from));
        if let Some(other) = rows.iter().find(|row| row.package.is_some() && row.package != package) {
            let at = place(self.wishes.log, (other.line as usize, 0, "package"));
            let (zh, en) = (
                format!("办件 {} 属于两个套餐", other.case),
                format!("the case {} belongs to two packages", other.case),
            );
            self.wrong(Diagnostic::error("E-LOG-012", at, zh, en));
            return None;
        }
        let subject = match &package {
            Some(id) => Subject::Package(self.package(id, rows[0].line)?),
            None => {
                let visit = rows.iter().find(|row| !NO_STEPS.contains(&&*row.activity));
                let queue = rows.iter().find_map(|row| row.queue.clone());
                let left = rows.iter().find(|row| [GAVE_UP, TURNED_AWAY, MISSED].contains(&&*row.activity));
                let about = left.and_then(|row| row.outcome.clone());
                let name = visit.map(|row| row.activity.clone()).or(about).or_else(|| queue.clone());
                Subject::Visit(name?, queue)
            }
        };
        let moment = |name: &str| rows.iter().find(|row| &*row.activity == name).map(|row| row.ended_ms);
        let channel = rows.iter().find(|row| &*row.activity == ARRIVE).and_then(|row| row.outcome.as_deref());
        let mut seen = Seen {
            subject,
            arrived_ms: moment(ARRIVE)
                .or_else(|| moment(SUBMIT))
                .unwrap_or_else(|| rows.iter().map(|row| row.began_ms.unwrap_or(row.ended_ms)).min().unwrap_or(0)),
            window: channel.map(|channel| channel != "online"),
            taken_up_ms: moment(CALLED),
            gave_up_ms: moment(GAVE_UP),
            done: Vec::new(),
        };
        let first = rows[0];
        if self.calendar.is_open(seen.arrived_ms).is_err() {
            let year = self.calendar.date_of(seen.arrived_ms).year();
            let at = place(self.wishes.log, (first.line as usize, 0, ""));
            let (zh, en) = (format!("日历没有 {year} 年"), format!("the calendar does not cover {year}"));
            self.wrong(Diagnostic::error("E-LOG-014", at, zh, en));
            return None;
        }
        for row in rows {
            if NO_STEPS.contains(&&*row.activity) {
                continue;
            }
            let (step, node) = match &seen.subject {
                Subject::Visit(name, _) => (name.clone(), None),
                Subject::Package(id) => {
                    let Some((step, node)) = self.step(&id.clone(), row) else { continue };
                    (step, Some(node))
                }
            };
            let at_window = node.is_none_or(|node| matches!(node, Node::Intake { .. }));
            if at_window && seen.window.is_none() {
                // Who is served in the moment of handing in stands at the window.
                seen.window = row.began_ms.map(|began_ms| began_ms <= seen.arrived_ms);
            }
            if at_window && seen.taken_up_ms.is_none() {
                seen.taken_up_ms = row.began_ms;
            }
            let minutes = row.began_ms.and_then(|began_ms| self.minutes(began_ms, row, node));
            let (ended_ms, by, outcome) = (row.ended_ms, row.by.clone(), row.outcome.clone());
            seen.done.push(Done { step, minutes, ended_ms, by, outcome });
        }
        Some(seen)
    }

    /// Minutes of work: in business hours, but for programs. What ends while the centre is closed was done through, as a
    /// person at a window is served to the end.
    fn minutes(&self, began_ms: Millis, row: &Row, node: Option<&Node>) -> Option<f64> {
        let through = (row.ended_ms - began_ms) as f64 / 60_000.0;
        let program = matches!(node, Some(Node::Service { .. }));
        if program || !self.calendar.is_open(row.ended_ms - 1).ok()? {
            return Some(through);
        }
        Some(self.calendar.business_millis_between(began_ms, row.ended_ms).ok()? as f64 / 60_000.0)
    }

    fn package(&mut self, id: &Arc<str>, line: u32) -> Option<Arc<str>> {
        if self.known.workflows.contains_key(&**id) {
            return Some(id.clone());
        }
        if self.told.insert((id.clone(), Arc::default())) {
            let (zh, en) = (format!("没有套餐或事项“{id}”"), format!("there is no package or matter \"{id}\""));
            let finding = Diagnostic::error("E-LOG-010", place(self.wishes.log, (line as usize, 0, "package")), zh, en);
            self.wrong(finding.did_you_mean(id, self.known.workflows.keys().map(String::as_str)));
        }
        None
    }

    /// The step that a row is about; `None` if it is none of ours to look at.
    fn step(&mut self, package: &Arc<str>, row: &Row) -> Option<(Arc<str>, &'a Node)> {
        let key = (package.clone(), row.activity.clone());
        if let Some(known) = self.steps.get(&key) {
            return known.clone();
        }
        let name = match self.wishes.names.get(&*row.activity) {
            Some(None) => {
                self.steps.insert(key, None);
                return None;
            }
            Some(Some(name)) => name.as_str(),
            None => &row.activity,
        };
        let known: &'a Checked = self.known;
        let steps: Vec<(&'a Node, String)> =
            timed(&known.workflows[&**package]).map(|(node, id, _)| (node, id)).collect();
        let is_meant = |id: &str| id == name || id.split_once('/').is_some_and(|(_, step)| step == name);
        let meant: Vec<&(&'a Node, String)> = steps.iter().filter(|(_, id)| is_meant(id)).collect();
        let step = match meant.as_slice() {
            [(node, id)] => Some((Arc::from(id.as_str()), *node)),
            several => {
                let (zh, en) = if several.is_empty() {
                    (
                        format!("套餐“{package}”没有步骤“{name}”"),
                        format!("the package \"{package}\" has no step \"{name}\""),
                    )
                } else {
                    let list = several.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>().join(", ");
                    (format!("“{name}”可以是：{list}"), format!("\"{name}\" may be any of {list}"))
                };
                let at = place(self.wishes.log, (row.line as usize, 0, "activity"));
                let finding = Diagnostic::error("E-LOG-011", at, zh, en);
                let activity = &row.activity;
                self.wrong(finding.did_you_mean(name, steps.iter().map(|(_, id)| id.as_str())).or_help(
                    format!("用 --map '{activity}=文件/步骤' 指定，或用 --map '{activity}=' 略过"),
                    format!("name it with --map '{activity}=file/step', or leave it out with --map '{activity}='"),
                ));
                None
            }
        };
        self.steps.insert(key, step.clone());
        step
    }
}

/// The steps of a package that take time: the node, its name as `file/step`, its queue.
pub(super) fn timed(workflow: &Workflow) -> impl Iterator<Item = (&Node, String, Option<String>)> {
    let worked: BTreeMap<String, String> = workers(workflow).collect();
    let steps: Vec<(&Node, String, Option<String>)> = crate::scenario::steps(workflow)
        .filter_map(|(node, id)| {
            let queue = worked.get(&id).cloned();
            let waits = matches!(node, Node::Collect { .. } | Node::Wait { .. });
            (queue.is_some() || waits).then_some((node, id, queue))
        })
        .collect();
    steps.into_iter()
}

/// Whether people serve a queue.
pub(super) fn is_for_people(queue: &str) -> bool {
    !queue.starts_with(SERVICE_QUEUE)
}
