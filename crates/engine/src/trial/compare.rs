//! Holding what came of a case against what was expected.

use std::collections::BTreeMap;

use super::Finding;
use super::facts::{ClockFacts, Facts, Term};
use super::file::{ClockExpected, Expected, Rejected, StopExpected};
use super::moment::When;
use super::run::said;
use crate::calendar::Millis;
use crate::rejection::Rejection;
use crate::text::Title;

/// Everything in which they differ, at places below `expect`.
pub(super) fn differences(expected: &Expected, facts: &Facts, rejected: Option<&Rejection>) -> Vec<Finding> {
    let mut found = Findings(Vec::new());
    found.rejection(expected.rejected.as_ref(), rejected);
    found.set("matters", Title::new("所选事项", "the matters chosen"), expected.matters.as_ref(), &facts.matters);
    found.set(
        "requires",
        Title::new("应交材料", "the materials to bring"),
        expected.requires.as_ref(),
        &facts.requires,
    );
    for (key, list, asked) in [("asks", &expected.asks, true), ("asks_not", &expected.asks_not, false)] {
        for (index, id) in list.iter().enumerate().filter(|(_, id)| facts.asks.contains(id) != asked) {
            let word = |asked| if asked { Title::new("填写", "asked") } else { Title::new("不填写", "not asked") };
            let what = Title::new(format!("字段 {id}"), format!("the field {id}"));
            found.add(format!("/{key}/{index}"), what, word(asked), word(!asked));
        }
    }
    if expected.rejected.is_some() || rejected.is_some() {
        return found.0;
    }
    if let Some(status) = expected.status.filter(|status| *status != facts.status) {
        let words =
            |status: crate::case::Status| Title::new(format!("{}（{}）", status.word(), status.zh()), status.word());
        found.add("/status".into(), Title::new("办件状态", "the status"), words(status), words(facts.status));
    }
    if let Some(accepted) = expected.accepted {
        found.moment(
            "/accepted",
            Title::new("受理时间", "acceptance"),
            accepted,
            facts.accepted.map_or(Term::None, Term::At),
        );
    }
    if let Some(by_silence) = expected.by_silence.filter(|by_silence| *by_silence != facts.by_silence) {
        let words = |yes: bool| if yes { Title::new("是", "yes") } else { Title::new("否", "no") };
        found.add(
            "/by_silence".into(),
            Title::new("默示受理", "acceptance by silence"),
            words(by_silence),
            words(facts.by_silence),
        );
    }
    found.set(
        "supplement",
        Title::new("补正告知", "the one-time notice"),
        expected.supplement.as_ref(),
        &facts.supplement,
    );
    found.path(&expected.path, &facts.path);
    for (index, step) in expected.never.iter().enumerate().filter(|(_, step)| facts.reached.contains(*step)) {
        let what = Title::new(format!("步骤 {step}"), format!("the step {step}"));
        found.add(format!("/never/{index}"), what, Title::new("不发生", "never"), Title::new("发生了", "it happened"));
    }
    if let Some(notices) = &expected.notices {
        let what = Title::new("给申请人的通知", "the notices to the applicant");
        found.set("notices/applicant", what, notices.applicant.as_ref(), &facts.to_applicant);
        let what = Title::new("给部门的通知", "the notices to departments");
        found.set("notices/department", what, notices.department.as_ref(), &facts.to_department);
    }
    found.set("results", Title::new("制发的结果", "the results issued"), expected.results.as_ref(), &facts.results);
    for (matter, outcome) in &expected.outcomes {
        let came = facts.outcomes.get(matter).map_or("", |outcome| outcome.word());
        if came != outcome.word() {
            let what = Title::new(format!("事项 {matter} 的结果"), format!("the outcome of {matter}"));
            found.add(
                format!("/outcomes/{matter}"),
                what,
                Title::new(outcome.word(), outcome.word()),
                Title::new(came, came),
            );
        }
    }
    for (part, clock) in &expected.clocks {
        if let Some(facts) = facts.clocks.get(part) {
            found.clock(part, clock, facts);
        }
    }
    if let Some(closed) = expected.closed {
        found.moment(
            "/closed",
            Title::new("办件结束", "the end of the case"),
            closed,
            facts.closed.map_or(Term::None, Term::At),
        );
    }
    found.set("open", Title::new("未办完的步骤", "the open steps"), expected.open.as_ref(), &facts.open);
    found.set(
        "incidents",
        Title::new("故障的步骤", "the steps with an incident"),
        expected.incidents.as_ref(),
        &facts.incidents,
    );
    found.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, pointer: String, what: Title, expected: Title, found: Title) {
        self.0.push(Finding { pointer: format!("/expect{pointer}"), what, expected, found });
    }

    fn rejection(&mut self, expected: Option<&Rejected>, rejected: Option<&Rejection>) {
        let what = || Title::new("提交申请", "handing in");
        let taken = || Title::new("收件", "it is received");
        match (expected, rejected) {
            (None, None) => {}
            (None, Some(rejected)) => self.add(String::new(), what(), taken(), said(rejected)),
            (Some(expected), rejected) => {
                let found = rejected.map_or_else(taken, said);
                let code = &expected.code;
                if rejected.is_none_or(|rejected| rejected.code != *code) {
                    let (zh, en) = (format!("被拒绝：{code}"), format!("refused with {code}"));
                    self.add("/rejected/code".into(), what(), Title::new(zh, en), found);
                    return;
                }
                let named = |at: &String| {
                    rejected.is_some_and(|rejected| rejected.problems.iter().any(|problem| problem.at == *at))
                };
                for (index, at) in expected.at.iter().enumerate().filter(|(_, at)| !named(at)) {
                    let (zh, en) = (format!("指出 {at}"), format!("{at} is named"));
                    self.add(format!("/rejected/at/{index}"), what(), Title::new(zh, en), found.clone());
                }
            }
        }
    }

    /// Two lists in any order.
    fn set(&mut self, key: &str, what: Title, expected: Option<&Vec<String>>, found: &[String]) {
        let Some(expected) = expected else { return };
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list
        };
        if sorted(expected) != sorted(found) {
            self.add(format!("/{key}"), what, listed(expected), listed(found));
        }
    }

    /// The steps come in this order; steps of different parts are not compared with each other.
    fn path(&mut self, expected: &[String], path: &[String]) {
        let part = |step: &str| step.split_once('/').map(|(matter, _)| matter.to_owned());
        let mut rest: BTreeMap<Option<String>, Vec<&String>> = BTreeMap::new();
        for step in path {
            rest.entry(part(step)).or_default().push(step);
        }
        for (index, step) in expected.iter().enumerate() {
            let left = rest.entry(part(step)).or_default();
            match left.iter().position(|it| *it == step) {
                Some(at) => {
                    left.drain(..=at);
                }
                None => {
                    let what = Title::new(format!("步骤 {step}"), format!("the step {step}"));
                    let left: Vec<String> = left.iter().map(|step| (*step).clone()).collect();
                    let (zh, en) = (listed(&left).zh, listed(&left).en);
                    let found = Title::new(
                        format!("没有走到；之后只有：{zh}"),
                        format!("it is not reached; what follows is: {en}"),
                    );
                    self.add(format!("/path/{index}"), what, Title::new("走到", "it is reached"), found);
                }
            }
        }
    }

    fn clock(&mut self, part: &str, expected: &ClockExpected, facts: &ClockFacts) {
        let known = |at: Option<Millis>| at.map_or(Term::None, Term::At);
        for (key, zh, en, expected, found) in [
            ("starts", "时限起算", "the clock of {} starts", expected.starts, known(facts.starts)),
            ("ends", "计时终止", "the clock of {} ends", expected.ends, known(facts.ends)),
            ("promised", "承诺期限届满", "the promised limit of {} ends", expected.promised, facts.promised),
            ("statutory", "法定期限届满", "the legal limit of {} ends", expected.statutory, facts.statutory),
        ] {
            if let Some(expected) = expected {
                let what = Title::new(format!("{part} {zh}"), en.replace("{}", part));
                self.moment(&format!("/clocks/{part}/{key}"), what, expected, found);
            }
        }
        let at = |key: &str| format!("/clocks/{part}/{key}");
        if let Some(lights) = expected.lights.as_ref().filter(|lights| **lights != facts.lights) {
            let words = |lights: &[crate::clock::Light]| {
                listed(&lights.iter().map(|light| light.word().to_owned()).collect::<Vec<_>>())
            };
            let what = Title::new(format!("{part} 监察灯"), format!("the light of {part} turns to"));
            self.add(at("lights"), what, words(lights), words(&facts.lights));
        }
        if let Some(stops) = &expected.stops {
            let same = stops.len() == facts.stops.len()
                && stops.iter().zip(&facts.stops).all(|(wanted, found)| {
                    let to = match (wanted.to, found.to) {
                        (None, None) => true,
                        (Some(wanted), Some(found)) => wanted.is(Some(found)),
                        _ => false,
                    };
                    wanted.reason == found.reason && wanted.from.is(Some(found.from)) && to
                });
            if !same {
                let found = facts.stops.iter().map(StopExpected::of).collect::<Vec<_>>();
                let words = |stops: &[StopExpected]| listed(&stops.iter().map(ToString::to_string).collect::<Vec<_>>());
                let what = Title::new(format!("{part} 计时暂停"), format!("the clock of {part} stands"));
                self.add(at("stops"), what, words(stops), words(&found));
            }
        }
    }

    fn moment(&mut self, pointer: &str, what: Title, expected: When, found: Term) {
        let (fits, words) = match found {
            Term::None => (false, Title::new("没有", "never")),
            Term::At(at) => (expected.is(Some(at)), same(&When::of(Some(at)))),
            Term::Unpublished => (expected.is(None), Title::new("unpublished", "unpublished")),
        };
        if !fits {
            self.add(pointer.to_owned(), what, same(&expected), words);
        }
    }
}

/// What reads the same in both languages.
fn same(moment: &When) -> Title {
    Title::new(moment.to_string(), moment.to_string())
}

fn listed(list: &[String]) -> Title {
    if list.is_empty() { Title::new("（无）", "(none)") } else { Title::new(list.join("、"), list.join(", ")) }
}
