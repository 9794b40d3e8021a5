//! What people do: windows accept, departments review and decide, the applicant supplies.

use std::sync::Arc;

use super::{Draft, Open};
use crate::application::says_something;
use crate::case::{Case, Obtained, Outcome, Purpose, Task};
use crate::definition::{Node, NoticeTo, Title};
use crate::event::{Event, Letter};
use crate::rejection::{Problem, Rejection};
use crate::workflow::Workflow;

/// The remedies a refusal names (行政许可法 38 ¶2).
const REMEDIES: [&str; 2] = ["申请行政复议", "提起行政诉讼"];
/// Who completes an intake that nobody completed in time.
const BY_LAW: &str = "法定默示受理";

impl Draft<'_> {
    pub(super) fn complete(
        &mut self,
        id: u32,
        outcome: Outcome,
        reason: Option<&Arc<str>>,
        lacking: &[Arc<str>],
    ) -> Result<(), Rejection> {
        let task = self.open_task_named(id)?;
        let node = self.node(task);
        let (intake, decision) = (matches!(node, Node::Intake { .. }), matches!(node, Node::Decide { .. }));
        let Some(standard) = outcomes(node) else {
            return Err(Rejection::new(
                "R-TASK-002",
                "这一步在等待申请人、消息或时间，不由人完成",
                "this step waits for the applicant, a message or a time: nobody completes it",
            ));
        };
        let declared = node.declared().iter().find(|declared| declared.id == outcome.word());
        if declared.is_none() && !(node.declared().is_empty() && standard.contains(&outcome)) {
            let words = node.outcomes();
            return Err(Rejection::new(
                "R-TASK-003",
                format!("结果“{}”不适用于这一步，须为：{}", outcome.word(), words.join("、")),
                format!("the outcome \"{}\" does not fit this step, which takes: {}", outcome.word(), words.join(", ")),
            ));
        }
        if task.has_incident {
            return Err(Rejection::new(
                "R-TASK-005",
                "这一步出了故障，先重试或人工处理",
                "this step has an incident: retry it or resolve it by hand first",
            ));
        }
        let by_law = matches!(outcome, Outcome::Refused | Outcome::NotAccepted);
        let needs_reason = by_law || declared.is_some_and(|declared| declared.reason_required);
        if (needs_reason || reason.is_some()) && !says_something(reason) {
            return Err(if declared.is_some() {
                Rejection::new(
                    "R-TASK-004",
                    format!("结果“{}”须写明理由，且不超过 4000 字节", outcome.word()),
                    format!("the outcome \"{}\" needs reasons, in at most 4000 bytes", outcome.word()),
                )
            } else {
                Rejection::new(
                    "R-TASK-004",
                    "须写明理由（行政许可法第三十二条、第三十八条），且不超过 4000 字节",
                    "reasons must be given (Administrative Licensing Law, articles 32 and 38), in at most 4000 bytes",
                )
            });
        }
        self.different_people(id)?;
        match outcome {
            Outcome::Accepted => {
                let missing = self.case.missing();
                if !missing.is_empty() {
                    return Err(Rejection::new(
                        "R-INTAKE-001",
                        "材料不齐，不能受理：请一次性告知补正",
                        "materials are missing, so the application cannot be accepted: tell the applicant, once, what is missing",
                    )
                    .with(missing.iter().map(|id| self.missing_problem(id)).collect()));
                }
                self.close_task(task, outcome, reason)?;
                self.accept(self.now, false)
            }
            Outcome::Supplement => {
                self.ask_supplement(lacking)?;
                self.close_task(task, outcome, reason)
            }
            _ if intake => {
                self.end_timer(Purpose::Silence);
                self.close_task(task, outcome, reason)
            }
            _ if decision => {
                let remedies: &[&str] = if outcome == Outcome::Refused { &REMEDIES } else { &[] };
                self.decided(task.part, outcome, reason, remedies);
                self.end_clock(task.part)?;
                self.close_task(task, outcome, reason)
            }
            _ => self.close_task(task, outcome, reason),
        }
    }

    /// The one-time notice (行政许可法 32(4)): all that is missing, once.
    fn ask_supplement(&mut self, lacking: &[Arc<str>]) -> Result<(), Rejection> {
        if let Some(told) = &self.case.supplement {
            return Err(Rejection::new(
                "R-INTAKE-002",
                format!("已经一次性告知过（{}），不能再次要求补正", told.join("、")),
                format!("the applicant was told once already ({}): asking again is not allowed", told.join(", ")),
            ));
        }
        let unknown: Vec<Problem> = lacking
            .iter()
            .filter(|id| !self.case.required.iter().any(|known| *known == ***id))
            .map(|id| {
                Problem::new(
                    format!("materials.{id}"),
                    "这个申请不需要这份材料",
                    "this application does not need this material",
                )
            })
            .collect();
        if !unknown.is_empty() {
            return Err(Rejection::new(
                "R-INTAKE-003",
                "补正清单里有不需要的材料",
                "the list to supplement names materials that are not needed",
            )
            .with(unknown));
        }
        let mut materials = self.case.missing();
        for id in lacking {
            if !materials.contains(id) {
                materials.push(id.clone());
            }
        }
        if materials.is_empty() {
            return Err(Rejection::new(
                "R-INTAKE-004",
                "材料齐全，没有需要补正的：请受理，或指明哪些材料不合法定形式",
                "nothing is missing: accept the application, or name the materials that are not in legal form",
            ));
        }
        self.end_timer(Purpose::Silence);
        self.emit(Event::SupplementAsked { materials });
        Ok(())
    }

    fn different_people(&self, task: u32) -> Result<(), Rejection> {
        let mut others = self.case.task(task).into_iter().flat_map(|task| barred(self.workflow, self.case, task));
        match others.find(|(who, _)| ***who == **self.by) {
            None => Ok(()),
            Some((_, id)) => Err(Rejection::new(
                "R-TASK-006",
                format!("“{}”办过步骤“{id}”，不能再办这一步：须由另一人办理", self.by),
                format!("\"{}\" did the step \"{id}\", so somebody else must do this one", self.by),
            )),
        }
    }

    pub(super) fn accept_by_silence(&mut self) -> Result<(), Rejection> {
        let is_intake = |task: &Open| matches!(self.node(*task), Node::Intake { .. });
        let intake = self.case.tasks.iter().map(Open::from).find(is_intake);
        let letter = Letter {
            title: Title::new("默示受理预警", "Accepted by silence"),
            text: Title::new(
                "收件后五个工作日内没有告知，依行政许可法第三十二条自收到之日起即为受理。",
                "Nobody answered within five working days, so the application is accepted from the day of receipt (Administrative Licensing Law, article 32).",
            ),
        };
        self.emit(Event::NoticeSent { part: 0, step: "".into(), to: NoticeTo::Department, letter: Arc::new(letter) });
        self.accept(self.case.received_at, true)?;
        match intake {
            Some(task) => self.close_task_by(task, Outcome::Accepted, None, &BY_LAW.into()),
            None => Ok(()),
        }
    }

    pub(super) fn supply(&mut self, materials: &[Arc<str>]) -> Result<(), Rejection> {
        let missing = self.case.missing();
        let strange: Vec<Problem> = materials
            .iter()
            .enumerate()
            .filter(|(index, id)| !missing.contains(id) || materials[..*index].contains(id))
            .map(|(_, id)| {
                Problem::new(format!("materials.{id}"), "没有要求这份材料", "this material was not asked for")
            })
            .collect();
        if materials.is_empty() || !strange.is_empty() {
            let (zh, en) = if missing.is_empty() {
                ("这个办件没有要补交的材料".to_owned(), "no material of this case is missing".to_owned())
            } else {
                let titles: Vec<_> = missing.iter().map(|id| (id, self.material_title(id))).collect();
                let zh: Vec<String> = titles.iter().map(|(id, title)| format!("{}（{id}）", title.zh)).collect();
                let en: Vec<String> = titles.iter().map(|(id, title)| format!("{} ({id})", title.en)).collect();
                (format!("请提交要求的材料：{}", zh.join("、")), format!("hand in what is missing: {}", en.join(", ")))
            };
            return Err(Rejection::new("R-SUPPLY-001", zh, en).with(strange));
        }
        for id in materials {
            let known = self.case.required.iter().find(|known| **known == **id);
            if let Some(known) = known.copied() {
                self.obtained(known, Obtained::Supplement);
            }
        }
        if self.case.is_complete() {
            let collects = |task: &Open| matches!(self.node(*task), Node::Collect { .. });
            for task in self.case.tasks.iter().map(Open::from).filter(collects).collect::<Vec<_>>() {
                self.close_task(task, Outcome::Supplied, None)?;
            }
        }
        Ok(())
    }

    fn missing_problem(&self, id: &Arc<str>) -> Problem {
        let Title { zh, en } = self.material_title(id);
        Problem::new(format!("materials.{id}"), format!("缺少：{zh}"), format!("missing: {en}"))
    }

    fn material_title(&self, id: &Arc<str>) -> Title {
        let plan = self.workflow.materials().iter().find(|plan| *plan.material.id == **id);
        plan.map_or_else(|| Title::new(&**id, &**id), |plan| plan.material.title.clone())
    }
}

/// Who may not do an open step, each with the step they did: separation of duties, at the time of the action and against
/// the history (行政许可法 34, 48 and practice). Who accepted never decides; the rest stands in the definition.
pub fn barred<'a>(
    workflow: &'a Workflow,
    case: &'a Case,
    task: &Task,
) -> impl Iterator<Item = (&'a Arc<str>, &'a Arc<str>)> {
    let (part, step) = (task.part, workflow.plan(task.part).graph.step(task.node));
    let acceptors = if matches!(step.node, Node::Decide { .. }) { workflow.plan(0).graph.intakes() } else { &[] };
    let named = step.different_from.iter().map(move |node| (part, *node));
    named.chain(acceptors.iter().map(|node| (0, *node))).filter_map(|(part, node)| {
        let done = case.part(part)?.outcome(node)?;
        Some((done.by.as_ref()?, &workflow.plan(part).graph.step(node).id))
    })
}

/// The outcomes with which a person or a handler completes a step whose author declared none; `None` for steps that wait.
fn outcomes(node: &Node) -> Option<&'static [Outcome]> {
    match node {
        Node::Intake { .. } => Some(&[Outcome::Accepted, Outcome::Supplement, Outcome::NotAccepted]),
        Node::Review { .. } => Some(&[Outcome::Passed, Outcome::Failed]),
        Node::Decide { .. } => Some(&[Outcome::Granted, Outcome::Refused]),
        Node::Service { .. } => Some(&[Outcome::Done]),
        Node::Issue { .. } => Some(&[Outcome::Issued]),
        Node::Deliver { .. } => Some(&[Outcome::Delivered]),
        _ => None,
    }
}
