//! States and actions made into steps and ways.

use onething_engine::case::{Outcome, WORD_BYTES_MAX};
use onething_engine::definition::{Choice, Edge, Field, FieldType, Node, ReviewOutcome};
use onething_engine::diagnostic::Diagnostic;
use onething_engine::{Source, Title};

use super::names::{Ids, slug};
use super::roles::Roles;
use super::source::{Action, Service, State};
use super::tally::Tally;
use super::words;
use crate::report::Refusal;

/// Most steps of a graph of the format; a state takes one to three.
const NODES_MAX: usize = 200;
/// Most ways of a graph of the format.
const EDGES_MAX: usize = 250;
/// Most outcomes of a step of the format, so most actions of a state.
const OUTCOMES_MAX: usize = 32;
/// Actions that one condition names; a condition has at most 1000 bytes.
const NAMED_MAX: usize = 16;
/// Longest id of a step.
const ID_BYTES_MAX: usize = 64;
/// The field in which the applicant says which start action is meant, where there are several.
const FIRST_ACTION: &str = "first_action";
/// The outcome of a terminal state that has actions when nobody takes one.
const ENDS_HERE: &str = "ends_here";

/// DIGIT does not say which of its actions is a legal decision, and guessing it from a name would invent law.
const DECIDES_NOTHING: (&str, &str) = (
    "DIGIT 不说哪一步是法定决定：没有 decide 的事项无论走到哪个结束都记为办结，不分准予与不予；请把作出决定的步骤改成 decide",
    "DIGIT does not say which step decides: a matter without a decide step counts as completed whichever end it comes to, neither granted nor refused; make the deciding step a decide",
);

/// Where an action leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// To this state.
    State(usize),
    /// To a state that is not there; what was written.
    Nowhere(String),
}

/// Actions of one state that lead to the same place.
pub(super) struct Way {
    pub(super) actions: Vec<usize>,
    pub(super) to: To,
}

/// Where all actions of all states lead.
pub(super) struct Ways {
    pub(super) start: usize,
    /// By state.
    pub(super) out: Vec<Vec<Way>>,
}

/// What a definition file holds of it.
pub(super) struct Drawn {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    pub(super) fields: Vec<Field>,
}

/// A service that has states, and no more than a graph can hold.
pub(super) fn fits(service: &Service, source: &Source<'_>) -> Result<(), Refusal> {
    let at = format!("{}/states", service.pointer);
    if service.states.is_empty() {
        return Err(refused(source, &at, ("没有状态", "there are no states"), ("至少一个", "at least one")));
    }
    let many = service.states.iter().find(|state| state.actions.len() >= OUTCOMES_MAX);
    if let Some(state) = many {
        let (at, count) = (format!("{}/actions", state.pointer), state.actions.len());
        let said =
            (format!("状态有 {count} 个动作，太多"), format!("the state has {count} actions, which is too many"));
        let most = (format!("少于 {OUTCOMES_MAX} 个"), format!("fewer than {OUTCOMES_MAX}"));
        return Err(refused(source, &at, (&said.0, &said.1), (&most.0, &most.1)));
    }
    let count = service.states.len();
    if count >= NODES_MAX {
        let actions = service.states.iter().map(|state| state.actions.len()).sum();
        return Err(too_large(source, &at, count + 1, actions));
    }
    Ok(())
}

fn too_large(source: &Source<'_>, at: &str, nodes: usize, edges: usize) -> Refusal {
    let said = (
        format!("太大：这些状态需要 {nodes} 个节点、{edges} 条边"),
        format!("too large: these states need {nodes} nodes and {edges} edges"),
    );
    let most = (
        format!("不超过 {NODES_MAX} 个节点、{EDGES_MAX} 条边"),
        format!("at most {NODES_MAX} nodes and {EDGES_MAX} edges"),
    );
    refused(source, at, (&said.0, &said.1), (&most.0, &most.1))
}

fn refused(source: &Source<'_>, at: &str, said: (&str, &str), wanted: (&str, &str)) -> Refusal {
    let finding = Diagnostic::error("E-DIGIT-002", source.place(at), said.0, said.1).expected(wanted.0, wanted.1);
    Refusal::Broken(vec![finding])
}

impl Ways {
    pub(super) fn of(service: &Service, start: usize, tally: &mut Tally<'_>) -> Self {
        let out = service.states.iter().map(|state| ways(service, state, tally)).collect();
        Self { start, out }
    }

    /// Whether the start is only the handing in: it has no name, is no end, nothing leads back to it, and it is not all.
    fn hands_in(&self, service: &Service) -> bool {
        let state = &service.states[self.start];
        let back = self.out.iter().flatten().any(|way| way.to == To::State(self.start));
        service.states.len() > 1 && state.name.is_none() && !state.ends && !state.actions.is_empty() && !back
    }
}

fn ways(service: &Service, state: &State, tally: &mut Tally<'_>) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for (nth, action) in state.actions.iter().enumerate() {
        let to = next(service, action, tally);
        match ways.iter_mut().find(|way| way.to == to && way.actions.len() < NAMED_MAX) {
            Some(way) => way.actions.push(nth),
            None => ways.push(Way { actions: vec![nth], to }),
        }
    }
    ways
}

/// The state an action leads to: by name, by UUID, or by name written a little differently.
fn next(service: &Service, action: &Action, tally: &mut Tally<'_>) -> To {
    let at = format!("{}/nextState", action.pointer);
    let help = ("写成某个状态的 state 或 uuid", "write the \"state\" or the \"uuid\" of a state");
    let Some(written) = &action.next else {
        let said =
            (format!("动作“{}”没有下一状态", action.name), format!("the action \"{}\" has no next state", action.name));
        tally.broken("E-DIGIT-013", &at, said, help);
        return To::Nowhere(String::new());
    };
    let find = |same: &dyn Fn(&State) -> bool| service.states.iter().position(same);
    let exact = find(&|state| state.name.as_ref() == Some(written)).or_else(|| {
        find(&|state| state.uuid.as_ref().is_some_and(|uuid| uuid.trim().eq_ignore_ascii_case(written.trim())))
    });
    if let Some(state) = exact {
        return To::State(state);
    }
    let alike = |name: &String| name.trim().eq_ignore_ascii_case(written.trim());
    if let Some(state) = find(&|state| state.name.as_ref().is_some_and(alike)) {
        let title = service.states[state].title();
        let said = (
            format!("“{written}”与状态“{title}”写法不同；当作同一个"),
            format!("\"{written}\" is written unlike the state \"{title}\": taken to be the same"),
        );
        tally.unusual("W-DIGIT-003", &at, said, ("写得一样", "write it alike"));
        return To::State(state);
    }
    let said = (format!("下一状态“{written}”不存在"), format!("the next state \"{written}\" does not exist"));
    let known = service.states.iter().filter_map(|state| state.name.as_deref());
    let finding = tally.broken("E-DIGIT-013", &at, said, help);
    *finding = finding.clone().did_you_mean(written, known);
    To::Nowhere(written.clone())
}

/// Draws the graph.
pub(super) fn draw(
    service: &Service,
    ways: &Ways,
    source: &Source<'_>,
    tally: &mut Tally<'_>,
) -> Result<Drawn, Refusal> {
    let drawn = Drawing::new(service, ways).draw(tally);
    if drawn.nodes.len() > NODES_MAX || drawn.edges.len() > EDGES_MAX {
        let at = format!("{}/states", service.pointer);
        return Err(too_large(source, &at, drawn.nodes.len(), drawn.edges.len()));
    }
    Ok(drawn)
}

struct Drawing<'a> {
    service: &'a Service,
    ways: &'a Ways,
    hands_in: bool,
    ids: Ids,
    /// By state: its own node.
    own: Vec<String>,
    /// By state: the node where ways come in.
    entry: Vec<String>,
    roles: Roles,
    drawn: Drawn,
}

impl<'a> Drawing<'a> {
    fn new(service: &'a Service, ways: &'a Ways) -> Self {
        let mut ids = Ids::default();
        ids.id("start", ID_BYTES_MAX);
        let hands_in = ways.hands_in(service);
        let own: Vec<String> = service.states.iter().map(|state| ids.id(state.title(), ID_BYTES_MAX)).collect();
        let mut entry = own.clone();
        for (nth, entry) in entry.iter_mut().enumerate() {
            let ins = ways.out.iter().flatten().filter(|way| way.to == To::State(nth)).count();
            if ins + usize::from(nth == ways.start && !hands_in) > 1 {
                *entry = ids.id(&format!("{entry}_in"), ID_BYTES_MAX);
            }
        }
        let drawn = Drawn { nodes: Vec::new(), edges: Vec::new(), fields: Vec::new() };
        Self { service, ways, hands_in, ids, own, entry, roles: Roles::default(), drawn }
    }

    fn draw(mut self, tally: &mut Tally<'_>) -> Drawn {
        self.drawn.nodes.push(Node::Start { id: "start".to_owned() });
        if !self.hands_in {
            self.edge("start", self.entry[self.ways.start].clone(), None);
        }
        for nth in 0..self.service.states.len() {
            if nth == self.ways.start && self.hands_in {
                self.handing_in(tally);
            } else {
                self.state(nth, tally);
            }
        }
        self.drawn
    }

    /// The start: what DIGIT's first action does is the handing in. Where there are several, the form asks which.
    fn handing_in(&mut self, tally: &mut Tally<'_>) {
        let (service, ways) = (self.service, self.ways);
        let state = &service.states[ways.start];
        tally.carried(
            "states",
            &*state.pointer,
            "起始状态就是提交申请",
            "the start is the handing in of the application",
        );
        let out = &ways.out[ways.start];
        let asks = out.len() > 1;
        for action in &state.actions {
            if asks {
                tally.carried(
                    "actions",
                    &*action.pointer,
                    format!("起始动作成为申请表的选项（{FIRST_ACTION}）"),
                    format!("a first action is a choice of the form ({FIRST_ACTION})"),
                );
            } else {
                tally.carried(
                    "actions",
                    &*action.pointer,
                    "起始动作就是提交申请",
                    "the first action is the handing in",
                );
            }
            self.roles.of_start(action, tally);
        }
        if !asks {
            let to = self.target(&out[0].to);
            return self.edge("start", to, None);
        }
        let mut words = Ids::default();
        let choices: Vec<Choice> = state
            .actions
            .iter()
            .map(|action| Choice { id: words.id(&action.name, ID_BYTES_MAX), title: words::title(&action.name) })
            .collect();
        let conditions = out.iter().map(|way| {
            let named: Vec<&str> = way.actions.iter().map(|action| choices[*action].id.as_str()).collect();
            (condition(&format!("form.{FIRST_ACTION}"), &named), self.target(&way.to))
        });
        let conditions = conditions.collect();
        let split = self.ids.id("start_way", ID_BYTES_MAX);
        self.edge("start", split.clone(), None);
        self.split(split, conditions);
        self.drawn.fields.push(Field {
            id: FIRST_ACTION.to_owned(),
            title: Title::new("提交时的动作", "Action on handing in"),
            kind: FieldType::Choice,
            choices,
            optional: false,
            when: None,
            min: None,
            max: None,
        });
    }

    fn state(&mut self, nth: usize, tally: &mut Tally<'_>) {
        let state = &self.service.states[nth];
        let (own, entry) = (self.own[nth].clone(), self.entry[nth].clone());
        if entry != own {
            self.drawn.nodes.push(Node::Exclusive { id: entry.clone() });
            self.edge(&entry, own.clone(), None);
        }
        if state.actions.is_empty() {
            let said = ("没有动作的状态成为结束", "a state without actions is an end");
            tally.carried("states", &*state.pointer, said.0, said.1);
            tally.lost("isTerminateState", &*state.pointer, DECIDES_NOTHING.0, DECIDES_NOTHING.1);
            self.drawn.nodes.push(Node::End { id: own });
            return;
        }
        let said = ("状态成为由人办理的步骤（review）", "a state is a step that somebody does (review)");
        tally.carried("states", &*state.pointer, said.0, said.1);
        let mut words = Ids::default();
        let mut outcomes = Vec::new();
        let mut ways = Vec::new();
        let mut end = None;
        if state.ends {
            let id = self.ids.id(&format!("{own}_end"), ID_BYTES_MAX);
            let title = Title::new("到此结束", "Ends here");
            outcomes.push(ReviewOutcome { id: words.id(ENDS_HERE, WORD_BYTES_MAX), title, reason_required: false });
            ways.push((condition(&format!("outcome.{own}"), &[ENDS_HERE]), id.clone()));
            end = Some(Node::End { id });
        }
        let first = outcomes.len();
        for action in &state.actions {
            let said =
                ("动作成为步骤的一个结果，通向下一步", "an action is an outcome of its step and a way to the next");
            tally.carried("actions", &*action.pointer, said.0, said.1);
            let (id, title) = (word(&mut words, &action.name), words::title(&action.name));
            outcomes.push(ReviewOutcome { id, title, reason_required: false });
        }
        for way in &self.ways.out[nth] {
            let named: Vec<&str> = way.actions.iter().map(|action| outcomes[first + action].id.as_str()).collect();
            ways.push((condition(&format!("outcome.{own}"), &named), self.target(&way.to)));
        }
        let desk = self.roles.desk(state, tally);
        let title = words::title(state.title());
        self.drawn.nodes.push(Node::Review { id: own.clone(), title, desk, different_from: Vec::new(), outcomes });
        match ways.as_slice() {
            [(_, only)] => self.edge(&own, only.clone(), None),
            _ => {
                let split = self.ids.id(&format!("{own}_way"), ID_BYTES_MAX);
                self.edge(&own, split.clone(), None);
                self.split(split, ways);
            }
        }
        self.drawn.nodes.extend(end);
    }

    /// A split over conditions; the last of them goes without saying.
    fn split(&mut self, id: String, ways: Vec<(String, String)>) {
        self.drawn.nodes.push(Node::Exclusive { id: id.clone() });
        let last = ways.len() - 1;
        for (nth, (when, to)) in ways.into_iter().enumerate() {
            self.edge(&id, to, Some(when).filter(|_| nth < last));
            if nth == last
                && let Some(edge) = self.drawn.edges.last_mut()
            {
                edge.otherwise = true;
            }
        }
    }

    fn edge(&mut self, from: &str, to: String, when: Option<String>) {
        self.drawn.edges.push(Edge { from: from.to_owned(), to, when, otherwise: false });
    }

    /// The node a way leads to. Where DIGIT names a state that is not there, the file names a node that is not there:
    /// the check points at it, and the author mends it.
    fn target(&self, to: &To) -> String {
        match to {
            To::State(state) => self.entry[*state].clone(),
            To::Nowhere(written) => {
                let mut id = slug(if written.is_empty() { "nowhere" } else { written }, '_', ID_BYTES_MAX - 8);
                if self.ids.contains(&id) {
                    id.push_str("_missing");
                }
                id
            }
        }
    }
}

/// A word for an action that a review may come to: not one with a meaning of its own elsewhere.
fn word(words: &mut Ids, action: &str) -> String {
    let plain = slug(action, '_', WORD_BYTES_MAX);
    match Outcome::of(&plain) {
        Some(Outcome::Declared(_) | Outcome::Passed | Outcome::Failed) => words.id(action, WORD_BYTES_MAX),
        _ => words.id(&format!("do_{plain}"), WORD_BYTES_MAX),
    }
}

/// `name == 'a'`, or `name in ['a', 'b']`.
fn condition(name: &str, words: &[&str]) -> String {
    match words {
        [only] => format!("{name} == '{only}'"),
        _ => format!("{name} in ['{}']", words.join("', '")),
    }
}
