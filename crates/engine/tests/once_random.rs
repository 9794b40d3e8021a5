//! Data once only, against brute force: random packages, every combination of answers, every run of tokens.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value as Json, json};

use crate::support::{checked, matter, node, package, renamed};

const PACKAGES: u64 = 3_000;
const QUESTIONS: usize = 3;
/// More markings than this are left out: brute force is slow.
const STATES_MAX: usize = 300;
const SEED: &str = "ONETHING_SEED";
/// What brute force can tell.
const CODES: [&str; 5] = ["E-DATA-002", "E-DATA-010", "E-DATA-013", "E-DATA-014", "E-DATA-015"];

#[test]
fn once_only_and_brute_force_agree() {
    let seeds = match std::env::var(SEED) {
        Ok(seed) => {
            let seed: u64 = seed.parse().expect("ONETHING_SEED is a whole number");
            seed..seed + 1
        }
        Err(_) => 0..PACKAGES,
    };
    let (mut told, mut wrong, mut compared) = (BTreeMap::new(), Vec::new(), 0);
    for seed in seeds.clone() {
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let Some(drawn) = Drawn::new(rng) else { continue };
        let same_result = rng.random_bool(0.3);
        let Some(expected) = drawn.faults(same_result) else { continue };
        let found = drawn.checked(same_result);
        let found: BTreeSet<&str> = found.iter().copied().filter(|code| CODES.contains(code)).collect();
        compared += 1;
        found.iter().for_each(|code| *told.entry(*code).or_insert(0) += 1);
        if found != expected {
            wrong.push(format!(
                "replay: {SEED}={seed} cargo test -p onething-engine --test main once_only_and_brute_force\n{}\n\
                 found {found:?}, but by brute force {expected:?}",
                drawn.edges().join("\n")
            ));
        }
    }
    println!("{compared} packages: {told:?}");
    wrong.iter().take(3).for_each(|wrong| eprintln!("{wrong}"));
    assert!(wrong.is_empty(), "{} of {compared} packages", wrong.len());
    if seeds.end - seeds.start > 1 {
        assert!(compared > 500 && CODES.iter().all(|code| told.get(code).is_some_and(|told| *told > 20)), "{told:?}");
    }
}

/// When a way is taken.
#[derive(Clone, Debug)]
enum When {
    Always,
    /// These answers were given.
    Answers(Vec<(usize, bool)>),
    /// The step before came to this.
    Outcome(String, &'static str),
    Otherwise,
}

/// The steps of a package and the ways between them. `a` and `b` are matters; `b` needs the result of `a` and what the
/// services fetch.
#[derive(Default)]
struct Drawn {
    nodes: Vec<String>,
    ways: Vec<(usize, usize, When)>,
    /// Loops around what is drawn next: a matter does not stand in one.
    loops: u32,
}

impl Drawn {
    /// `None` where not both matters were drawn.
    fn new(rng: &mut impl Rng) -> Option<Self> {
        let mut drawn = Self::default();
        let start = drawn.node("start");
        let intake = drawn.after(start, When::Always, "intake");
        let entry = drawn.after(intake, When::Always, "exclusive_in");
        drawn.after(entry, When::Otherwise, "end_away");
        let begin = drawn.after(entry, When::Outcome("intake".into(), "accepted"), "notice_begin");
        let last = drawn.block(rng, begin, 3);
        let deliver = drawn.after(last, When::Always, "deliver");
        drawn.after(deliver, When::Always, "end");
        ["a", "b"].iter().all(|matter| drawn.nodes.iter().any(|node| node == matter)).then_some(drawn)
    }

    fn node(&mut self, id: &str) -> usize {
        self.nodes.push(id.to_owned());
        self.nodes.len() - 1
    }

    fn after(&mut self, from: usize, when: When, id: &str) -> usize {
        let node = self.node(id);
        self.ways.push((from, node, when));
        node
    }

    fn fresh(&self, kind: &str) -> String {
        format!("{kind}_{}", self.nodes.len())
    }

    fn step(&mut self, from: usize, kind: &str) -> usize {
        let id = self.fresh(kind);
        self.after(from, When::Always, &id)
    }

    /// Adds a block behind a step and returns its last step.
    fn block(&mut self, rng: &mut impl Rng, from: usize, depth: u32) -> usize {
        let choice = if depth == 0 { 0 } else { rng.random_range(0..12) };
        match choice {
            0 | 1 => {
                let unused = |matter: &&str| self.loops == 0 && self.nodes.iter().all(|node| node != matter);
                let services = self.nodes.iter().filter(|node| node.starts_with("service")).count();
                let mut things: Vec<&str> = ["a", "b"].into_iter().filter(unused).collect();
                things.extend((services < 2).then_some("service"));
                things.push("notice");
                match *things.choose(rng).expect("a notice at least") {
                    matter @ ("a" | "b") => self.after(from, When::Always, matter),
                    kind => self.step(from, kind),
                }
            }
            2..5 => {
                let middle = self.block(rng, from, depth - 1);
                self.block(rng, middle, depth - 1)
            }
            5 | 6 => {
                let split = self.step(from, "parallel");
                let ways = rng.random_range(2..4);
                let lasts: Vec<usize> = (0..ways).map(|_| self.branch(rng, split, When::Always, depth)).collect();
                self.joined("parallel", &lasts)
            }
            7 | 8 => {
                let split = self.step(from, "exclusive");
                let when = When::Answers(answers(rng));
                let lasts = [self.branch(rng, split, when, depth), self.branch(rng, split, When::Otherwise, depth)];
                self.joined("exclusive", &lasts)
            }
            9 => {
                let split = self.outcome(from);
                let when = When::Outcome(self.nodes[split - 1].clone(), "forward");
                let lasts = [self.branch(rng, split, when, depth), self.branch(rng, split, When::Otherwise, depth)];
                self.joined("exclusive", &lasts)
            }
            10 => {
                let split = self.step(from, "inclusive");
                let mut lasts: Vec<usize> = (0..rng.random_range(2..4))
                    .map(|_| {
                        let when = When::Answers(answers(rng));
                        self.branch(rng, split, when, depth)
                    })
                    .collect();
                lasts.push(self.branch(rng, split, When::Otherwise, 1));
                self.joined("inclusive", &lasts)
            }
            _ => {
                let header = self.step(from, "exclusive");
                self.loops += 1;
                let last = self.block(rng, header, depth - 1);
                self.loops -= 1;
                let split = self.outcome(last);
                let when = When::Outcome(self.nodes[split - 1].clone(), "send_back");
                self.ways.push((split, header, when));
                let id = self.fresh("notice");
                self.after(split, When::Otherwise, &id)
            }
        }
    }

    /// A step that comes to something, and the choice behind it.
    fn outcome(&mut self, from: usize) -> usize {
        let step = self.step(from, "sorting");
        self.step(step, "exclusive")
    }

    fn branch(&mut self, rng: &mut impl Rng, split: usize, when: When, depth: u32) -> usize {
        let id = self.fresh("notice");
        let first = self.after(split, when, &id);
        self.block(rng, first, depth - 1)
    }

    fn joined(&mut self, kind: &str, lasts: &[usize]) -> usize {
        let id = self.fresh(kind);
        let join = self.node(&id);
        self.ways.extend(lasts.iter().map(|last| (*last, join, When::Always)));
        join
    }

    fn edges(&self) -> Vec<String> {
        let told = |(from, to, when): &(usize, usize, When)| {
            let way = format!("{} > {}", self.nodes[*from], self.nodes[*to]);
            match when {
                When::Always => way,
                When::Answers(answers) => {
                    let all = answers.iter().map(|(at, yes)| format!("{}answer.q{at}", if *yes { "" } else { "!" }));
                    format!("{way} if {}", all.collect::<Vec<_>>().join(" && "))
                }
                When::Outcome(step, word) => format!("{way} if outcome.{step} == '{word}'"),
                When::Otherwise => format!("{way} else"),
            }
        };
        self.ways.iter().map(told).collect()
    }

    fn services(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|node| self.nodes[*node].starts_with("service")).collect()
    }

    /// The codes that the check finds.
    fn checked(&self, same_result: bool) -> Vec<&'static str> {
        let nodes = ["start", "decide", "exclusive", "issue", "end", "end_refused"].map(node);
        let edges = [
            "start > decide",
            "decide > exclusive",
            "exclusive > issue if outcome.decide == 'granted'",
            "issue > end",
            "exclusive > end_refused else",
        ];
        let plain = matter(&nodes, &edges.map(str::to_owned));
        let (a, mut b) = (renamed(plain.clone(), "a"), renamed(plain, "b"));
        let materials = b["materials"].as_array_mut().expect("materials");
        let title = |id: &str| json!({"zh": id, "en": id});
        if !self.services().is_empty() {
            let source = json!({"from": "shared", "system": title("register")});
            materials.push(json!({"id": "extract", "title": title("extract"), "source": source}));
        }
        if same_result {
            b["results"] = a["results"].clone();
            b["nodes"] = a["nodes"].clone();
        } else {
            let source = json!({"from": "result", "result": "licence_a"});
            materials.push(json!({"id": "licence_a", "title": title("licence_a"), "source": source}));
        }
        let nodes: Vec<Json> = self
            .nodes
            .iter()
            .map(|id| match id.as_str() {
                "a" | "b" => json!({"type": "matter", "id": id, "matter": id}),
                _ => node(id),
            })
            .collect();
        let mut package = package(&nodes, &self.edges());
        let question =
            |at| json!({"id": format!("q{at}"), "title": title("q"), "type": "boolean", "effect": title("q")});
        package["questions"] = (0..QUESTIONS).map(question).collect();
        let found = checked(&[("a.json", &a), ("b.json", &b), ("p.json", &package)]).diagnostics;
        // Conditions that never hold and promises that are too short hide nothing.
        let beside = |code: &str| ["E-DATA-", "E-COND-", "E-LIMIT-", "W-"].iter().any(|kind| code.starts_with(kind));
        let unexpected: Vec<_> = found.iter().filter(|finding| !beside(finding.code)).collect();
        assert!(unexpected.is_empty(), "{unexpected:#?}\n{}", self.edges().join("\n"));
        found.into_iter().map(|finding| finding.code).collect()
    }

    /// The codes that must be found, or `None` when there is too much to look at.
    fn faults(&self, same_result: bool) -> Option<BTreeSet<&'static str>> {
        let services = self.services();
        let mut faults = BTreeSet::new();
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for combination in 0..1_u32 << QUESTIONS {
            let answers: Vec<bool> = (0..QUESTIONS).map(|at| combination >> at & 1 == 1).collect();
            let seen = Seen::new(self, &answers)?;
            let fires = |matter: &str| seen.fired.iter().any(|node| self.nodes[*node] == matter);
            if !same_result && fires("a") && seen.b_before_a {
                faults.insert("E-DATA-002");
            }
            if same_result && seen.both {
                faults.insert("E-DATA-010");
            }
            if !services.is_empty() && seen.b_before_fetched {
                faults.insert("E-DATA-015");
            }
            if fires("b") {
                used.extend(services.iter().filter(|service| seen.fired.contains(service)));
            }
            if seen.fetched_beside {
                faults.insert("E-DATA-014");
            }
        }
        if used.len() < services.len() {
            faults.insert("E-DATA-013");
        }
        Some(faults)
    }
}

fn answers(rng: &mut impl Rng) -> Vec<(usize, bool)> {
    let first = rng.random_range(0..QUESTIONS);
    let mut answers = vec![(first, rng.random_bool(0.7))];
    if rng.random_bool(0.2) {
        answers.push(((first + 1) % QUESTIONS, rng.random_bool(0.7)));
    }
    answers
}

/// Everything that can happen with some answers.
#[derive(Default)]
struct Seen {
    fired: BTreeSet<usize>,
    b_before_a: bool,
    b_before_fetched: bool,
    both: bool,
    fetched_beside: bool,
}

/// The ways that hold a token, and whether `a` ran, `b` ran and something was fetched.
type State = (BTreeSet<usize>, [bool; 3]);

impl Seen {
    fn new(drawn: &Drawn, answers: &[bool]) -> Option<Self> {
        let mut seen = Self::default();
        let first: State = (BTreeSet::from([0]), [false; 3]);
        let (mut known, mut todo) = (BTreeSet::from([first.clone()]), vec![first]);
        let services = drawn.services();
        while let Some((marking, done)) = todo.pop() {
            let at_service = marking.iter().filter(|way| services.contains(&drawn.ways[**way].1)).count();
            seen.fetched_beside |= at_service > 1;
            for (node, next) in moves(drawn, &marking, answers) {
                let mut done = done;
                match drawn.nodes[node].as_str() {
                    "a" => done[0] = true,
                    "b" => {
                        seen.b_before_a |= !done[0];
                        seen.b_before_fetched |= !done[2];
                        done[1] = true;
                    }
                    id => done[2] |= id.starts_with("service"),
                }
                seen.both |= done[0] && done[1];
                seen.fired.insert(node);
                if known.insert((next.clone(), done)) {
                    todo.push((next, done));
                }
            }
            if known.len() > STATES_MAX {
                return None;
            }
        }
        Some(seen)
    }
}

/// Each step that can fire, with the marking after it.
fn moves(drawn: &Drawn, marking: &BTreeSet<usize>, answers: &[bool]) -> Vec<(usize, BTreeSet<usize>)> {
    let mut moves = Vec::new();
    let reached: BTreeSet<usize> = marking.iter().map(|way| drawn.ways[*way].1).collect();
    for (node, id) in reached.into_iter().map(|node| (node, &drawn.nodes[node])) {
        let at = |end: fn(&(usize, usize, When)) -> usize| -> Vec<usize> {
            drawn.ways.iter().enumerate().filter(|(_, way)| end(way) == node).map(|(nth, _)| nth).collect()
        };
        let (ins, outs) = (at(|way| way.1), at(|way| way.0));
        let arrived: Vec<usize> = ins.iter().copied().filter(|way| marking.contains(way)).collect();
        let kind = id.split('_').next().unwrap_or_default();
        let taken: Vec<Vec<usize>> = match kind {
            "parallel" if arrived.len() < ins.len() => continue,
            "parallel" => vec![arrived],
            "inclusive" if ins.len() > 1 && is_held_back(drawn, node, &arrived, marking) => continue,
            "inclusive" => vec![arrived],
            _ => arrived.into_iter().map(|way| vec![way]).collect(),
        };
        for (taken, put) in
            taken.iter().flat_map(|taken| choices(drawn, kind, &outs, answers).into_iter().map(move |put| (taken, put)))
        {
            let mut next: BTreeSet<usize> = marking.iter().copied().filter(|way| !taken.contains(way)).collect();
            assert!(put.iter().all(|way| next.insert(*way)), "blocks are sound");
            moves.push((node, next));
        }
    }
    moves
}

/// The sets of ways that a step can go on by. What a step comes to is free.
fn choices(drawn: &Drawn, kind: &str, outs: &[usize], answers: &[bool]) -> Vec<Vec<usize>> {
    if outs.len() < 2 || kind == "parallel" {
        return vec![outs.to_vec()];
    }
    let holds = |way: &usize| match &drawn.ways[*way].2 {
        When::Answers(all) => all.iter().all(|(at, yes)| answers[*at] == *yes),
        _ => false,
    };
    let free = |way: &&usize| matches!(drawn.ways[**way].2, When::Outcome(..));
    let otherwise: Vec<usize> =
        outs.iter().copied().filter(|way| matches!(drawn.ways[*way].2, When::Otherwise)).collect();
    if let Some(way) = outs.iter().find(free) {
        return vec![vec![*way], otherwise];
    }
    let holding: Vec<usize> = outs.iter().copied().filter(|way| holds(way)).collect();
    match (kind, holding.as_slice()) {
        (_, []) => vec![otherwise],
        ("exclusive", [first, ..]) => vec![vec![*first]],
        _ => vec![holding],
    }
}

/// Whether a token elsewhere can still come to an empty way into a join, and to none that has its token.
fn is_held_back(drawn: &Drawn, join: usize, arrived: &[usize], marking: &BTreeSet<usize>) -> bool {
    marking.iter().filter(|way| !arrived.contains(way)).any(|from| {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![*from]);
        while let Some(way) = todo.pop() {
            let to = drawn.ways[way].1;
            if seen.insert(way) && to != join {
                todo.extend((0..drawn.ways.len()).filter(|next| drawn.ways[*next].0 == to));
            }
        }
        let comes: Vec<usize> = seen.into_iter().filter(|way| drawn.ways[*way].1 == join).collect();
        comes.iter().any(|way| !arrived.contains(way)) && !comes.iter().any(|way| arrived.contains(way))
    })
}
