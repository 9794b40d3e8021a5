//! How a step looks: its shape, its lines of text and how much room they take.

use onething_engine::Workflow;
use onething_engine::definition::{Node, NoticeTo, Title};

use super::text;

/// Size of the Chinese title, the English title, and what stands around them.
pub(super) const ZH: f64 = 14.0;
pub(super) const EN: f64 = 11.0;
pub(super) const SMALL: f64 = 10.5;
/// Size of a remark in Chinese, and the room above it.
pub(super) const REMARK: f64 = 12.0;
const GAP: f64 = 4.0;
/// Height of the strip with the mark and the role.
pub(super) const STRIP: f64 = 20.0;
/// Room left of the strip's text for the mark.
pub(super) const MARK: f64 = 22.0;

const TITLE_ROOM: f64 = 160.0;
const STRIP_ROOM: f64 = 190.0;
const LINES_MAX: usize = 5;
const GATEWAY: f64 = 42.0;
const CIRCLE: f64 = 40.0;

/// The shape of a step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Shape {
    Start,
    End,
    Parallel,
    Exclusive,
    Inclusive,
    Person,
    Applicant,
    Service,
    Wait,
    Notice,
    Matter,
}

/// A line of text of its own size.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) size: f64,
    /// Room above it.
    gap: f64,
}

/// A step as it is drawn.
pub(super) struct Card {
    pub(super) shape: Shape,
    /// What the strip says; empty when there is none.
    pub(super) strip: String,
    pub(super) lines: Vec<Line>,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Id, type and both titles in full, for the tooltip and the screen reader.
    pub(super) full: String,
}

impl Shape {
    pub(super) fn of(node: &Node) -> Self {
        match node {
            Node::Start { .. } => Self::Start,
            Node::End { .. } => Self::End,
            Node::Parallel { .. } => Self::Parallel,
            Node::Exclusive { .. } => Self::Exclusive,
            Node::Inclusive { .. } => Self::Inclusive,
            Node::Intake { .. }
            | Node::Review { .. }
            | Node::Decide { .. }
            | Node::Issue { .. }
            | Node::Deliver { .. } => Self::Person,
            Node::Collect { .. } => Self::Applicant,
            Node::Service { .. } => Self::Service,
            Node::Wait { .. } | Node::Timer { .. } => Self::Wait,
            Node::Notice { .. } => Self::Notice,
            Node::Matter { .. } => Self::Matter,
        }
    }

    /// How far inside its border the box stands: a matter's border is double.
    pub(super) fn inset(self) -> f64 {
        if self == Self::Matter { 3.5 } else { 0.0 }
    }

    pub(super) fn is_gateway(self) -> bool {
        matches!(self, Self::Parallel | Self::Exclusive | Self::Inclusive)
    }

    pub(super) fn is_circle(self) -> bool {
        matches!(self, Self::Start | Self::End)
    }
}

impl Card {
    /// `inside`: the matter runs inside a package, where some steps are done once for all.
    pub(super) fn new(workflow: &Workflow, node: &Node, inside: bool) -> Self {
        let shape = Shape::of(node);
        let title = title(workflow, node);
        let full = format!("{} · {} · {} · {}", title.zh, title.en, node.kind(), node.id());
        if shape.is_gateway() || shape.is_circle() {
            let size = if shape.is_gateway() { GATEWAY } else { CIRCLE };
            return Self { shape, strip: String::new(), lines: Vec::new(), width: size, height: size, full };
        }
        let (role, queue) = role(node);
        let strip = text::clip(&format!("{role} {queue}"), SMALL, STRIP_ROOM);
        let room = TITLE_ROOM.max(text::width(&strip, SMALL));
        let mut lines = Vec::new();
        let mut add = |text: &str, size: f64, lines_max: usize, mut gap: f64| {
            for text in text::wrap(text, size, room, lines_max) {
                lines.push(Line { text, size, gap: std::mem::take(&mut gap) });
            }
        };
        add(&title.zh, ZH, LINES_MAX, 0.0);
        add(&title.en, EN, LINES_MAX, 0.0);
        for remark in remarks(workflow, node, inside) {
            add(&remark.zh, REMARK, 2, GAP);
            add(&remark.en, SMALL, 2, 0.0);
        }
        let wide = lines.iter().map(|line| text::width(&line.text, line.size)).fold(0.0, f64::max);
        let width = (wide + 24.0).max(text::width(&strip, SMALL) + MARK + 10.0).max(104.0).ceil();
        let width = width + 2.0 * shape.inset();
        let height = (2.0 * shape.inset() + STRIP + 12.0 + lines.iter().map(Line::height).sum::<f64>()).ceil();
        Self { shape, strip, lines, width, height, full }
    }

    /// How far the border is above and below the centre, `dx` beside it.
    pub(super) fn reach(&self, dx: f64) -> f64 {
        let (half, tall) = (self.width / 2.0, self.height / 2.0);
        match self.shape {
            shape if shape.is_gateway() => (tall * (1.0 - dx.abs() / half)).max(0.0),
            shape if shape.is_circle() => (half * half - dx * dx).max(0.0).sqrt(),
            _ => tall,
        }
    }
}

impl Line {
    pub(super) fn height(&self) -> f64 {
        (self.size * 1.3).round() + self.gap
    }
}

/// What a step is called. A matter has the title of its own file; gateways are called by what they do.
pub(super) fn title(workflow: &Workflow, node: &Node) -> Title {
    if let Some(title) = node.title() {
        return title.clone();
    }
    match node {
        Node::Matter { matter, .. } => workflow
            .plans()
            .iter()
            .find(|plan| *plan.id == **matter)
            .map_or_else(|| Title::new(matter, matter), |plan| plan.title.clone()),
        Node::Start { .. } => Title::new("开始", "start"),
        Node::End { .. } => Title::new("结束", "end"),
        Node::Parallel { .. } => Title::new("并行网关", "parallel gateway"),
        Node::Inclusive { .. } => Title::new("包容网关", "inclusive gateway"),
        _ => Title::new("排他网关", "exclusive gateway"),
    }
}

/// Who does it: the word, and the queue it joins.
fn role(node: &Node) -> (&'static str, &str) {
    match node {
        Node::Intake { window, .. } => ("受理 · 窗口", window),
        Node::Deliver { window, .. } => ("送达 · 窗口", window),
        Node::Review { desk, .. } => ("审查 · 后台", desk),
        Node::Decide { desk, .. } => ("决定 · 后台", desk),
        Node::Issue { desk, .. } => ("制发 · 后台", desk),
        Node::Collect { .. } => ("补正 · 申请人", "applicant"),
        Node::Service { handler, .. } => ("自动", handler),
        Node::Wait { message, .. } => ("等待", message),
        Node::Timer { .. } => ("定时", "timer"),
        Node::Notice { to: NoticeTo::Applicant, .. } => ("通知 · 申请人", "applicant"),
        Node::Notice { to: NoticeTo::Department, .. } => ("通知 · 部门", "department"),
        Node::Matter { matter, .. } => ("事项", matter),
        _ => ("", ""),
    }
}

/// What else must be known of a step.
fn remarks(workflow: &Workflow, node: &Node, inside: bool) -> Vec<Title> {
    let mut remarks = Vec::new();
    match node {
        Node::Collect { within, .. } | Node::Wait { within, .. } => {
            remarks.push(Title::new(format!("最长 {}", within.zh()), format!("at most {}", within.en())));
        }
        Node::Timer { after, .. } => {
            remarks.push(Title::new(format!("{} 之后", after.zh()), format!("after {}", after.en())));
        }
        Node::Matter { matter, .. } => {
            if let Some(plan) = workflow.plans().iter().find(|plan| *plan.id == **matter) {
                remarks.push(plan.department.clone());
                remarks.extend(
                    plan.promised.map(|n| Title::new(format!("承诺 {}", n.zh()), format!("promised {}", n.en()))),
                );
            }
        }
        Node::Intake { .. } | Node::Deliver { .. } if inside => {
            remarks.push(Title::new("由套餐统一办理", "done once by the package"));
        }
        _ => {}
    }
    if let Node::Wait { stops_clock: Some(stop), .. } = node {
        let reason = serde_json::to_value(stop.reason).unwrap_or_default();
        let reason = reason.as_str().unwrap_or_default().replace('_', " ");
        remarks.push(Title::new(format!("暂停计时：{}", stop.reason.zh()), format!("stops the clock: {reason}")));
    }
    remarks
}
