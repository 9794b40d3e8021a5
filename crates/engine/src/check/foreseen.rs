//! What the answers to the questions settle before a case runs: the ways a package can go with them.

use crate::condition::{Lookup, Name};
use crate::definition::{Node, Question, QuestionType};
use crate::net::{EdgeSet, Graph};
use crate::value::Value;

/// Most combinations of answers looked at one by one; past it no answer counts as settled.
const COMBINATIONS_MAX: usize = 4096;

/// Some of the answers. Everything else counts as not settled: each way it may decide stays open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given<'a>(Vec<(&'a str, Value)>);

impl Given<'_> {
    fn value(&self, id: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, value)| value)
    }
}

impl Lookup for Given<'_> {
    /// A question that has the id of a field fills it.
    fn form(&self, id: &str) -> Option<&Value> {
        self.value(id)
    }

    fn answer(&self, id: &str) -> Option<&Value> {
        self.value(id)
    }

    fn outcome(&self, _: u16) -> Option<&str> {
        None
    }

    fn settled(&self, name: &Name) -> bool {
        match name {
            Name::Form(id) | Name::Answer(id) => self.value(id).is_some(),
            Name::Outcome(_) => false,
        }
    }
}

/// Every combination of the answers that the ways of a package depend on.
pub(crate) fn combinations<'a>(graph: &Graph, questions: &'a [Question]) -> Vec<Given<'a>> {
    let conditions = (0..graph.edge_count()).filter_map(|edge| graph.way(edge).when.as_ref());
    let read: Vec<Name> = conditions.flat_map(|when| when.names()).collect();
    let asks = |name: &Name, id: &str| matches!(name, Name::Answer(known) | Name::Form(known) if **known == *id);
    let mut all = vec![Given::default()];
    for question in questions.iter().filter(|question| read.iter().any(|name| asks(name, &question.id))) {
        let values: Vec<Value> = match question.kind {
            QuestionType::Boolean => vec![Value::Bool(false), Value::Bool(true)],
            QuestionType::Choice => question.choices.iter().map(|choice| Value::Text(choice.id.clone())).collect(),
        };
        let with = |given: &Given<'a>, value: &Value| {
            let mut given = given.clone();
            given.0.push((&question.id, value.clone()));
            given
        };
        all = all.iter().flat_map(|given| values.iter().map(|value| with(given, value)).collect::<Vec<_>>()).collect();
        if all.len() > COMBINATIONS_MAX {
            return vec![Given::default()];
        }
    }
    all
}

/// Every choice of ways out that a step may take with these answers.
pub(crate) fn puts(graph: &Graph, node: u16, given: &Given<'_>) -> Vec<EdgeSet> {
    let step = graph.step(node);
    let exclusive = match step.node {
        Node::Exclusive { .. } if step.outs.len() > 1 => true,
        Node::Inclusive { .. } if step.outs.len() > 1 => false,
        _ => return vec![step.outs.iter().copied().collect()],
    };
    let (mut surely, mut perhaps) = (EdgeSet::default(), Vec::new());
    for edge in &step.outs {
        match graph.way(*edge).when.as_ref().and_then(|when| when.foreseen(given)) {
            _ if graph.way(*edge).otherwise => {}
            Some(false) => {}
            Some(true) => {
                surely.insert(*edge);
                if exclusive {
                    break;
                }
            }
            None => perhaps.push(*edge),
        }
    }
    let otherwise = step.outs.iter().copied().find(|edge| graph.way(*edge).otherwise).filter(|_| surely.is_empty());
    if exclusive {
        return perhaps.into_iter().chain(surely.iter()).chain(otherwise).map(EdgeSet::one).collect();
    }
    // The checker admits few ways out of an inclusive split: each one doubles the choices.
    let mut puts: Vec<EdgeSet> = vec![surely];
    for edge in perhaps {
        let more: Vec<EdgeSet> = puts.iter().map(|put| put.with(&EdgeSet::one(edge))).collect();
        puts.extend(more);
    }
    puts.iter().map(|put| if put.is_empty() { otherwise.map(EdgeSet::one).unwrap_or_default() } else { *put }).collect()
}
