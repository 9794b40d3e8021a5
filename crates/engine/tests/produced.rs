//! Results of one matter that are materials of another: there in time, whatever the answers.

use serde_json::{Value as Json, json};

use crate::support::{checked, matter, node, package, renamed};

/// Checks a package in which the matter `b` needs the result of `a`; these ways lead from the intake to the delivery.
fn needs_result_of_a(ways: &[&str], when: Option<&str>) -> Vec<&'static str> {
    let issuing = ["start", "intake", "issue", "end"].map(node);
    let a = renamed(matter(&issuing, &["start > intake", "intake > issue", "issue > end"].map(str::to_owned)), "a");
    let plain = ["start", "intake", "review", "end"].map(node);
    let mut b = renamed(matter(&plain, &["start > intake", "intake > review", "review > end"].map(str::to_owned)), "b");
    let mut copy = json!({
        "id": "copy", "title": {"zh": "证", "en": "Copy"}, "source": {"from": "result", "result": "licence_a"},
    });
    if let Some(when) = when {
        copy["when"] = json!(when);
    }
    b["materials"].as_array_mut().expect("materials").push(copy);
    let mut nodes: Vec<Json> = vec![];
    let mut edges = vec!["start > intake".to_owned(), "deliver > end".to_owned()];
    edges.extend(ways.iter().map(|way| (*way).to_owned()));
    for id in edges.iter().flat_map(|way| way.split('>')).filter_map(|end| end.split_whitespace().next()) {
        let known = nodes.iter().any(|node| node["id"] == id);
        match id {
            _ if known => {}
            "a" | "b" => nodes.push(json!({"type": "matter", "id": id, "matter": id})),
            _ => nodes.push(node(id)),
        }
    }
    let checked = checked(&[("a.json", &a), ("b.json", &b), ("p.json", &package(&nodes, &edges))]);
    checked.diagnostics.iter().map(|finding| finding.code).filter(|code| code.starts_with("E-")).collect()
}

#[test]
fn a_result_is_there_in_time_or_the_answers_leave_its_matter_out() {
    let late = ["E-DATA-002"];
    let optional = |first| ["intake > exclusive1", first, "exclusive1 > exclusive2 else", "a > exclusive2"];
    let rest = ["exclusive2 > b", "b > deliver"];
    let by_answer = [&optional("exclusive1 > a if answer.yes")[..], &rest].concat();
    assert!(needs_result_of_a(&by_answer, None).is_empty(), "without it the applicant brings the material");
    let by_form = [&optional("exclusive1 > a if form.area == 3")[..], &rest].concat();
    assert!(needs_result_of_a(&by_form, None).is_empty(), "what the form settles is known before the case runs, too");
    let by_outcome = [
        &["intake > review1", "review1 > exclusive1", "exclusive1 > a if outcome.review1 == 'passed'"][..],
        &optional("exclusive1 > exclusive2 else")[2..],
        &rest,
    ]
    .concat();
    assert_eq!(needs_result_of_a(&by_outcome, None), late, "what a step settles is not");
    let side_by_side = |first| {
        [
            "intake > inclusive1",
            first,
            "inclusive1 > b else",
            "a > inclusive2",
            "b > inclusive2",
            "inclusive2 > deliver",
        ]
    };
    let b_always = "intake > parallel1,parallel1 > exclusive1,exclusive1 > a if answer.yes,exclusive1 > exclusive2 else,\
                    a > exclusive2,parallel1 > b,exclusive2 > parallel2,b > parallel2,parallel2 > deliver";
    let b_always: Vec<&str> = b_always.split(',').collect();
    assert_eq!(needs_result_of_a(&b_always, None), late, "with yes, b runs beside a");
    assert!(needs_result_of_a(&b_always, Some("!form.yes")).is_empty(), "and with no it is not needed");
    assert!(needs_result_of_a(&side_by_side("inclusive1 > a if answer.yes"), None).is_empty(), "never both");
    let joined = [
        "intake > inclusive1",
        "inclusive1 > a if answer.yes",
        "inclusive1 > notice else",
        "a > inclusive2",
        "notice > inclusive2",
        "inclusive2 > b",
        "b > deliver",
    ];
    assert!(needs_result_of_a(&joined, None).is_empty(), "an inclusive join waits for it");
}
