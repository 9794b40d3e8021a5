//! Test files: every name is one of the workflow they test, and every key says something.

use std::collections::BTreeMap;

use crate::case::Outcome;
use crate::check::file::Loaded;
use crate::check::names;
use crate::definition::{Node, NoticeTo, OnExhausted};
use crate::diagnostic::{Diagnostic, Place};
use crate::source::child;
use crate::trial::steps::{self, Happens};
use crate::trial::{self, BY_SILENCE, Expected, Scripted, TestCase, TestFile};
use crate::value::Value;
use crate::workflow::Workflow;

/// Checks a test file against the workflow it tests.
pub(super) fn tests(loaded: &Loaded<'_, TestFile>, workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    let file = &loaded.value;
    let mut check = Check { loaded, workflow, found };
    check.answers("/application/answers", &file.application.answers);
    check.form("/application/form", &file.application.form);
    for (index, case) in file.cases.iter().enumerate() {
        let at = format!("/cases/{index}");
        if file.cases[..index].iter().any(|earlier| earlier.title.zh == case.title.zh) {
            let place = loaded.source.place(&format!("{at}/title/zh"));
            let zh = format!("用例“{}”出现了两次", case.title.zh);
            let en = format!("the case \"{}\" stands twice", case.title.zh);
            check.found.push(
                Diagnostic::error("E-REF-001", place, zh, en)
                    .help("给其中一个另起标题", "give one of them another title"),
            );
        }
        check.case(&at, case);
    }
}

struct Check<'a, 'f> {
    loaded: &'a Loaded<'f, TestFile>,
    workflow: &'a Workflow,
    found: &'a mut Vec<Diagnostic>,
}

/// What somebody calls a kind of name, in both languages.
type What = (&'static str, &'static str);

const MATERIAL: What = ("材料", "material");
const FIELD: What = ("字段", "field");
const MATTER: What = ("事项", "matter");
const STEP: What = ("步骤", "step");

impl<'a> Check<'a, '_> {
    fn place(&self, pointer: &str) -> Place {
        self.loaded.source.place(pointer)
    }

    fn known<'v>(&mut self, at: Place, what: What, written: &str, known: impl IntoIterator<Item = &'v str>) {
        let known: Vec<&str> = known.into_iter().collect();
        if !known.contains(&written) {
            self.found.push(names::unknown("E-TEST-003", at, what, written, known));
        }
    }

    fn listed<'v>(&mut self, at: &str, what: What, list: &[String], known: impl Iterator<Item = &'v str> + Clone) {
        for (index, written) in list.iter().enumerate() {
            let place = self.place(&format!("{at}/{index}"));
            self.known(place, what, written, known.clone());
        }
    }

    fn answers(&mut self, at: &str, answers: &BTreeMap<String, Value>) {
        let workflow = self.workflow;
        for id in answers.keys() {
            let place = self.loaded.source.place_of_name(at, id);
            self.known(
                place,
                ("问题", "question"),
                id,
                workflow.questions().iter().map(|question| question.id.as_str()),
            );
        }
    }

    fn form(&mut self, at: &str, form: &BTreeMap<String, Value>) {
        let workflow = self.workflow;
        for id in form.keys() {
            let place = self.loaded.source.place_of_name(at, id);
            self.known(place, FIELD, id, workflow.fields().iter().map(|plan| plan.field.id.as_str()));
        }
    }

    fn case(&mut self, at: &str, case: &TestCase) {
        let workflow = self.workflow;
        self.answers(&format!("{at}/answers"), &case.answers);
        self.form(&format!("{at}/form"), &case.form);
        self.listed(
            &format!("{at}/blank"),
            FIELD,
            &case.blank,
            workflow.fields().iter().map(|plan| plan.field.id.as_str()),
        );
        self.listed(&format!("{at}/without"), MATERIAL, &case.without, materials(workflow));
        for (index, id) in case.blank.iter().enumerate().filter(|(_, id)| case.form.contains_key(*id)) {
            let place = self.place(&format!("{at}/blank/{index}"));
            let zh = format!("字段“{id}”又填写又留空");
            let en = format!("the field \"{id}\" is filled in and left blank");
            self.found.push(Diagnostic::error("E-TEST-005", place, zh, en).help("只写一处", "say only one of the two"));
        }
        if let Some(pace) = &case.pace {
            names::limit(self.loaded, &format!("{at}/pace"), pace, self.found);
        }
        for (index, entry) in case.script.iter().enumerate() {
            self.entry(&format!("{at}/script/{index}"), entry, &case.script[..index]);
        }
        self.expected(&format!("{at}/expect"), &case.expect);
    }

    fn entry(&mut self, at: &str, entry: &Scripted, earlier: &[Scripted]) {
        let workflow = self.workflow;
        if let Some(after) = &entry.after {
            names::limit(self.loaded, &format!("{at}/after"), after, self.found);
        }
        self.listed(&format!("{at}/materials"), MATERIAL, &entry.materials, materials(workflow));
        let Some((part, node)) = self.step(&format!("{at}/step"), &entry.step) else { return };
        let words = steps::happenings(part, node);
        if words.is_empty() {
            let place = self.place(&format!("{at}/step"));
            let (zh, en) = (
                format!("步骤“{}”自行发生，不能写进脚本", entry.step),
                format!("the step \"{}\" happens by itself, so no script can speak of it", entry.step),
            );
            let finding = Diagnostic::error("E-TEST-004", place, zh, en).expected(
                "由人办理、等待或自动执行的步骤；套餐内事项自己的受理和发放是跳过的",
                "a step that somebody or something completes; inside a package the matters' own intake and delivery are passed over",
            );
            return self.found.push(finding);
        }
        let word = entry.outcome.as_str();
        if !words.contains(&word) {
            let place = self.place(&format!("{at}/outcome"));
            let list = words.join(", ");
            let (zh, en) = (
                format!("步骤“{}”不会是“{word}”", entry.step),
                format!("the step \"{}\" never comes to \"{word}\"", entry.step),
            );
            let finding = Diagnostic::error("E-TEST-004", place, zh, en);
            let finding = finding.expected(format!("其中之一：{list}"), format!("one of: {list}"));
            return self.found.push(finding.did_you_mean(word, words));
        }
        self.idle(at, entry, node, earlier);
    }

    /// Keys of an entry that would change nothing.
    fn idle(&mut self, at: &str, entry: &Scripted, node: &Node, earlier: &[Scripted]) {
        let Some(happens) = Happens::of(node, &entry.outcome) else { return };
        let comes_to = |outcome: Outcome| happens == Happens::Outcome(outcome);
        let nobody = happens == Happens::Silence || comes_to(Outcome::Expired);
        let service = match node {
            Node::Service { retry, on_exhausted, .. } => Some((retry.attempts, *on_exhausted)),
            _ => None,
        };
        let mended = comes_to(Outcome::Done)
            && matches!(service, Some((_, OnExhausted::Incident)))
            && earlier.iter().any(|before| before.step == entry.step && before.outcome == Outcome::Failed.word());
        let by_people = steps::by_staff(node) || happens == Happens::Withdrawn || mended;
        let reason_says = by_people && !nobody;
        let materials_say = comes_to(Outcome::Supplement) || comes_to(Outcome::Supplied);
        let failures_say =
            comes_to(Outcome::Done) && service.is_some_and(|(attempts, _)| entry.failures.is_none_or(|n| n < attempts));
        for (key, given, says, zh, en) in [
            ("at", entry.at.is_some(), !nobody, "没有人办理时", "where nobody acts"),
            (
                "after",
                entry.after.is_some(),
                !nobody && entry.at.is_none(),
                "没有人办理，或已写明 at 时",
                "where nobody acts, or beside \"at\"",
            ),
            (
                "by",
                entry.by.is_some(),
                !nobody && (service.is_none() || by_people),
                "没有人办理时",
                "where nobody acts",
            ),
            ("reason", entry.reason.is_some(), reason_says, "不是由人办理时", "where no person acts"),
            (
                "materials",
                !entry.materials.is_empty(),
                materials_say,
                "不是 supplement 或 supplied 时",
                "beside no \"supplement\" or \"supplied\"",
            ),
            (
                "failures",
                entry.failures.is_some(),
                failures_say,
                "不是自动步骤的 done，或次数达到上限时",
                "beside no \"done\" of an automatic step, or with as many as its attempts",
            ),
            (
                "rejected",
                entry.rejected.is_some(),
                !nobody && (service.is_none() || !comes_to(Outcome::Failed)),
                "没有人办理时",
                "where nobody acts",
            ),
        ] {
            if given && !says {
                let place = self.place(&format!("{at}/{key}"));
                let (zh, en) = (format!("{zh}，“{key}”不起作用"), format!("\"{key}\" does nothing {en}"));
                self.found.push(Diagnostic::error("E-TEST-005", place, zh, en).help("删去它", "leave it out"));
            }
        }
    }

    fn step(&mut self, at: &str, name: &str) -> Option<(u8, &'a Node)> {
        let found = steps::find(self.workflow, name);
        if found.is_none() {
            let all: Vec<String> = steps::all(self.workflow).map(|(name, ..)| name).collect();
            let place = self.place(at);
            self.known(place, STEP, name, all.iter().map(String::as_str));
        }
        found
    }

    fn expected(&mut self, at: &str, expect: &Expected) {
        if *expect == Expected::default() {
            let (zh, en) = ("没有写任何期望，这个用例不会失败", "nothing is expected, so the case cannot fail");
            let finding = Diagnostic::error("E-TEST-006", self.place(at), zh, en);
            self.found.push(finding.help("至少写明 status", "say at least which \"status\" it comes to"));
        }
        if expect.rejected.is_some() {
            let afterwards = Expected {
                rejected: None,
                matters: None,
                requires: None,
                asks: Vec::new(),
                asks_not: Vec::new(),
                ..expect.clone()
            };
            if afterwards != Expected::default() {
                let (zh, en) = (
                    "申请在门口就被拒绝，之后的事不会发生",
                    "the application is turned away at the door, so what is expected after that cannot be",
                );
                let finding = Diagnostic::error("E-TEST-005", self.place(&format!("{at}/rejected")), zh, en);
                self.found.push(finding.expected(
                    "除 rejected 外只写 matters、requires、asks、asks_not",
                    "beside \"rejected\" only matters, requires, asks, asks_not",
                ));
            }
        }
        let workflow = self.workflow;
        let matters = || workflow.plans().iter().skip(1).map(|plan| &*plan.id);
        let fields = || workflow.fields().iter().map(|plan| plan.field.id.as_str());
        let results = || workflow.plans().iter().flat_map(|plan| &plan.results).map(|result| result.id.as_str());
        for (key, what, list) in [
            ("matters", MATTER, expect.matters.as_deref()),
            ("requires", MATERIAL, expect.requires.as_deref()),
            ("asks", FIELD, Some(&*expect.asks)),
            ("asks_not", FIELD, Some(&*expect.asks_not)),
            ("supplement", MATERIAL, expect.supplement.as_deref()),
            ("results", ("结果", "result"), expect.results.as_deref()),
        ] {
            let (at, list) = (format!("{at}/{key}"), list.unwrap_or_default());
            match what {
                MATTER => self.listed(&at, what, list, matters()),
                MATERIAL => self.listed(&at, what, list, materials(workflow)),
                FIELD => self.listed(&at, what, list, fields()),
                _ => self.listed(&at, what, list, results()),
            }
        }
        for (key, list) in [
            ("path", Some(&expect.path)),
            ("never", Some(&expect.never)),
            ("open", expect.open.as_ref()),
            ("incidents", expect.incidents.as_ref()),
        ] {
            for (index, step) in list.into_iter().flatten().enumerate() {
                self.step(&format!("{at}/{key}/{index}"), step);
            }
        }
        for matter in expect.outcomes.keys() {
            let place = self.loaded.source.place_of_name(&format!("{at}/outcomes"), matter);
            self.known(place, MATTER, matter, matters());
        }
        self.notices(at, expect);
        self.clocks(at, expect);
    }

    fn notices(&mut self, at: &str, expect: &Expected) {
        let Some(notices) = &expect.notices else { return };
        for (key, wanted, list) in [
            ("applicant", NoticeTo::Applicant, &notices.applicant),
            ("department", NoticeTo::Department, &notices.department),
        ] {
            let known = steps::all(self.workflow)
                .filter(|(_, _, node)| matches!(node, Node::Notice { to, .. } if *to == wanted));
            let mut known: Vec<String> = known.map(|(name, ..)| name).collect();
            known.extend((wanted == NoticeTo::Department).then(|| BY_SILENCE.to_owned()));
            let what = match wanted {
                NoticeTo::Applicant => ("给申请人的通知", "notice to the applicant"),
                NoticeTo::Department => ("给部门的通知", "notice to departments"),
            };
            let list = list.as_deref().unwrap_or_default();
            self.listed(&format!("{at}/notices/{key}"), what, list, known.iter().map(String::as_str));
        }
    }

    fn clocks(&mut self, at: &str, expect: &Expected) {
        let workflow = self.workflow;
        for (part, clock) in &expect.clocks {
            let place = self.loaded.source.place_of_name(&format!("{at}/clocks"), part);
            let Some(plan) = workflow.plans().iter().find(|plan| *plan.id == **part) else {
                self.known(place, MATTER, part, workflow.plans().iter().map(|plan| &*plan.id));
                continue;
            };
            for (key, given, limit) in
                [("promised", clock.promised, plan.promised), ("statutory", clock.statutory, plan.statutory)]
            {
                if given.is_some() && limit.is_none() {
                    let place = self.place(&format!("{}/{key}", child(&format!("{at}/clocks"), part)));
                    let (zh, en) = (
                        format!("“{part}”没有这种时限，“{key}”不起作用"),
                        format!("\"{part}\" has no such limit, so \"{key}\" does nothing"),
                    );
                    self.found.push(Diagnostic::error("E-TEST-005", place, zh, en).help("删去它", "leave it out"));
                }
            }
        }
    }
}

fn materials(workflow: &Workflow) -> impl Iterator<Item = &str> + Clone {
    workflow.materials().iter().map(|plan| &*plan.material.id)
}

/// A test file whose names are good, as it runs.
pub(super) fn suite(loaded: &Loaded<'_, TestFile>) -> trial::Suite {
    trial::Suite { name: loaded.input.name.clone(), file: loaded.value.clone(), text: loaded.source.text().to_owned() }
}
