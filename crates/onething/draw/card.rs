//! How a step looks: its shape, its lines of text and how much room they take.

use onething_engine::definition::{Node, NoticeTo, Title};

use super::badge;
use super::marks::{Badge, Kind, Mark};
use super::sketch::{Part, Sketch, Step};
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
/// Room for a ring around a card and around a gateway, whose corners need more.
const RING: f64 = 6.0;
const RING_GATEWAY: f64 = 8.0;

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
    /// A node whose type is not known.
    Unknown,
    /// A step that an edge names and no node is.
    Missing,
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
    /// The ring around it, and the room for it on every side; both are part of its size.
    pub(super) ring: Option<Kind>,
    pub(super) rim: f64,
    /// At the foot of a card; to the right of a gateway or a circle.
    pub(super) badges: Vec<Badge>,
    /// Room for badges, kept free on either side of a gateway or a circle.
    pub(super) side: f64,
}

impl Shape {
    /// By the word in `type`, so that a node of which something else is wrong looks as it was meant.
    pub(super) fn of(step: &Step) -> Self {
        match step.kind.as_deref() {
            None => Self::Missing,
            Some("start") => Self::Start,
            Some("end") => Self::End,
            Some("parallel") => Self::Parallel,
            Some("exclusive") => Self::Exclusive,
            Some("inclusive") => Self::Inclusive,
            Some("intake" | "review" | "countersign" | "decide" | "issue" | "deliver" | "evaluate") => Self::Person,
            Some("collect") => Self::Applicant,
            Some("service") => Self::Service,
            Some("wait" | "timer" | "special") => Self::Wait,
            Some("notice" | "handoff") => Self::Notice,
            Some("matter") => Self::Matter,
            Some(_) => Self::Unknown,
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
    pub(super) fn new(sketch: &Sketch, part: &Part, step: &Step, marked: &Mark) -> Self {
        let shape = Shape::of(step);
        let title = title(sketch, step);
        let kind = step.kind.as_deref().unwrap_or("?");
        let full = format!("{} · {} · {kind} · {}", title.zh, title.en, step.id);
        let ring = marked.kinds().find(|kind| *kind != Kind::Done);
        let badges = marked.badges();
        let mut card = Self {
            shape,
            strip: String::new(),
            lines: Vec::new(),
            width: 0.0,
            height: 0.0,
            full,
            ring,
            rim: 0.0,
            badges,
            side: 0.0,
        };
        if shape.is_gateway() || shape.is_circle() {
            let (size, rim) = if shape.is_gateway() { (GATEWAY, RING_GATEWAY) } else { (CIRCLE, RING) };
            card.rim = if ring.is_some() { rim } else { 0.0 };
            card.width = size + 2.0 * card.rim;
            card.height = card.width;
            card.side = badge::widest(&card.badges);
            return card;
        }
        let (role, queue) = role(step);
        let strip = text::clip(&format!("{role} {queue}"), SMALL, STRIP_ROOM);
        let room = TITLE_ROOM.max(text::width(&strip, SMALL));
        let mut add = |text: &str, size: f64, lines_max: usize, mut gap: f64| {
            for text in text::wrap(text, size, room, lines_max) {
                card.lines.push(Line { text, size, gap: std::mem::take(&mut gap) });
            }
        };
        add(&title.zh, ZH, LINES_MAX, 0.0);
        if title.en != title.zh {
            add(&title.en, EN, LINES_MAX, 0.0);
        }
        for remark in remarks(sketch, part, step).iter().chain(&marked.remarks) {
            add(&remark.zh, REMARK, 2, GAP);
            add(&remark.en, SMALL, 2, 0.0);
        }
        card.rim = if ring.is_some() { RING } else { 0.0 };
        let around = 2.0 * (shape.inset() + card.rim);
        let wide = card.lines.iter().map(|line| text::width(&line.text, line.size)).fold(0.0, f64::max);
        let wide = (wide + 24.0).max(text::width(&strip, SMALL) + MARK + 10.0).max(badge::row(&card.badges) + 16.0);
        card.width = wide.max(104.0).ceil() + around;
        let foot = if card.badges.is_empty() { 0.0 } else { badge::HEIGHT + 6.0 };
        card.height = (around + STRIP + 12.0 + card.lines.iter().map(Line::height).sum::<f64>() + foot).ceil();
        card.strip = strip;
        card
    }

    /// Its width with what is kept free beside it.
    pub(super) fn room(&self) -> f64 {
        self.width + 2.0 * self.side
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
pub(super) fn title(sketch: &Sketch, step: &Step) -> Title {
    if let Some(title) = &step.title {
        return title.clone();
    }
    if let Some(Node::Matter { matter, .. }) = &step.node {
        let part = sketch.part_of(matter).and_then(|part| sketch.parts.get(part));
        return part.map_or_else(|| Title::new(matter, matter), |part| part.title.clone());
    }
    match Shape::of(step) {
        Shape::Start => Title::new("开始", "start"),
        Shape::End => Title::new("结束", "end"),
        Shape::Parallel => Title::new("并行网关", "parallel gateway"),
        Shape::Inclusive => Title::new("包容网关", "inclusive gateway"),
        Shape::Exclusive => Title::new("排他网关", "exclusive gateway"),
        _ if step.id.is_empty() => Title::new("（没有 id）", "(no id)"),
        _ => Title::new(&step.id, &step.id),
    }
}

/// Who does it: the word, and the queue it joins.
fn role(step: &Step) -> (&'static str, &str) {
    let Some(node) = &step.node else {
        return match &step.kind {
            None => ("没有这个节点", "no such node"),
            Some(kind) => ("读不全", kind),
        };
    };
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
fn remarks(sketch: &Sketch, part: &Part, step: &Step) -> Vec<Title> {
    let mut remarks = Vec::new();
    if step.own_loop {
        remarks.push(Title::new("有一条边回到自己", "an edge leads back to itself"));
    }
    let Some(node) = &step.node else { return remarks };
    match node {
        Node::Collect { within, .. } | Node::Wait { within, .. } => {
            remarks.push(Title::new(format!("最长 {}", within.zh()), format!("at most {}", within.en())));
        }
        Node::Timer { after, .. } => {
            remarks.push(Title::new(format!("{} 之后", after.zh()), format!("after {}", after.en())));
        }
        Node::Matter { matter, .. } => {
            if let Some(of) = sketch.part_of(matter).and_then(|part| sketch.parts.get(part)) {
                remarks.extend(of.department.clone());
                remarks.extend(
                    of.promised.map(|n| Title::new(format!("承诺 {}", n.zh()), format!("promised {}", n.en()))),
                );
            }
        }
        Node::Intake { .. } | Node::Deliver { .. } if part.inside => {
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
