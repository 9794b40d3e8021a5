//! Once only, for every combination of answers: what never happens in one case is no fault, and what happens in one of
//! many is found.

use onething_engine::diagnostic::Diagnostic;
use serde_json::{Value as Json, json};

use crate::support::{checked, matter, node, package, renamed};

/// A package of the matters a and b, which both issue the result `licence`; the ways lead from the intake to the
/// delivery.
fn two_matters(questions: usize, promised: Option<f64>, ways: &[&str]) -> Vec<Diagnostic> {
    let nodes = ["start", "decide", "exclusive", "issue", "end", "end_refused"].map(node);
    let edges = [
        "start > decide",
        "decide > exclusive",
        "exclusive > issue if outcome.decide == 'granted'",
        "issue > end",
        "exclusive > end_refused else",
    ];
    let one = matter(&nodes, &edges.map(str::to_owned));
    let mut two = renamed(one.clone(), "b");
    two["results"] = one["results"].clone();
    two["nodes"] = one["nodes"].clone();
    let mut nodes: Vec<Json> = Vec::new();
    let mut edges: Vec<String> =
        ["start > intake", "intake > exclusive_in", "exclusive_in > end_away else", "deliver > end"]
            .map(str::to_owned)
            .into();
    edges.extend(ways.iter().map(|way| (*way).to_owned()));
    for id in edges.iter().flat_map(|way| way.split('>')).filter_map(|end| end.split_whitespace().next()) {
        let known = nodes.iter().any(|node| node["id"] == id);
        match id {
            _ if known => {}
            "a" | "b" => nodes.push(json!({"type": "matter", "id": id, "matter": id})),
            _ => nodes.push(node(id)),
        }
    }
    let mut package = package(&nodes, &edges);
    let title = json!({"zh": "问", "en": "asks"});
    for nth in 0..questions {
        let question = json!({"id": format!("q{nth}"), "title": title, "type": "boolean", "effect": title});
        package["questions"].as_array_mut().expect("questions").push(question);
    }
    if let Some(n) = promised {
        package["promise"]["limit"]["n"] = json!(n);
    }
    let one = renamed(one, "a");
    let mut one = one;
    one["results"] = two["results"].clone();
    one["nodes"] = two["nodes"].clone();
    checked(&[("a.json", &one), ("b.json", &two), ("p.json", &package)]).diagnostics
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|finding| finding.code).collect()
}

const ACCEPTED: &str = "exclusive_in > parallel_s if outcome.intake == 'accepted'";

#[test]
fn two_matters_that_never_run_in_one_case_do_not_clash() {
    let either = [
        "exclusive_in > exclusive_s if outcome.intake == 'accepted'",
        "exclusive_s > a if answer.yes",
        "exclusive_s > b else",
        "a > exclusive_j",
        "b > exclusive_j",
        "exclusive_j > deliver",
    ];
    assert!(codes(&two_matters(0, None, &either)).is_empty());
    let by_answer = [
        "exclusive_in > inclusive_s if outcome.intake == 'accepted'",
        "inclusive_s > a if answer.yes",
        "inclusive_s > b if !answer.yes",
        "inclusive_s > notice else",
        "notice > inclusive_j",
        "a > inclusive_j",
        "b > inclusive_j",
        "inclusive_j > deliver",
    ];
    assert_eq!(codes(&two_matters(0, None, &by_answer)), ["W-COND-003"], "never both, and always one of them");
    let both = [
        ACCEPTED,
        "parallel_s > a",
        "parallel_s > b",
        "a > parallel_j",
        "b > parallel_j",
        "parallel_j > exclusive_y",
        "exclusive_y > deliver if answer.yes",
        "exclusive_y > end_no else",
    ];
    let found = two_matters(0, None, &both);
    assert_eq!(codes(&found), ["E-DATA-010"], "{found:#?}");
    assert!(found[0].message.en.contains("side by side"), "{}", found[0].message.en);
    assert_eq!((found[0].place.file.as_str(), found[0].related[0].place.file.as_str()), ("b.json", "a.json"));
}

#[test]
fn a_promise_is_held_against_the_longest_way_that_answers_can_choose() {
    let one_after_the_other = |when: &str| {
        let either = [
            "exclusive_in > exclusive_s if outcome.intake == 'accepted'",
            when,
            "exclusive_s > exclusive_j else",
            "a > exclusive_j",
            "exclusive_j > exclusive_t",
            "exclusive_t > b if answer.yes",
            "exclusive_t > exclusive_u else",
            "b > exclusive_u",
            "exclusive_u > deliver",
        ];
        two_matters(0, Some(6.0), &either)
    };
    let found = one_after_the_other("exclusive_s > a if answer.yes");
    let late: Vec<&Diagnostic> = found.iter().filter(|finding| finding.code == "E-LIMIT-005").collect();
    let [late] = late.as_slice() else { panic!("{found:#?}") };
    assert!(late.message.en.contains("10 working days of its critical path: a 5 working days → b 5"), "{late:#?}");
    assert!(late.expected.as_ref().is_some_and(|said| said.en == "with these answers: answer.yes = true"), "{late:#?}");
    assert!(codes(&one_after_the_other("exclusive_s > a if !answer.yes")).is_empty(), "never both");
}

#[test]
fn too_many_answers_are_looked_at_two_by_two_and_that_is_said() {
    let mut ways: Vec<String> = vec!["exclusive_in > exclusive_q0 if outcome.intake == 'accepted'".into()];
    for nth in 0..13 {
        let join = format!("exclusive_j{nth}");
        ways.push(format!("exclusive_q{nth} > notice{nth} if answer.q{nth}"));
        ways.push(format!("exclusive_q{nth} > {join} else"));
        ways.push(format!("notice{nth} > {join}"));
        let next = if nth == 12 { "inclusive_s".to_owned() } else { format!("exclusive_q{}", nth + 1) };
        ways.push(format!("{join} > {next}"));
    }
    let last = [
        "inclusive_s > a if answer.q3 && answer.yes",
        "inclusive_s > b if answer.q3 && answer.yes",
        "inclusive_s > inclusive_j else",
        "a > inclusive_j",
        "b > inclusive_j",
        "inclusive_j > deliver",
    ];
    ways.extend(last.map(str::to_owned));
    let ways: Vec<&str> = ways.iter().map(String::as_str).collect();
    let found = two_matters(13, None, &ways);
    assert_eq!(codes(&found), ["E-DATA-010", "W-DATA-006"], "{found:#?}");
    assert!(found[1].message.en.contains("16384 combinations"), "{}", found[1].message.en);
}
