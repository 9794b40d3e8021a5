//! The graph of one file: its names, its form, its conditions, its soundness.

use petgraph::graph::{DiGraph, NodeIndex};

use crate::check::file::Loaded;
use crate::check::{names, sound};
use crate::condition::Scope;
use crate::definition::{Edge, FileKind, Node};
use crate::diagnostic::Diagnostic;
use crate::net::{Graph, Way};
use crate::outcome::Outcome;
use crate::proof::INCLUSIVE_WAYS_OUT_MAX;

/// Checks the graph of a file and builds it. `None` when it has an error.
pub(crate) fn graph<T>(
    loaded: &Loaded<'_, T>,
    kind: FileKind,
    nodes: &[Node],
    edges: &[Edge],
    scope: &mut Scope,
    found: &mut Vec<Diagnostic>,
) -> Option<Graph> {
    let errors_before = found.len();
    names::unique(loaded, "/nodes", nodes.iter().map(Node::id), found);
    for (index, node) in nodes.iter().enumerate() {
        let outcomes = node.outcomes();
        if !outcomes.is_empty() {
            scope.outcome(node.id(), u16::try_from(index).unwrap_or(u16::MAX), &outcomes);
        }
        declared(loaded, index, node, found);
        allowed(loaded, kind, index, node, nodes, found);
    }
    let mut ways = Vec::new();
    for (index, edge) in edges.iter().enumerate() {
        let mut end = |key: &str, id: &str| {
            let at = nodes.iter().position(|node| node.id() == id);
            if at.is_none() {
                let place = loaded.source.place(&format!("/edges/{index}/{key}"));
                found.push(names::unknown("E-REF-002", place, ("节点", "node"), id, nodes.iter().map(Node::id)));
            }
            at
        };
        let (from, to) = (end("from", &edge.from), end("to", &edge.to));
        let when = edge
            .when
            .as_deref()
            .map(|text| names::condition(loaded, &format!("/edges/{index}/when"), text, scope, found));
        if let (Some(from), Some(to)) = (from, to) {
            ways.push((from, to, Way { when: when.flatten(), otherwise: edge.otherwise }));
        }
    }
    if found.len() > errors_before {
        return None;
    }
    degrees(loaded, nodes, edges, found);
    if found.len() > errors_before {
        return None;
    }
    let Some(graph) = Graph::new(nodes, ways) else {
        found.push(Diagnostic::error("E-GRAPH-001", loaded.source.place("/edges"), "图太大", "the graph is too large"));
        return None;
    };
    reachable(loaded, &graph, found);
    rounds(loaded, &graph, found);
    if found.len() > errors_before {
        return None;
    }
    sound::sound(loaded, &graph, found);
    (found.len() == errors_before).then_some(graph)
}

/// Which node types stand in which kind of file, and the names a node uses.
fn allowed<T>(
    loaded: &Loaded<'_, T>,
    kind: FileKind,
    index: usize,
    node: &Node,
    nodes: &[Node],
    found: &mut Vec<Diagnostic>,
) {
    let at = |key: &str| loaded.source.place(&format!("/nodes/{index}{key}"));
    match (kind, node) {
        (FileKind::Matter, Node::Matter { .. }) => found.push(
            Diagnostic::error("E-GRAPH-002", at("/type"), "事项里不能再运行事项", "a matter cannot run another matter")
                .expected(
                    "事项只由套餐运行，所以不会循环引用",
                    "only packages run matters, so references cannot go in circles",
                )
                .help("把两个事项放进同一个套餐", "put both matters into one package"),
        ),
        (FileKind::Package, Node::Decide { .. } | Node::Issue { .. }) => found.push(
            Diagnostic::error(
                "E-GRAPH-002",
                at("/type"),
                format!("套餐的图里不能有 {} 节点", node.kind()),
                format!("a package's graph has no {} node", node.kind()),
            )
            .help(
                "决定和发证属于事项，放进事项文件",
                "decisions and results belong to a matter: move the node into a matter's file",
            ),
        ),
        _ => {}
    }
    if let Node::Review { different_from, .. } | Node::Decide { different_from, .. } = node {
        for (nth, other) in different_from.iter().enumerate() {
            let place = loaded.source.place(&format!("/nodes/{index}/different_from/{nth}"));
            let people = || {
                nodes.iter().filter(|n| matches!(n, Node::Intake { .. } | Node::Review { .. } | Node::Decide { .. }))
            };
            if other == node.id() {
                found.push(Diagnostic::error(
                    "E-REF-006",
                    place,
                    "一个人不可能与自己不同",
                    "nobody is different from themselves",
                ));
            } else if !people().any(|n| n.id() == other) {
                let known: Vec<&str> = people().map(Node::id).collect();
                found.push(names::unknown(
                    "E-REF-006",
                    place,
                    ("由人办理的节点", "step done by a person"),
                    other,
                    known,
                ));
            }
        }
    }
    match node {
        Node::Collect { within, .. } | Node::Wait { within, .. } => {
            names::limit(loaded, &format!("/nodes/{index}/within"), within, found);
        }
        Node::Timer { after, .. } => names::limit(loaded, &format!("/nodes/{index}/after"), after, found),
        _ => {}
    }
    if let Node::Service { retry, .. } = node
        && retry.backoff_seconds_max < retry.backoff_seconds
    {
        found.push(Diagnostic::error(
            "E-DATA-004",
            at("/retry/backoff_seconds_max"),
            "最长等待短于第一次等待",
            "the longest wait is shorter than the first",
        ));
    }
}

/// The outcomes an author gave a review: each once, and none that says what only another kind of step may say.
fn declared<T>(loaded: &Loaded<'_, T>, index: usize, node: &Node, found: &mut Vec<Diagnostic>) {
    let list = format!("/nodes/{index}/outcomes");
    names::unique(loaded, &list, node.declared().iter().map(|outcome| outcome.id.as_str()), found);
    for (nth, outcome) in node.declared().iter().enumerate() {
        if !matches!(Outcome::of(&outcome.id), Some(Outcome::Declared(_) | Outcome::Passed | Outcome::Failed)) {
            found.push(
                Diagnostic::error(
                    "E-OUTCOME-001",
                    loaded.source.place(&format!("{list}/{nth}/id")),
                    format!("“{}”另有含义，审查步骤不能给出", outcome.id),
                    format!("\"{}\" has a meaning of its own, which a review cannot give", outcome.id),
                )
                .expected("passed、failed 或作者自己的词", "passed, failed or a word of the author's own")
                .help(
                    "受理用 intake，准予或不予许可用 decide；否则换一个词",
                    "accept with an intake, grant or refuse with a decide; else use another word",
                ),
            );
        }
    }
}

/// How many ways lead into and out of each node, and which of them carry conditions.
fn degrees<T>(loaded: &Loaded<'_, T>, nodes: &[Node], edges: &[Edge], found: &mut Vec<Diagnostic>) {
    let starts: Vec<usize> = positions(nodes, |node| matches!(node, Node::Start { .. }));
    if starts.len() != 1 {
        let at = starts.get(1).map_or_else(|| "/nodes".to_owned(), |index| format!("/nodes/{index}"));
        found.push(
            Diagnostic::error(
                "E-GRAPH-003",
                loaded.source.place(&at),
                format!("有 {} 个开始节点", starts.len()),
                format!("there are {} start nodes", starts.len()),
            )
            .expected("正好一个", "exactly one"),
        );
    }
    if positions(nodes, |node| matches!(node, Node::End { .. })).is_empty() {
        found.push(
            Diagnostic::error("E-GRAPH-003", loaded.source.place("/nodes"), "没有结束节点", "there is no end node")
                .expected("至少一个", "at least one"),
        );
    }
    for (index, node) in nodes.iter().enumerate() {
        let ins = edges.iter().filter(|edge| edge.to == node.id()).count();
        let outs: Vec<usize> = positions(edges, |edge| edge.from == node.id());
        let (fits, zh, en) = match node {
            Node::Start { .. } => {
                (ins == 0 && outs.len() == 1, "没有进入的边，正好一条离开的边", "no edge in and exactly one out")
            }
            Node::End { .. } => {
                (ins == 1 && outs.is_empty(), "正好一条进入的边，没有离开的边", "exactly one edge in and none out")
            }
            Node::Parallel { .. } | Node::Exclusive { .. } | Node::Inclusive { .. } => (
                (ins == 1 && outs.len() > 1) || (ins > 1 && outs.len() == 1),
                "分支：一进多出；汇合：多进一出",
                "a split (one edge in, several out) or a join (several in, one out)",
            ),
            _ => (ins == 1 && outs.len() == 1, "正好一条进入的边和一条离开的边", "exactly one edge in and one out"),
        };
        if !fits {
            found.push(
                Diagnostic::error(
                    "E-GRAPH-004",
                    loaded.source.place(&format!("/nodes/{index}")),
                    format!("“{}”有 {ins} 条进入的边、{} 条离开的边", node.id(), outs.len()),
                    format!("\"{}\" has {ins} edges in and {} out", node.id(), outs.len()),
                )
                .expected(zh, en)
                .help("多条路合并时先用网关汇合", "where several ways meet, join them with a gateway first"),
            );
        }
        let splits = matches!(node, Node::Exclusive { .. } | Node::Inclusive { .. }) && outs.len() > 1;
        conditions(loaded, (index, node), splits, &outs, edges, found);
    }
}

fn conditions<T>(
    loaded: &Loaded<'_, T>,
    (nth, node): (usize, &Node),
    splits: bool,
    outs: &[usize],
    edges: &[Edge],
    found: &mut Vec<Diagnostic>,
) {
    for &index in outs {
        let edge = &edges[index];
        let at = loaded.source.place(&format!("/edges/{index}"));
        if !splits && (edge.when.is_some() || edge.otherwise) {
            found.push(
                Diagnostic::error(
                    "E-GRAPH-005",
                    at,
                    format!("从“{}”出去的边不能带条件", node.id()),
                    format!("an edge out of \"{}\" cannot carry a condition", node.id()),
                )
                .help("先接一个 exclusive 网关", "put an exclusive gateway behind it"),
            );
        } else if splits && edge.when.is_some() == edge.otherwise {
            found.push(
                Diagnostic::error(
                    "E-GRAPH-005",
                    at,
                    format!("从“{}”出去的这条边要么有条件，要么是其余情形", node.id()),
                    format!("this edge out of \"{}\" must have either a condition or \"otherwise\"", node.id()),
                )
                .expected("“when”或“otherwise”之一", "one of \"when\" and \"otherwise\""),
            );
        }
    }
    let others = outs.iter().filter(|index| edges[**index].otherwise).count();
    if splits && others != 1 {
        let second = outs.iter().filter(|index| edges[**index].otherwise).nth(1);
        let at = second.map_or_else(|| format!("/nodes/{nth}"), |edge| format!("/edges/{edge}/otherwise"));
        found.push(
            Diagnostic::error(
                "E-GRAPH-006",
                loaded.source.place(&at),
                format!("“{}”有 {others} 条 otherwise 边", node.id()),
                format!("\"{}\" has {others} edges marked \"otherwise\"", node.id()),
            )
            .expected("正好一条，这样总有路可走", "exactly one, so that there is always a way"),
        );
    }
    if matches!(node, Node::Inclusive { .. }) && outs.len() > INCLUSIVE_WAYS_OUT_MAX {
        found.push(Diagnostic::error(
            "E-GRAPH-004",
            loaded.source.place(&format!("/edges/{}", outs[INCLUSIVE_WAYS_OUT_MAX])),
            format!("“{}”有 {} 条离开的边，最多 {INCLUSIVE_WAYS_OUT_MAX} 条", node.id(), outs.len()),
            format!("\"{}\" has {} edges out, at most {INCLUSIVE_WAYS_OUT_MAX}", node.id(), outs.len()),
        ));
    }
}

/// Every step can be reached, and from every step an end can be reached.
fn reachable<T>(loaded: &Loaded<'_, T>, graph: &Graph, found: &mut Vec<Diagnostic>) {
    use petgraph::visit::{Dfs, Reversed};
    let inner = graph.petgraph();
    let mut from_start = Dfs::new(inner, (graph.start()).into());
    while from_start.next(inner).is_some() {}
    let mut to_end = Dfs::empty(Reversed(inner));
    for (node, step) in graph.steps() {
        if matches!(step.node, Node::End { .. }) {
            to_end.move_to(node.into());
            while to_end.next(Reversed(inner)).is_some() {}
        }
    }
    for (node, step) in graph.steps() {
        let at = loaded.source.place(&format!("/nodes/{node}"));
        if !from_start.discovered.contains(usize::from(node)) {
            found.push(Diagnostic::error(
                "E-GRAPH-007",
                at,
                format!("从开始走不到“{}”", step.id),
                format!("\"{}\" cannot be reached from the start", step.id),
            ));
        } else if !to_end.discovered.contains(usize::from(node)) {
            found.push(Diagnostic::error(
                "E-GRAPH-008",
                at,
                format!("从“{}”走不到任何结束", step.id),
                format!("no end can be reached from \"{}\"", step.id),
            ));
        }
    }
}

/// Going round: every round must wait for somebody somewhere, and no matter runs twice.
fn rounds<T>(loaded: &Loaded<'_, T>, graph: &Graph, found: &mut Vec<Diagnostic>) {
    let rounds = |graph: &DiGraph<u16, (), u16>| {
        let round = |ring: &Vec<NodeIndex<u16>>| ring.len() > 1 || graph.find_edge(ring[0], ring[0]).is_some();
        let named = |ring: Vec<NodeIndex<u16>>| ring.into_iter().map(|node| graph[node]).collect::<Vec<u16>>();
        petgraph::algo::tarjan_scc(graph).into_iter().filter(round).map(named).collect::<Vec<_>>()
    };
    let all = graph.petgraph().map(|node, _| u16::try_from(node.index()).unwrap_or(u16::MAX), |_, _| ());
    for ring in rounds(&all) {
        for node in ring.into_iter().filter(|node| matches!(graph.step(*node).node, Node::Matter { .. })) {
            let id = &graph.step(node).id;
            found.push(
                Diagnostic::error(
                    "E-GRAPH-009",
                    loaded.source.place(&format!("/nodes/{node}")),
                    format!("事项“{id}”在循环里，会办两次"),
                    format!("the matter \"{id}\" stands in a loop and would run twice"),
                )
                .help("把循环放进事项自己的图里", "put the loop into the matter's own graph"),
            );
        }
    }
    let passing = graph.petgraph().filter_map(
        |node, step| {
            let waits = !matches!(
                step.node,
                Node::Parallel { .. }
                    | Node::Exclusive { .. }
                    | Node::Inclusive { .. }
                    | Node::Notice { .. }
                    | Node::Collect { .. }
            );
            (!waits).then(|| u16::try_from(node.index()).unwrap_or(u16::MAX))
        },
        |_, _| Some(()),
    );
    for ring in rounds(&passing) {
        let mut ids: Vec<&str> = ring.iter().map(|node| &*graph.step(*node).id).collect();
        ids.sort_unstable();
        let node = ring.iter().min().copied().unwrap_or_default();
        found.push(
            Diagnostic::error(
                "E-SOUND-006",
                loaded.source.place(&format!("/nodes/{node}")),
                format!("这一圈里没有需要等人的步骤，会不停地转：{}", ids.join("、")),
                format!("nothing in this loop waits for anybody, so it would spin: {}", ids.join(", ")),
            )
            .help("在圈里放一个由人办理或定时的步骤", "put a step done by a person, or a timer, into the loop"),
        );
    }
}

fn positions<T>(list: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    list.iter().enumerate().filter(|(_, item)| wanted(item)).map(|(index, _)| index).collect()
}
