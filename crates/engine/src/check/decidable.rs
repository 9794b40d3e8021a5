//! Conditions that decide nothing: that never hold, that always hold, that leave the choice to the order in the file.
//!
//! What is possible at an edge is carried forward from the start: a split's way leaves only what its condition admits,
//! a step that is done gives its outcome, a join adds up what its ways bring. So a condition is judged by what can be
//! where it stands, not only by what it says.

use crate::check::file::Loaded;
use crate::condition::space::{Possible, Search, Space, Test};
use crate::condition::{Condition, Name};
use crate::definition::Node;
use crate::diagnostic::{Diagnostic, Place};
use crate::net::{EdgeSet, Graph};

/// The `when` of a field or a material: it holds sometimes, and not always.
pub(crate) fn sometimes(space: &Space, at: &Place, when: &Condition, found: &mut Vec<Diagnostic>) {
    let test = space.test(when);
    let everything = space.everything();
    match space.find_case(&[(&test, true)], &everything) {
        Search::Never => found.push(never(at.clone(), when)),
        Search::GaveUp => found.push(too_many(at.clone())),
        Search::Found(_) if space.find_case(&[(&test, false)], &everything) == Search::Never => {
            found.push(always(at.clone(), when).help("去掉这个条件", "leave the condition out"));
        }
        Search::Found(_) => {}
    }
}

/// The conditions of the splits of a graph. Those on `skipped` edges read what cannot be known there, which was said.
pub(crate) fn splits<T>(
    loaded: &Loaded<'_, T>,
    graph: &Graph,
    space: &Space,
    skipped: &EdgeSet,
    found: &mut Vec<Diagnostic>,
) {
    let flow = Flow::new(graph, space);
    for (node, step) in graph.steps() {
        let exclusive = match step.node {
            Node::Exclusive { .. } if step.outs.len() > 1 => true,
            Node::Inclusive { .. } if step.outs.len() > 1 => false,
            _ => continue,
        };
        let Some(known) = flow.arriving(node) else { continue };
        if step.outs.iter().any(|edge| skipped.contains(*edge)) {
            continue;
        }
        let at = |edge: u16, key: &str| loaded.source.place(&format!("/edges/{edge}{key}"));
        let mut earlier: Vec<(u16, &Condition, &Test)> = Vec::new();
        let mut everything_taken = false;
        for edge in &step.outs {
            let (Some(when), Some(test)) = (&graph.way(*edge).when, &flow.tests[usize::from(*edge)]) else { continue };
            let place = at(*edge, "/when");
            let mut wanted: Vec<(&Test, bool)> = vec![(test, true)];
            let alone = space.find_case(&wanted, &known);
            if exclusive {
                wanted.extend(earlier.iter().map(|(.., test)| (*test, false)));
            }
            match (alone, space.find_case(&wanted, &known)) {
                (Search::Never, _) => {
                    let finding = known_here(never(place, when), space, test, &known);
                    found.push(flow.with_dead_steps(*edge, finding));
                }
                (_, Search::Never) => {
                    let mut finding = Diagnostic::error(
                        "E-COND-007",
                        place,
                        format!("这条路永远轮不到：“{}”成立时，前面的路已经走了", when.text()),
                        format!("this way is never taken: whenever \"{}\" holds, an earlier way is taken", when.text()),
                    )
                    .help("按先特殊后一般排列，或改条件", "put the special case first, or mend the conditions");
                    for (earlier, when, _) in &earlier {
                        finding = finding.related(at(*earlier, "/when"), when.text(), when.text());
                    }
                    found.push(flow.with_dead_steps(*edge, finding));
                }
                (Search::GaveUp, _) | (_, Search::GaveUp) => found.push(too_many(place)),
                (Search::Found(_), Search::Found(_)) => {
                    if space.find_case(&[(test, false)], &known) == Search::Never {
                        everything_taken = true;
                        found.push(known_here(always(place, when), space, test, &known));
                    } else if exclusive {
                        let both = earlier.iter().find_map(|(other, when, before)| {
                            match space.find_case(&[(before, true), (test, true)], &known) {
                                Search::Found(case) => Some((*other, *when, space.example(&[before, test], &case))),
                                _ => None,
                            }
                        });
                        if let Some((other, first, (zh, en))) = both {
                            found.push(
                                Diagnostic::reminder(
                                    "W-COND-002",
                                    place,
                                    format!("两个条件可以同时成立，走哪条路由文件里的次序决定；例如：{zh}"),
                                    format!("two conditions can hold together, and their order in the file decides; for example: {en}"),
                                )
                                .related(at(other, "/when"), first.text(), first.text())
                                .help("在后一个条件里排除前一个", "exclude the earlier condition in the later one"),
                            );
                        }
                    }
                }
            }
            earlier.push((*edge, when, test));
            if everything_taken && exclusive {
                break;
            }
        }
        let Some(otherwise) = step.outs.iter().copied().find(|edge| graph.way(*edge).otherwise) else { continue };
        let wanted: Vec<(&Test, bool)> = earlier.iter().map(|(.., test)| (*test, false)).collect();
        let leads_to_a_step = graph.step(graph.ends(otherwise).1).ins.len() == 1;
        if leads_to_a_step && space.find_case(&wanted, &known) == Search::Never {
            let finding = Diagnostic::reminder(
                "W-COND-003",
                at(otherwise, "/otherwise"),
                "其余情形不会出现：其他条件已经包括一切",
                "nothing is left for \"otherwise\": the conditions take everything",
            )
            .help(
                "把最后一个条件改成 otherwise，去掉这条路",
                "make the last of the conditions the \"otherwise\" and leave this way out",
            );
            found.push(flow.with_dead_steps(otherwise, finding));
        }
    }
}

fn never(at: Place, when: &Condition) -> Diagnostic {
    Diagnostic::error(
        "E-COND-006",
        at,
        format!("“{}”永远不成立", when.text()),
        format!("\"{}\" can never hold", when.text()),
    )
    .help("改条件，或去掉它所管的内容", "mend the condition, or leave out what depends on it")
}

fn always(at: Place, when: &Condition) -> Diagnostic {
    Diagnostic::reminder(
        "W-COND-001",
        at,
        format!("“{}”总是成立", when.text()),
        format!("\"{}\" always holds", when.text()),
    )
}

fn too_many(at: Place) -> Diagnostic {
    let most = crate::condition::space::SEARCH_STEPS_MAX;
    Diagnostic::reminder(
        "W-COND-004",
        at,
        format!("试了 {most} 种情形仍不能断定这个条件何时成立"),
        format!("{most} cases were tried and it is still undecided when this condition holds"),
    )
    .help("把条件写得短一些", "write a shorter condition")
}

/// Says what is already settled here of what the condition reads.
fn known_here(finding: Diagnostic, space: &Space, test: &Test, known: &Possible) -> Diagnostic {
    let mut read = Vec::new();
    test.variables(&mut read);
    let settled = read.iter().any(|at| known[*at] != space.variables[*at].all());
    if !settled {
        return finding;
    }
    let (zh, en) = space.words(&read, known);
    finding.expected(format!("走到这里时已知：{zh}"), format!("known when a case comes here: {en}"))
}

/// What is possible on each edge; `None` where no case comes.
struct Flow<'a> {
    graph: &'a Graph,
    space: &'a Space,
    tests: Vec<Option<Test>>,
    on: Vec<Option<Possible>>,
}

impl<'a> Flow<'a> {
    fn new(graph: &'a Graph, space: &'a Space) -> Self {
        let edges = 0..graph.edge_count();
        let tests = edges.map(|edge| graph.way(edge).when.as_ref().map(|when| space.test(when))).collect();
        let mut flow = Self { graph, space, tests, on: vec![None; usize::from(graph.edge_count())] };
        let mut begin = space.everything();
        for (at, variable) in space.variables.iter().enumerate() {
            if let (Name::Outcome(_), Some(nothing)) = (&variable.name, variable.nothing) {
                begin[at] = 1 << nothing;
            }
        }
        let mut todo = vec![graph.start()];
        while let Some(node) = todo.pop() {
            let arriving = if node == graph.start() { Some(begin.clone()) } else { flow.arriving(node) };
            let Some(mut possible) = arriving else { continue };
            if let Some(at) = space.find(&Name::Outcome(node)) {
                possible[at] = space.variables[at].filled;
            }
            for (edge, leaving) in flow.leaving(node, &possible) {
                let known = &mut flow.on[usize::from(edge)];
                let more = match known {
                    None => leaving,
                    Some(known) => union(known, &leaving),
                };
                if known.as_ref() != Some(&more) {
                    *known = Some(more);
                    todo.push(graph.ends(edge).1);
                }
            }
        }
        flow
    }

    /// What is possible when a case comes to a step.
    fn arriving(&self, node: u16) -> Option<Possible> {
        let step = self.graph.step(node);
        let mut ways = step.ins.iter().filter_map(|edge| self.on[usize::from(*edge)].as_ref());
        let mut arriving = ways.next()?.clone();
        let together = matches!(step.node, Node::Parallel { .. });
        for way in ways {
            for (at, variable) in self.space.variables.iter().enumerate() {
                let (one, other) = (arriving[at], way[at]);
                arriving[at] = match (&variable.name, variable.nothing) {
                    // Every way has come, so what one of them has done is done.
                    (Name::Outcome(_), Some(nothing)) if together => {
                        let done = |classes: u128| classes & 1 << nothing == 0;
                        let both = one | other;
                        if done(one) || done(other) { both & !(1 << nothing) } else { both }
                    }
                    _ if together && one & other != 0 => one & other,
                    _ => one | other,
                };
            }
        }
        Some(arriving)
    }

    /// The ways that can be taken from a step, and what is possible on each.
    fn leaving(&self, node: u16, possible: &Possible) -> Vec<(u16, Possible)> {
        let step = self.graph.step(node);
        let exclusive = match step.node {
            Node::Exclusive { .. } if step.outs.len() > 1 => true,
            Node::Inclusive { .. } if step.outs.len() > 1 => false,
            _ => return step.outs.iter().map(|edge| (*edge, possible.clone())).collect(),
        };
        let mut ways = Vec::new();
        let mut others: Vec<(&Test, bool)> = Vec::new();
        for edge in &step.outs {
            let Some(test) = &self.tests[usize::from(*edge)] else { continue };
            let mut wanted = if exclusive { others.clone() } else { Vec::new() };
            wanted.push((test, true));
            ways.extend(self.admitted(&wanted, possible).map(|possible| (*edge, possible)));
            others.push((test, false));
        }
        let otherwise = step.outs.iter().copied().find(|edge| self.graph.way(*edge).otherwise);
        ways.extend(otherwise.and_then(|edge| Some((edge, self.admitted(&others, possible)?))));
        ways
    }

    /// The possible classes of each name with which all comes out as wanted.
    fn admitted(&self, wanted: &[(&Test, bool)], possible: &Possible) -> Option<Possible> {
        if self.space.find_case(wanted, possible) == Search::Never {
            return None;
        }
        let mut read = Vec::new();
        wanted.iter().for_each(|(test, _)| test.variables(&mut read));
        read.sort_unstable();
        read.dedup();
        let mut admitted = possible.clone();
        for at in read {
            let mut with = possible.clone();
            for class in (0..self.space.variables[at].classes.len()).filter(|class| possible[at] & 1 << class != 0) {
                with[at] = 1 << class;
                if self.space.find_case(wanted, &with) == Search::Never {
                    admitted[at] &= !(1 << class);
                }
            }
        }
        Some(admitted)
    }

    /// Names the steps that never run because no case takes this way.
    fn with_dead_steps(&self, edge: u16, finding: Diagnostic) -> Diagnostic {
        let (mut dead, mut todo) = (Vec::new(), vec![self.graph.ends(edge).1]);
        while let Some(node) = todo.pop() {
            if self.arriving(node).is_none() && !dead.contains(&node) {
                dead.push(node);
                todo.extend(self.graph.step(node).outs.iter().map(|edge| self.graph.ends(*edge).1));
            }
        }
        dead.sort_unstable();
        let titled = dead.iter().map(|node| self.graph.step(*node)).filter(|step| step.ins.len() == 1);
        let ids: Vec<&str> = titled.map(|step| &*step.id).collect();
        if ids.is_empty() {
            return finding;
        }
        let (zh, en) = (ids.join("、"), ids.join(", "));
        finding.and_so(format!("所以不会办到：{zh}"), format!("so these steps never run: {en}"))
    }
}

fn union(one: &Possible, other: &Possible) -> Possible {
    one.iter().zip(other).map(|(one, other)| one | other).collect()
}
