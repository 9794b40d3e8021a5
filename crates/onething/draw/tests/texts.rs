//! What is written: SVG, DOT and Mermaid.

use super::super::marks::Marks;
use super::super::sketch::Sketch;
use super::super::{condition, dot, label, mermaid, svg, text};
use super::{marked, odd, workflows};

/// Reads tags one after the other and says what is open at the end.
pub(super) fn well_formed(xml: &str) {
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
        for marks in [Marks::default(), marked(&workflow)] {
            let picture = svg(&workflow, &marks);
            well_formed(&picture);
            assert_eq!(picture, svg(&workflow, &marks), "{}", workflow.id);
            assert!(!picture.contains("NaN") && !picture.contains("inf\""), "{}", workflow.id);
            for (nth, part) in workflow.parts.iter().enumerate() {
                for step in &part.steps {
                    assert!(picture.contains(&format!("id=\"p{nth}-{}\"", step.id)), "{} {}", part.id, step.id);
                }
            }
            let view = picture.split("viewBox=\"0 0 ").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
            assert!(view.split(' ').all(|side| side.parse::<f64>().unwrap() > 0.0), "{view}");
            assert!(picture.contains("role=\"img\"") && picture.contains("<desc "));
        }
    }
}

#[test]
fn a_way_back_is_marked_in_every_format() {
    let (sketch, none) = (odd(), Marks::default());
    assert_eq!(svg(&sketch, &none).matches("class=\"edge back\"").count(), 1);
    assert!(dot::text(&sketch, &none).contains("p0_collect -> p0_again [style=dashed"));
    assert!(mermaid::text(&sketch, &none).contains("p0_collect -.-> p0_again"));
}

#[test]
fn dot_and_mermaid_are_well_formed() {
    for workflow in workflows() {
        for marks in [Marks::default(), marked(&workflow)] {
            let dot = dot::text(&workflow, &marks);
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
            let mermaid = mermaid::text(&workflow, &marks);
            assert!(mermaid.lines().all(|line| line.matches('"').count() % 2 == 0), "{mermaid}");
            assert_eq!(mermaid.matches("> p").count() + mermaid.matches("| p").count(), edges(&workflow));
            assert_eq!(mermaid.matches("\n  end\n").count(), workflow.parts.len());
        }
    }
}

/// A mark is a word in the texts and a badge with its word in the picture: no colour is needed to see it.
#[test]
fn marks_are_words_in_every_format() {
    let sketch = odd();
    let marks = marked(&sketch);
    for text in [svg(&sketch, &marks), dot::text(&sketch, &marks), mermaid::text(&sketch, &marks)] {
        for word in ["错 1,2,100", "提醒 7", "走 3,4", "在办", "关键", "自 2026-04-13 09:00"] {
            assert!(text.contains(word), "{word}");
        }
    }
}

fn edges(sketch: &Sketch) -> usize {
    sketch.parts.iter().map(|part| part.ways.len()).sum()
}

#[test]
fn conditions_are_said_in_words() {
    let sketch = odd();
    let part = &sketch.parts[0];
    let words = |from: &str, nth: usize| {
        let way = part.steps[part.find(from).unwrap()].outs[nth];
        label::words(&sketch, part, way).unwrap()
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
    let sketch = odd();
    let part = &sketch.parts[0];
    let split = &part.steps[part.find("sorted").unwrap()];
    let shown: Vec<String> = split.outs.iter().map(|way| label::words(&sketch, part, *way).unwrap().zh).collect();
    assert!(shown[0].starts_with("on<办理>") && shown[1].starts_with("close<办理>"), "{shown:?}");
    let came = &part.steps[part.find("came").unwrap()];
    assert_eq!(label::words(&sketch, part, came.outs[1]).unwrap().zh, "否则");
}
