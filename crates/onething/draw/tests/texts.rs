//! What is written: SVG, DOT and Mermaid.

use super::super::{condition, dot, label, mermaid, svg, text};
use super::{odd, workflows};

/// Reads tags one after the other and says what is open at the end.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "a bare > in {:?}", &rest[..at]);
        for entity in rest[..at].split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|known| entity.starts_with(known)), "{entity}");
        }
        let end = rest.find('>').expect("a tag ends");
        let tag = &rest[at + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
        } else if !tag.ends_with('/') && !tag.starts_with('?') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn every_picture_is_well_formed_complete_and_the_same_twice() {
    for workflow in workflows() {
        let picture = svg(&workflow);
        well_formed(&picture);
        assert_eq!(picture, svg(&workflow), "{}", workflow.id());
        assert!(!picture.contains("NaN") && !picture.contains("inf\""), "{}", workflow.id());
        for (part, plan) in workflow.plans().iter().enumerate() {
            for (_, step) in plan.graph.steps() {
                assert!(picture.contains(&format!("id=\"p{part}-{}\"", step.id)), "{} {}", plan.id, step.id);
            }
        }
        let view = picture.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert!(view.split(' ').all(|side| side.parse::<f64>().unwrap() > 0.0), "{view}");
        assert!(picture.contains("role=\"img\"") && picture.contains("<desc "));
    }
}

#[test]
fn a_way_back_is_marked_in_every_format() {
    let workflow = odd();
    assert_eq!(svg(&workflow).matches("class=\"edge back\"").count(), 1);
    assert!(dot::text(&workflow).contains("p0_collect -> p0_again [style=dashed"));
    assert!(mermaid::text(&workflow).contains("p0_collect -.-> p0_again"));
}

#[test]
fn dot_and_mermaid_are_well_formed() {
    for workflow in workflows() {
        let dot = dot::text(&workflow);
        let mut quotes = 0;
        let mut letters = dot.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => drop(letters.next()),
                '"' => quotes += 1,
                _ => {}
            }
        }
        assert_eq!(quotes % 2, 0);
        assert_eq!(dot.matches(" -> ").count(), edges(&workflow));
        let mermaid = mermaid::text(&workflow);
        assert!(mermaid.lines().all(|line| line.matches('"').count() % 2 == 0), "{mermaid}");
        assert_eq!(mermaid.matches("> p").count() + mermaid.matches("| p").count(), edges(&workflow));
        assert_eq!(mermaid.matches("\n  end\n").count(), workflow.plans().len());
    }
}

fn edges(workflow: &onething_engine::Workflow) -> usize {
    workflow.plans().iter().map(|plan| usize::from(plan.graph.edge_count())).sum()
}

#[test]
fn conditions_are_said_in_words() {
    let workflow = odd();
    let graph = &workflow.plans()[0].graph;
    let words = |from: &str, nth: usize| {
        let edge = graph.step(graph.find(from).unwrap()).outs[nth];
        label::words(&workflow, graph, edge).unwrap()
    };
    assert_eq!(words("came", 0).zh, "不是受理，且面积 ≥ 30");
    assert_eq!(words("came", 0).en, "not accepted; and Area ≥ 30");
    assert_eq!(words("some", 3).zh, "面积 > 2，或是哪一种：甲或乙");
    assert_eq!(words("some", 3).en, "Area > 2; or Which kind: A or B");
}

#[test]
fn whatever_a_condition_holds_is_read_to_its_end() {
    for text in ["", "'", "\"中文", "-", "- 1", "a.b == '文' && ¬", "in [", "x in ['a','b'", "!", "!!a", "1 == 1", "()"]
    {
        let tokens = condition::tokens(text);
        assert!(tokens.len() <= text.chars().count(), "{text}");
    }
}

#[test]
fn text_is_broken_where_a_reader_would() {
    for (source, room, expect) in [
        ("受理：企业设立登记", 150.0, vec!["受理：企业设立登记"]),
        ("一次受理：教师资格认定和发放", 150.0, vec!["一次受理：", "教师资格认定和发放"]),
        ("the fire acceptance documents", 100.0, vec!["the fire", "acceptance", "documents"]),
        ("abcdefghijklmnopqrstuvwxyz", 75.0, vec!["abcdefghi", "jklmnopqr", "stuvwxyz"]),
        ("", 75.0, vec![]),
    ] {
        let lines = text::wrap(source, 14.0, room, 9);
        assert_eq!(lines, expect);
        assert!(text::widest(&lines, 14.0) <= room + 14.0, "{lines:?}");
    }
    assert_eq!(text::wrap("一二三四五六七八九十", 14.0, 42.0, 2), ["一二三", "四五…"]);
    assert_eq!(text::escape("<a b=\"1\">&\u{1}"), "&lt;a b=&quot;1&quot;&gt;&amp; ");
}

#[test]
fn declared_outcomes_are_shown_with_their_titles_and_the_last_one_is_not_otherwise() {
    let workflow = odd();
    let graph = &workflow.plan(0).graph;
    let split = graph.step(graph.find("sorted").unwrap());
    let shown: Vec<String> = split.outs.iter().map(|edge| label::words(&workflow, graph, *edge).unwrap().zh).collect();
    assert!(shown[0].starts_with("on<办理>") && shown[1].starts_with("close<办理>"), "{shown:?}");
    let came = graph.step(graph.find("came").unwrap());
    assert_eq!(label::words(&workflow, graph, came.outs[1]).unwrap().zh, "否则");
}
