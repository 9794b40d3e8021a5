//! Where a running case stands, as marks on the picture of the definition it is pinned to.

use std::sync::Arc;

use onething_engine::Workflow;
use onething_engine::calendar::Millis;
use onething_engine::case::{Case, Outcome, PartStatus};
use onething_engine::definition::Title;
use onething_engine::diagnostic::closest;
use onething_engine::event::Event;
use onething_store::CentreId;
use onething_worker::{Centre, Recorded, WallClock};

use crate::commands::case;
use crate::draw::{Mark, Marks, Sketch, State};
use crate::exit::{Failure, REFUSED, wait_for};
use crate::files::Library;
use crate::place::Place;
use crate::words;

/// The case, what it is pinned to, and all that happened to it.
pub(super) struct Running {
    pub(super) number: String,
    pub(super) workflow: Arc<Workflow>,
    pub(super) case: Case,
    history: Vec<Recorded>,
}

/// Reads a case.
pub(super) fn read(number: &str, place: &Place, centre: &str, library: &Library) -> Result<Running, Failure> {
    place.must_exist()?;
    let calendar = library.calendar("cn")?;
    wait_for(async {
        let store = place.open_with(None).await?;
        let centre = Centre::new(CentreId::from(centre), store, calendar, Arc::new(WallClock));
        let case = case::known(&centre, number).await?;
        let workflow = centre.workflow(&case.application.definition).await?;
        let history = case::records(&centre, number).await?.into_iter().map(|(_, recorded)| recorded).collect();
        Ok(Running { number: number.to_owned(), workflow, case, history })
    })
}

impl Running {
    /// The part that a matter's id names; the package itself without one.
    pub(super) fn part(&self, matter: Option<&str>) -> Result<usize, Failure> {
        let Some(matter) = matter else { return Ok(0) };
        let plans = self.workflow.plans();
        plans.iter().position(|plan| *plan.id == *matter).ok_or_else(|| {
            let known: Vec<&str> = plans.iter().map(|plan| &*plan.id).collect();
            let meant = closest(matter, known.iter().copied());
            let zh = meant.map(|name| format!("，是否想写“{name}”？")).unwrap_or_default();
            let en = meant.map(|name| format!(": did you mean \"{name}\"?")).unwrap_or_default();
            Failure::new(
                REFUSED,
                format!("办件 {} 里没有事项“{matter}”{zh}（有：{}）", self.number, known.join("、")),
                format!("the case {} has no matter \"{matter}\"{en}", self.number),
            )
        })
    }

    /// Where it stands, on the picture of one of its parts.
    pub(super) fn marks(&self, sketch: &Sketch, part: usize) -> Marks {
        let mut marks = Marks { only: vec![part], ..Marks::default() };
        let Ok(nth) = u8::try_from(part) else { return marks };
        marks.facts.insert(part, self.facts(nth));
        self.passed(sketch, part, &mut marks);
        let graph = &self.workflow.plan(nth).graph;
        let Some(running) = self.case.part(nth) else { return marks };
        let mut at = |node: u16| std::mem::take(marks.steps.entry((part, usize::from(node))).or_default());
        let mut steps = Vec::new();
        for task in self.case.tasks.iter().filter(|task| task.part == nth) {
            let mut mark = Mark { state: Some(State::Open), ..at(task.node) };
            let since = words::minute(task.opened_at);
            mark.remarks.push(Title::new(format!("自 {since} 在办"), format!("open since {since}")));
            if let Some(incident) = &task.incident {
                mark.remarks.push(Title::new(format!("故障：{incident}"), format!("incident: {incident}")));
            }
            steps.push((task.node, mark));
        }
        for (node, _) in graph.steps() {
            let Some(other) = self.workflow.part_of(node).filter(|_| part == 0) else { continue };
            steps.push((node, self.matter(other, at(node))));
        }
        for edge in running.marking.iter() {
            let node = graph.ends(edge).1;
            let open = self.case.tasks.iter().any(|task| (task.part, task.node) == (nth, node));
            let way = sketch.parts[part].ways.iter().position(|way| way.index == usize::from(edge));
            if let (false, None, Some(way)) = (open, self.workflow.part_of(node).filter(|_| part == 0), way) {
                marks.ways.entry((part, way)).or_default().state = Some(State::Waiting);
            }
        }
        for (node, mark) in steps {
            marks.steps.insert((part, usize::from(node)), mark);
        }
        marks
    }

    /// What a matter of the package has come to.
    fn matter(&self, part: u8, mut mark: Mark) -> Mark {
        if !self.case.application.chosen.contains(&part) {
            mark.remarks.push(Title::new("本件不办这一事项", "not part of this case"));
            return mark;
        }
        match self.case.part(part).map(|running| (running.status, running.light)) {
            Some((PartStatus::Closed(outcome), _)) => {
                mark.state = Some(State::Done);
                if mark.remarks.is_empty() {
                    mark.remarks.push(came(&outcome));
                }
            }
            Some((PartStatus::Running, light)) => {
                mark.state = Some(State::Open);
                let open = self.case.tasks.iter().filter(|task| task.part == part).count();
                let done = self.case.part(part).map_or(0, |running| running.done.len());
                mark.remarks.push(Title::new(
                    format!("已办 {done} 步，在办 {open} 步"),
                    format!("{done} steps done, {open} open"),
                ));
                mark.remarks.push(Title::new(
                    format!("监察灯：{}", light.zh()),
                    format!("supervision light: {}", light.word()),
                ));
            }
            _ if self.case.status.is_closed() => {
                mark.remarks.push(Title::new("未再办理", "not proceeded with"));
            }
            _ => mark.remarks.push(Title::new("尚未开始", "not begun")),
        }
        mark
    }

    /// The steps a token went through and the edges it took, from the history: the last time counts.
    fn passed(&self, sketch: &Sketch, part: usize, marks: &mut Marks) {
        let of = &sketch.parts[part];
        let mut outcomes: Vec<(usize, Outcome, Millis)> = Vec::new();
        for recorded in &self.history {
            let Event::Moved { part: nth, step, put, .. } = &recorded.event else { continue };
            if let Some(node) = of.find(step).filter(|_| usize::from(*nth) == part) {
                let taken = of.ways.iter().enumerate();
                let taken = taken.filter(|(_, way)| u16::try_from(way.index).is_ok_and(|edge| put.contains(edge)));
                for (way, _) in taken {
                    marks.ways.entry((part, way)).or_default().state = Some(State::Done);
                }
                marks.steps.entry((part, node)).or_default().state = Some(State::Done);
                let done = u16::try_from(node).ok().and_then(|node| self.case.part(*nth)?.outcome(node));
                outcomes.retain(|(known, _, _)| *known != node);
                outcomes.extend(done.map(|done| (node, done.outcome, recorded.at)));
            }
        }
        for (node, outcome, at) in outcomes {
            let declared = of.steps[node].node.iter().flat_map(|node| node.declared());
            let declared = declared.into_iter().find(|declared| declared.id == outcome.word());
            let came = declared.map_or_else(|| came(&outcome), |declared| declared.title.clone());
            let at = words::minute(at);
            let title = Title::new(format!("{at} {}", came.zh), came.en);
            marks.steps.entry((part, node)).or_default().remarks.push(title);
        }
    }

    fn facts(&self, part: u8) -> Vec<String> {
        let status = self.case.status;
        let mut facts = vec![
            format!("办件 case：{}", self.number),
            format!("状态 state：{} {}", status.zh(), status.word().replace('_', " ")),
            format!("收件 received：{}", words::minute(self.case.received_at)),
        ];
        if let Some(last) = self.history.last() {
            facts.push(format!("截至 as of：{}", words::minute(last.at)));
        }
        let light = self.case.part(part).filter(|part| part.status == PartStatus::Running).map(|part| part.light);
        facts.extend(light.map(|light| format!("监察灯 light：{} {}", light.zh(), light.word())));
        facts
    }
}

fn came(outcome: &Outcome) -> Title {
    Title::new(words::outcome(outcome), outcome.word().replace('_', " "))
}
