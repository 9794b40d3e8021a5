//! Wrong graphs: what is said, and that every run that leads to a fault can be replayed.

use std::collections::BTreeMap;

use onething_engine::diagnostic::Diagnostic;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde_json::{Value as Json, json};

use super::errors;
use super::page::Example;
use crate::random_runs::random_matter;
use crate::support::{checked, matter, node};

/// The codes of the rows below.
pub(super) const CODES: [&str; 7] =
    ["E-GRAPH-007", "E-GRAPH-008", "E-GRAPH-009", "E-SOUND-001", "E-SOUND-002", "E-SOUND-005", "E-SOUND-006"];

fn drawn(edges: &[&str]) -> Json {
    let edges: Vec<String> = edges.iter().map(|edge| (*edge).to_owned()).collect();
    let mut ids: Vec<&str> = Vec::new();
    for edge in &edges {
        let (from, to) = edge.split_once(" > ").expect("an edge");
        for id in [from, to.split(' ').next().expect("an id")] {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    matter(&ids.iter().map(|id| node(id)).collect::<Vec<_>>(), &edges)
}

#[test]
fn a_wrong_graph_is_refused_at_the_step_to_look_at() {
    for (edges, code, at, witness) in [
        (
            vec!["start > review", "review > end", "review_a > review_b", "review_b > review_a"],
            "E-GRAPH-007",
            "review_a",
            vec![],
        ),
        (
            vec![
                "start > exclusive_split",
                "exclusive_split > end if form.yes",
                "exclusive_split > exclusive_join else",
                "exclusive_join > review",
                "review > exclusive_join",
            ],
            "E-GRAPH-008",
            "exclusive_join",
            vec![],
        ),
        (
            vec![
                "start > exclusive",
                "exclusive > review1 if form.yes",
                "exclusive > review2 else",
                "review1 > parallel",
                "review2 > parallel",
                "parallel > end",
            ],
            "E-SOUND-001",
            "parallel",
            vec!["start", "exclusive", "review1"],
        ),
        (
            vec![
                "start > parallel",
                "parallel > review1",
                "parallel > review2",
                "review1 > exclusive",
                "review2 > exclusive",
                "exclusive > review3",
                "review3 > end",
            ],
            "E-SOUND-002",
            "review3",
            vec!["start", "parallel", "review1", "exclusive", "review2", "exclusive"],
        ),
        (
            vec![
                "start > exclusive_join",
                "exclusive_join > notice",
                "notice > exclusive_split",
                "exclusive_split > exclusive_join if form.yes",
                "exclusive_split > end else",
            ],
            "E-SOUND-006",
            "exclusive_join",
            vec![],
        ),
    ] {
        let json = drawn(&edges);
        let found = checked(&[("m.json", &json)]).diagnostics;
        let first = found.iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("{code}: {found:#?}"));
        assert_eq!(named(&json, first), at, "{first:#?}");
        assert_eq!(first.witness, witness, "{first:#?}");
        found.iter().for_each(super::both_languages);
    }
}

#[test]
fn a_send_back_that_leaves_another_way_open_is_named() {
    let json = drawn(&[
        "start > exclusive_again",
        "exclusive_again > parallel_s",
        "parallel_s > sorting",
        "parallel_s > review",
        "sorting > exclusive_back",
        "exclusive_back > exclusive_again if outcome.sorting == 'send_back'",
        "exclusive_back > parallel_j else",
        "review > parallel_j",
        "parallel_j > end",
    ]);
    let found = checked(&[("m.json", &json)]).diagnostics;
    let told = found.iter().find(|finding| finding.code == "E-SOUND-002").unwrap_or_else(|| panic!("{found:#?}"));
    let help = &told.help.as_ref().expect("a help").en;
    assert!(help.contains("\"exclusive_back\" sends the case back to \"exclusive_again\""), "{help}");
}

/// The id of the node a finding points at.
fn named<'a>(json: &'a Json, finding: &Diagnostic) -> &'a str {
    json.pointer(&finding.place.pointer).and_then(|node| node["id"].as_str()).unwrap_or_default()
}

/// Wrong graphs, each with the same graph mended; both are run.
pub(super) fn examples() -> impl Iterator<Item = Example> {
    let rows: [(&str, &[&str], &[&str]); 6] = [
        (
            "E-GRAPH-007",
            &["start > review", "review > end", "review_a > review_b", "review_b > review_a"],
            &["start > review", "review > review_a", "review_a > review_b", "review_b > end"],
        ),
        (
            "E-GRAPH-008",
            &[
                "start > exclusive_split",
                "exclusive_split > end if form.yes",
                "exclusive_split > exclusive_join else",
                "exclusive_join > review",
                "review > exclusive_join",
            ],
            &[
                "start > exclusive_split",
                "exclusive_split > end if form.yes",
                "exclusive_split > review else",
                "review > end_b",
            ],
        ),
        (
            "E-SOUND-001",
            &[
                "start > exclusive",
                "exclusive > review1 if form.yes",
                "exclusive > review2 else",
                "review1 > parallel",
                "review2 > parallel",
                "parallel > end",
            ],
            &[
                "start > exclusive",
                "exclusive > review1 if form.yes",
                "exclusive > review2 else",
                "review1 > exclusive_join",
                "review2 > exclusive_join",
                "exclusive_join > end",
            ],
        ),
        (
            "E-SOUND-002",
            &[
                "start > parallel",
                "parallel > review1",
                "parallel > review2",
                "review1 > exclusive",
                "review2 > exclusive",
                "exclusive > review3",
                "review3 > end",
            ],
            &[
                "start > parallel",
                "parallel > review1",
                "parallel > review2",
                "review1 > parallel_join",
                "review2 > parallel_join",
                "parallel_join > review3",
                "review3 > end",
            ],
        ),
        (
            "E-SOUND-006",
            &[
                "start > exclusive_join",
                "exclusive_join > notice",
                "notice > exclusive_split",
                "exclusive_split > exclusive_join if form.yes",
                "exclusive_split > end else",
            ],
            &[
                "start > exclusive_join",
                "exclusive_join > timer",
                "timer > exclusive_split",
                "exclusive_split > exclusive_join if form.yes",
                "exclusive_split > end else",
            ],
        ),
        (
            "E-GRAPH-009",
            &[
                "start > exclusive_join",
                "exclusive_join > run",
                "run > exclusive_split",
                "exclusive_split > exclusive_join if outcome.run == 'refused'",
                "exclusive_split > end else",
            ],
            &["start > run", "run > end"],
        ),
    ];
    rows.into_iter().map(|(code, wrong, mended)| {
        let of = |edges: &[&str]| errors(&checked_graph(edges)).cloned().collect::<Vec<Diagnostic>>();
        assert!(of(mended).is_empty(), "{code}: {:#?}", of(mended));
        let found =
            of(wrong).into_iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("{code} is said"));
        Example { found, wrong: wrong.join("\n"), mended: mended.join("\n") }
    })
}

/// What is said of a matter of these edges; of a package, where a step is called `run`.
fn checked_graph(edges: &[&str]) -> Vec<Diagnostic> {
    if !edges.iter().any(|edge| edge.starts_with("run >")) {
        return checked(&[("m.json", &drawn(edges))]).diagnostics;
    }
    let mut nodes: Vec<Json> = Vec::new();
    for id in edges.iter().flat_map(|edge| edge.split(" > ")).map(|end| end.split(' ').next().expect("an id")) {
        if !nodes.iter().any(|known| known["id"] == *id) {
            nodes.push(if id == "run" { json!({"type": "matter", "id": "run", "matter": "m"}) } else { node(id) });
        }
    }
    let edges: Vec<String> = edges.iter().map(|edge| (*edge).to_owned()).collect();
    let one = drawn(&["start > review", "review > end"]);
    checked(&[("m.json", &one), ("p.json", &crate::support::package(&nodes, &edges))]).diagnostics
}

#[test]
fn a_matter_that_would_run_twice_is_refused() {
    let one = drawn(&["start > review", "review > end"]);
    let mut nodes: Vec<Json> = ["start", "exclusive_join", "exclusive_split", "end"].map(node).into();
    nodes.push(json!({"type": "matter", "id": "run", "matter": "m"}));
    let edges = [
        "start > exclusive_join",
        "exclusive_join > run",
        "run > exclusive_split",
        "exclusive_split > exclusive_join if outcome.run == 'refused'",
        "exclusive_split > end else",
    ];
    let package = crate::support::package(&nodes, &edges.map(str::to_owned));
    let found: Vec<Diagnostic> =
        super::errors(&checked(&[("m.json", &one), ("p.json", &package)]).diagnostics).cloned().collect();
    assert_eq!((found.len(), found[0].code, named(&package, &found[0])), (1, "E-GRAPH-009", "run"), "{found:#?}");
}

/// More ways into an inclusive join than are told apart.
pub(super) fn many_ways_in() -> Json {
    let mut edges = vec!["start > parallel".to_owned(), "inclusive > end".to_owned()];
    for branch in 0..65 {
        edges.push(format!("parallel > review{branch}"));
        edges.push(format!("review{branch} > inclusive"));
    }
    drawn(&edges.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn past_the_bound_the_answer_is_that_it_is_undecided() {
    let found = checked(&[("m.json", &many_ways_in())]).diagnostics;
    assert_eq!((found.len(), found[0].code), (1, "E-SOUND-005"), "{found:#?}");
}

#[test]
fn the_run_that_leads_to_a_fault_can_be_replayed() {
    let (mut stuck, mut twice) = (0, 0);
    for seed in 0..6000 {
        let json = random_matter(&mut Pcg64Mcg::seed_from_u64(seed));
        let found = checked(&[("m.json", &json)]).diagnostics;
        for finding in found.iter().filter(|finding| finding.code.starts_with("E-SOUND-00")) {
            let ends = replay(&json, &finding.witness);
            match finding.code {
                "E-SOUND-001" => {
                    stuck += 1;
                    assert!(ends.iter().any(|end| is_stuck(&json, end)), "seed {seed}: {finding:#?}\n{ends:?}");
                }
                "E-SOUND-002" => {
                    twice += 1;
                    let doubled = |end: &Marking| end.values().any(|tokens| *tokens > 1);
                    assert!(ends.iter().any(doubled), "seed {seed}: {finding:#?}\n{ends:?}");
                }
                "E-SOUND-005" | "E-SOUND-006" => {}
                other => panic!("seed {seed}: {other} was thought never to be said\n{finding:#?}"),
            }
        }
    }
    assert!(stuck > 20 && twice > 20, "{stuck} stuck, {twice} twice");
}

/// Tokens on edges.
type Marking = BTreeMap<usize, u32>;

/// Every marking in which a run can end: a split of choice may have gone any way.
fn replay(json: &Json, run: &[String]) -> Vec<Marking> {
    let (nodes, edges) = (json["nodes"].as_array().expect("nodes"), json["edges"].as_array().expect("edges"));
    let mut markings = vec![Marking::new()];
    for id in run {
        let kind = nodes.iter().find(|node| node["id"] == **id).and_then(|node| node["type"].as_str()).expect("a node");
        let at = |end: &str| -> Vec<usize> { (0..edges.len()).filter(|edge| edges[*edge][end] == **id).collect() };
        let (ins, outs) = (at("to"), at("from"));
        let mut next = Vec::new();
        for marking in markings {
            let marked: Vec<usize> =
                ins.iter().copied().filter(|edge| marking.get(edge).is_some_and(|n| *n > 0)).collect();
            // An inclusive join takes what has come; a parallel one everything; any other step one token.
            let taken: Vec<Vec<usize>> = match kind {
                "start" => vec![vec![]],
                "parallel" if marked.len() < ins.len() => vec![],
                "parallel" => vec![ins.clone()],
                "inclusive" if marked.is_empty() => vec![],
                "inclusive" => vec![marked],
                _ => marked.into_iter().map(|edge| vec![edge]).collect(),
            };
            for taken in taken {
                let mut rest = marking.clone();
                taken.iter().for_each(|edge| *rest.entry(*edge).or_default() -= 1);
                for choice in choices(kind, &outs) {
                    let mut after = rest.clone();
                    choice.iter().for_each(|edge| *after.entry(*edge).or_default() += 1);
                    after.retain(|_, tokens| *tokens > 0);
                    next.push(after);
                }
            }
        }
        next.sort();
        next.dedup();
        markings = next;
    }
    markings
}

fn choices(kind: &str, outs: &[usize]) -> Vec<Vec<usize>> {
    match kind {
        "exclusive" => outs.iter().map(|edge| vec![*edge]).collect(),
        "inclusive" => (1_u32..1 << outs.len())
            .map(|set| outs.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, edge)| *edge).collect())
            .collect(),
        _ => vec![outs.to_vec()],
    }
}

/// Every token waits before a join that another one must reach; an inclusive join may wait for what cannot come.
fn is_stuck(json: &Json, marking: &Marking) -> bool {
    let (nodes, edges) = (json["nodes"].as_array().expect("nodes"), json["edges"].as_array().expect("edges"));
    !marking.is_empty()
        && marking.keys().all(|edge| {
            let to = &edges[*edge]["to"];
            let kind = nodes.iter().find(|node| node["id"] == *to).and_then(|node| node["type"].as_str());
            let ins: Vec<usize> = (0..edges.len()).filter(|other| edges[*other]["to"] == *to).collect();
            match kind {
                Some("parallel") => ins.iter().any(|edge| !marking.contains_key(edge)),
                Some("inclusive") => ins.len() > 1,
                _ => false,
            }
        })
}
