//! A case that another centre decides: the window here receives it, hands it over, and delivers what comes back. Nothing
//! of the procedure runs here, and no clock.

use std::sync::Arc;

use super::{Draft, Open};
use crate::application::says_something;
use crate::case::{Obtained, Outcome, Status};
use crate::command::{Action, Dossier, Submission};
use crate::definition::Node;
use crate::elsewhere::{CENTRE_BYTES_MAX, Counterpart, Origin, Report};
use crate::event::Event;
use crate::rejection::{Problem, Rejection};

impl Draft<'_> {
    /// An application that another centre shall decide.
    pub(super) fn entrust(&mut self, submission: &Submission, to: &Arc<str>) -> Result<(), Rejection> {
        let mut name = to.chars();
        if to.trim().is_empty() || to.len() > CENTRE_BYTES_MAX || name.any(char::is_control) {
            let (zh, en) = (
                format!("须为决定中心的名称，1 至 {CENTRE_BYTES_MAX} 字节"),
                format!("must name the deciding centre, in 1 to {CENTRE_BYTES_MAX} bytes"),
            );
            let problem = Problem::new("decided_at".to_owned(), zh, en);
            let (zh, en) = ("申请里决定中心的名称不对", "the application does not name a deciding centre rightly");
            return Err(Rejection::new("R-ELSEWHERE-001", zh, en).with(vec![problem]));
        }
        self.receive(submission, Some(Counterpart::Decides { centre: to.clone() }))?;
        match self.first(|node| matches!(node, Node::Intake { .. })) {
            Some(node) => {
                self.open_here(node);
                Ok(())
            }
            None => {
                self.hand_over();
                Ok(())
            }
        }
    }

    /// An application that another centre received. From here on it is as if it had been handed in here.
    pub(super) fn take_over(&mut self, submission: &Submission, origin: &Origin) -> Result<(), Rejection> {
        self.receive(submission, Some(Counterpart::Received(origin.clone())))?;
        self.begin()
    }

    /// A command to a case that another centre decides.
    pub(super) fn elsewhere(&mut self, to: &Arc<str>, action: &Action) -> Result<(), Rejection> {
        match action {
            Action::Complete { task, outcome, reason, .. } => self.complete_here(to, *task, *outcome, reason.as_ref()),
            Action::Report(report) => self.hear(report),
            Action::Declined { reason } => {
                let reason: Arc<str> = reason.clone();
                let unheard = self.case.elsewhere.as_ref().is_none_or(|it| it.told.is_none());
                self.emit(Event::Declined { reason: reason.clone() });
                if unheard {
                    self.close_case(Status::Returned, Some(reason));
                }
                Ok(())
            }
            Action::Supply { materials } => self.supply(materials),
            Action::Withdraw { reason } => self.ask_to_withdraw(reason),
            _ => Err(Rejection::new(
                "R-ELSEWHERE-002",
                format!("这个办件由 {to} 决定，请到那里办理"),
                format!("{to} decides this case: it is done there"),
            )),
        }
    }

    /// The results of an application received elsewhere were handed over there.
    pub(super) fn delivered(&mut self, by: &Arc<str>) -> Result<(), Rejection> {
        let deliver = |node: &Node| matches!(node, Node::Deliver { .. });
        let delivers = |task: &Open| task.part == 0 && deliver(self.node(*task));
        let waiting = self.case.tasks.iter().map(Open::from).find(delivers);
        match waiting {
            Some(task) => self.close_task_by(task, Outcome::Delivered, None, by),
            None => Err(Rejection::new(
                "R-ELSEWHERE-003",
                "这个办件没有在等待送达",
                "this case does not wait for its results to be delivered",
            )),
        }
    }

    fn complete_here(
        &mut self,
        to: &Arc<str>,
        id: u32,
        outcome: Outcome,
        reason: Option<&Arc<str>>,
    ) -> Result<(), Rejection> {
        let task = self.open_task_named(id)?;
        let (wanted, receives) = match self.node(task) {
            Node::Intake { .. } => (Outcome::Accepted, true),
            _ => (Outcome::Delivered, false),
        };
        if outcome != wanted {
            return Err(Rejection::new(
                "R-ELSEWHERE-004",
                format!("本中心代收、代送，受理与否由 {to} 决定：这一步的结果只能是 {}", wanted.word()),
                format!(
                    "this centre receives and delivers, and {to} decides: this step can only come to {}",
                    wanted.word()
                ),
            ));
        }
        if reason.is_some() && !says_something(reason) {
            return Err(Rejection::new(
                "R-TASK-004",
                "理由为空或超过 4000 字节",
                "the reason is empty or over 4000 bytes",
            ));
        }
        self.task_closed(id, outcome, self.by, reason);
        if receives {
            self.hand_over();
        }
        Ok(())
    }

    /// What the deciding centre says; an older word than the last one changes nothing, and is refused.
    fn hear(&mut self, report: &Report) -> Result<(), Rejection> {
        let told = self.case.elsewhere.as_ref().and_then(|it| it.told.as_ref());
        if told.is_some_and(|(known, _)| known.version >= report.version) {
            return Err(Rejection::new(
                "R-ELSEWHERE-005",
                "这一进度已经知道",
                "where the case stands is known already",
            ));
        }
        let reason = report.reason.clone().or_else(|| told.and_then(|(known, _)| known.reason.clone()));
        let report = Report { reason: reason.clone(), ..report.clone() };
        let (status, sent) = (report.status, report.sent);
        self.emit(Event::Reported(Arc::new(report)));
        if status.is_closed() {
            self.close_case(status, reason);
        } else if sent {
            match self.first(|node| matches!(node, Node::Deliver { .. })) {
                Some(node) => self.open_here(node),
                // A definition without a delivery: what was sent is in the applicant's hands.
                None => self.emit(Event::HandedOut { by: self.by.clone() }),
            }
        }
        Ok(())
    }

    fn ask_to_withdraw(&mut self, reason: &Arc<str>) -> Result<(), Rejection> {
        if !says_something(Some(reason)) {
            return Err(Rejection::new("R-TASK-004", "请写明撤回理由", "give a reason for withdrawing"));
        }
        match &self.case.elsewhere {
            None => self.close_case(Status::Withdrawn, Some(reason.clone())),
            Some(elsewhere) if elsewhere.withdrawing => {
                return Err(Rejection::new(
                    "R-ELSEWHERE-006",
                    "已经申请撤回，等待决定中心答复",
                    "a withdrawal was asked for already: the deciding centre will answer",
                ));
            }
            Some(_) => self.emit(Event::WithdrawalAsked { reason: reason.clone() }),
        }
        Ok(())
    }

    /// Sends what was received on its way.
    fn hand_over(&mut self) {
        let application = self.case.application.clone();
        let asked = |(id, _): &(&String, &crate::value::Value)| self.workflow.question(id).is_none();
        let brought =
            |from: &Obtained| matches!(from, Obtained::Applicant | Obtained::Commitment | Obtained::Supplement);
        let form = application.form.iter().filter(asked).map(|(id, value)| (id.clone(), value.clone())).collect();
        let materials = self.case.materials.in_order().into_iter().filter(|(_, from)| brought(from));
        let materials = materials.map(|(id, _)| id.as_str().into()).collect();
        let submission = Submission {
            number: application.number.clone(),
            applicant: application.applicant.clone(),
            class: application.class,
            dossier: Arc::new(Dossier { answers: application.answers.clone(), form: Arc::new(form), materials }),
        };
        self.emit(Event::HandedOver { submission: Box::new(submission) });
    }

    /// Opens a step of this centre's windows, without a token: nothing else of the graph runs here.
    fn open_here(&mut self, node: u16) {
        self.task_opened(0, node, self.workflow.plan(0).graph.step(node).queue);
    }

    fn first(&self, is: impl Fn(&Node) -> bool) -> Option<u16> {
        self.workflow.plan(0).graph.steps().find(|(_, step)| is(&step.node)).map(|(node, _)| node)
    }
}
