//! Who acts: the roles of a state's actions made into the queue of its step.
//!
//! A step stands in one queue. It is named after the role that may take the most of the state's actions, people before
//! programs, the first one written before others; every other pair of action and role is told of, because whoever serves the queue may come
//! to every outcome.

use std::collections::BTreeMap;

use super::names::Ids;
use super::source::{Action, State};
use super::tally::Tally;

/// Longest id of a queue.
const ID_BYTES_MAX: usize = 64;
/// DIGIT's word for every role of the service.
const EVERY_ROLE: &str = "*";
/// What the roles of programs begin with: a person goes first.
const PROGRAM: &str = "SYSTEM";
/// Roles named in one sentence of the report.
const NAMED_MAX: usize = 20;

#[derive(Default)]
pub(super) struct Roles {
    ids: Ids,
    desks: BTreeMap<String, String>,
}

impl Roles {
    fn id(&mut self, role: &str) -> String {
        if let Some(id) = self.desks.get(role) {
            return id.clone();
        }
        let id = self.ids.id(if role == EVERY_ROLE { "anyone" } else { role }, ID_BYTES_MAX);
        self.desks.insert(role.to_owned(), id.clone());
        id
    }

    /// The queue of a state's step.
    pub(super) fn desk(&mut self, state: &State, tally: &mut Tally<'_>) -> String {
        let mut votes: Vec<(&str, usize)> = Vec::new();
        for role in state.actions.iter().flat_map(|action| &action.roles) {
            match votes.iter_mut().find(|(known, _)| known == role) {
                Some((_, count)) => *count += 1,
                None => votes.push((role, 1)),
            }
        }
        let weight = |(role, count): &(&str, usize)| (*count, !role.starts_with(PROGRAM));
        let most = votes.iter().map(weight).max();
        let Some((role, _)) = votes.iter().find(|vote| Some(weight(vote)) == most) else {
            return self.id("unassigned");
        };
        let desk = self.id(role);
        for action in &state.actions {
            let at = format!("{}/roles", action.pointer);
            let others: Vec<&str> = action.roles.iter().map(String::as_str).filter(|other| other != role).collect();
            if action.roles.iter().any(|known| known == role) {
                let said = (format!("角色 {role} 成为队列 {desk}"), format!("the role {role} is the queue {desk}"));
                tally.carried("roles", at.as_str(), said.0, said.1);
                if !others.is_empty() {
                    let who = named(&others);
                    tally.lost(
                        "roles",
                        at,
                        format!("步骤“{}”的队列是 {desk}；{who} 也可以办理：让他们也看这个队列", state.title()),
                        format!(
                            "the queue of \"{}\" is {desk}; {who} may act too: let them serve it as well",
                            state.title()
                        ),
                    );
                }
            } else if !others.is_empty() {
                let (who, name) = (named(&others), &action.name);
                tally.lost(
                    "roles",
                    at,
                    format!("动作 {name} 在 DIGIT 只由 {who} 执行；这里由队列 {desk} 执行，或另设一步"),
                    format!(
                        "in DIGIT only {who} may take {name}; here the queue {desk} may, unless it gets a step of its own"
                    ),
                );
            }
        }
        desk
    }

    /// The start is no step: whoever hands in acts.
    pub(super) fn of_start(&mut self, action: &Action, tally: &mut Tally<'_>) {
        let roles: Vec<&str> = action.roles.iter().map(String::as_str).collect();
        if !roles.is_empty() {
            let who = named(&roles);
            tally.lost(
                "roles",
                format!("{}/roles", action.pointer),
                format!("谁可以提交申请由窗口和网上入口决定，不在定义里：{who}"),
                format!("who may hand in is up to windows and portals, not to the definition: {who}"),
            );
        }
    }
}

fn named(roles: &[&str]) -> String {
    let mut list = roles.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    if roles.len() > NAMED_MAX {
        list.push_str(", …");
    }
    list
}
