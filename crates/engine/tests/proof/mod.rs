//! Soundness: against brute force, against the runs it tells, against graphs that are the same.

mod broken;
mod brute;
mod random;
mod tangled;

use onething_engine::proof::{Kind, Model, Reason, Verdict, prove};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

const GRAPHS: u64 = 260_000;
const SEED: &str = "ONETHING_SEED";
/// Graphs with more markings than this are left out: brute force is slow.
const MARKINGS_MAX: usize = 150;

fn graph(seed: u64) -> Model {
    let rng = &mut Pcg64Mcg::seed_from_u64(seed);
    let model = random::sound(rng, 2 + u32::from(seed.is_multiple_of(3)));
    if seed.is_multiple_of(4) { model } else { broken::broken(rng, model) }
}

#[test]
fn the_proof_and_brute_force_agree() {
    let seeds = seeds(GRAPHS);
    let mut told = [0_u32; 5];
    let mut skipped = 0;
    let mut wrong = Vec::new();
    for seed in seeds.clone() {
        let model = graph(seed);
        let Some(faults) = brute::faults(&model, MARKINGS_MAX) else {
            skipped += 1;
            continue;
        };
        let verdict = prove(&model);
        if seed.is_multiple_of(4) && !faults.is_empty() {
            wrong.push((seed, format!("was drawn to be sound: {faults:?}")));
        }
        let agrees = match &verdict {
            Verdict::Sound => {
                told[4] += 1;
                faults.is_empty()
            }
            Verdict::Undecided { .. } => false,
            Verdict::Unsound(flaw) => {
                told[flaw.reason as usize] += 1;
                let told = if flaw.reason == Reason::Dead { Ok(()) } else { brute::replay(&model, flaw) };
                if let Err(what) = &told {
                    wrong.push((seed, format!("{what}: {flaw:?}")));
                }
                // Of several faults the worst is told.
                [Reason::Unsafe, Reason::Deadlock, Reason::Livelock, Reason::Dead].iter().find(|it| faults.contains(it))
                    == Some(&flaw.reason)
            }
        };
        if !agrees {
            wrong.push((seed, format!("{verdict:?} but {faults:?}")));
        }
    }
    println!(
        "{} graphs: deadlock, unsafe, livelock, dead, sound: {told:?}, {skipped} too large",
        seeds.end - seeds.start
    );
    for (seed, what) in wrong.iter().take(5) {
        eprintln!(
            "replay: {SEED}={seed} cargo test -p onething-engine --test main the_proof_and_brute_force\n{:?}\n{what}",
            graph(*seed)
        );
    }
    let compared = seeds.end - seeds.start - skipped;
    assert!(compared >= 200_000 || seeds.end - seeds.start == 1, "only {compared} graphs were compared");
    assert!(wrong.is_empty(), "{} of {} graphs", wrong.len(), seeds.end - seeds.start);
}

/// The same graph: nodes and edges in another order, and steps that do nothing put in.
fn same(rng: &mut impl Rng, model: &Model) -> Model {
    let mut order: Vec<u32> = (0..model.kinds.len() as u32).collect();
    order.shuffle(rng);
    let mut same = Model { kinds: vec![Kind::Task; model.kinds.len()], edges: Vec::new() };
    for (node, kind) in model.kinds.iter().enumerate() {
        same.kinds[order[node] as usize] = *kind;
    }
    for (from, to) in &model.edges {
        let (from, to) = (order[*from as usize], order[*to as usize]);
        if rng.random_range(0..4) == 0 {
            same.kinds.push(Kind::Task);
            let between = same.kinds.len() as u32 - 1;
            same.edges.extend([(from, between), (between, to)]);
        } else {
            same.edges.push((from, to));
        }
    }
    same.edges.shuffle(rng);
    same
}

#[test]
fn order_names_and_idle_steps_change_no_verdict() {
    let reason = |model: &Model| match prove(model) {
        Verdict::Sound => None,
        Verdict::Unsound(flaw) => Some(flaw.reason),
        Verdict::Undecided { .. } => panic!("undecided"),
    };
    for seed in seeds(20_000) {
        let model = graph(seed);
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let same = same(rng, &model);
        assert_eq!(
            reason(&model),
            reason(&same),
            "replay: {SEED}={seed} cargo test -p onething-engine --test main order_names_and_idle\n{model:?}\n{same:?}"
        );
    }
}

/// A graph beside eight choices that have nothing to do with it: too wide to be seen in every order.
fn beside_choices(mut model: Model) -> Model {
    let node = |model: &mut Model, kind| {
        model.kinds.push(kind);
        model.kinds.len() as u32 - 1
    };
    let first = model.kinds.iter().position(|kind| *kind == Kind::Start).expect("a start") as u32;
    model.kinds[first as usize] = Kind::Task;
    let (start, split) = (node(&mut model, Kind::Start), node(&mut model, Kind::And));
    model.edges.extend([(start, split), (split, first)]);
    for _ in 0..8 {
        let [choice, a, b, join, end] =
            [Kind::Xor, Kind::Task, Kind::Task, Kind::Xor, Kind::End].map(|kind| node(&mut model, kind));
        model.edges.extend([(split, choice), (choice, a), (choice, b), (a, join), (b, join), (join, end)]);
    }
    model
}

#[test]
fn runs_are_told_through_graphs_too_wide_to_be_seen_whole() {
    let mut told = [0; 4];
    for seed in seeds(3_000) {
        let model = graph(seed);
        let replay = format!("replay: {SEED}={seed} cargo test -p onething-engine --test main runs_are_told");
        match (prove(&model), prove(&beside_choices(model.clone()))) {
            (Verdict::Sound, wide) => assert_eq!(wide, Verdict::Sound, "{replay}"),
            (Verdict::Unsound(_), Verdict::Unsound(flaw)) => {
                told[flaw.reason as usize] += 1;
                let dead = flaw.reason == Reason::Dead && flaw.run.is_empty();
                let replayed = if dead { Ok(()) } else { brute::replay_run(&beside_choices(model), &flaw) };
                assert_eq!(replayed, Ok(()), "{replay}\n{flaw:?}");
            }
            (narrow, wide) => panic!("{narrow:?}, but beside choices {wide:?}\n{replay}"),
        }
    }
    println!("deadlock, unsafe, livelock, dead: {told:?}");
    assert!(told[..3].iter().all(|told| *told > 10) || std::env::var(SEED).is_ok());
}

/// Small enough for brute force: two or three branches.
fn knot(seed: u64) -> Model {
    let rng = &mut Pcg64Mcg::seed_from_u64(seed);
    let size = tangled::Size { branches: rng.random_range(2..4), length: rng.random_range(1..3) };
    let kind = if seed.is_multiple_of(5) { Kind::Or } else { Kind::And };
    let model = tangled::tangled(rng, size, kind);
    if seed.is_multiple_of(4) { model } else { broken::broken(rng, model) }
}

#[test]
fn the_proof_and_brute_force_agree_on_graphs_that_are_no_blocks() {
    let (mut told, mut sound) = ([0_u32; 4], 0);
    for seed in seeds(4_000) {
        let model = knot(seed);
        let Some(faults) = brute::faults(&model, 500) else { continue };
        let verdict = prove(&model);
        let replay = format!(
            "replay: {SEED}={seed} cargo test -p onething-engine --test main agree_on_graphs_that_are_no_blocks\n\
             {model:?}\n{verdict:?} but {faults:?}"
        );
        let worst = [Reason::Unsafe, Reason::Deadlock, Reason::Livelock, Reason::Dead];
        let worst = worst.into_iter().find(|it| faults.contains(it));
        assert!(!seed.is_multiple_of(4) || worst.is_none(), "drawn to be sound; {replay}");
        match &verdict {
            Verdict::Undecided { .. } => panic!("{replay}"),
            Verdict::Sound => {
                sound += 1;
                assert_eq!(worst, None, "{replay}");
            }
            Verdict::Unsound(flaw) => {
                told[flaw.reason as usize] += 1;
                assert_eq!(worst, Some(flaw.reason), "{replay}");
                if flaw.reason != Reason::Dead {
                    assert_eq!(brute::replay(&model, flaw), Ok(()), "{replay}");
                }
            }
        }
    }
    println!("deadlock, unsafe, livelock, dead: {told:?}, sound: {sound}");
    assert!(told.iter().all(|told| *told > 10) && sound > 100 || std::env::var(SEED).is_ok());
}

#[test]
fn many_tokens_in_one_loop_are_decided() {
    let mut told = [0_u32; 4];
    for seed in seeds(400) {
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let kind = if seed.is_multiple_of(5) { Kind::Or } else { Kind::And };
        let most = if kind == Kind::Or { 10 } else { 24 };
        let size = tangled::Size { branches: rng.random_range(2..=most), length: rng.random_range(1..10) };
        let model = tangled::tangled(rng, size, kind);
        let replay = format!("replay: {SEED}={seed} cargo test -p onething-engine --test main many_tokens_in_one_loop");
        assert_eq!(prove(&model), Verdict::Sound, "{replay}");
        let model = broken::broken(rng, model);
        if let Verdict::Unsound(flaw) = prove(&model) {
            told[flaw.reason as usize] += 1;
            let dead = flaw.reason == Reason::Dead;
            assert_eq!(if dead { Ok(()) } else { brute::replay_run(&model, &flaw) }, Ok(()), "{replay}\n{flaw:?}");
        }
    }
    println!("deadlock, unsafe, livelock, dead: {told:?}");
    assert!(told.iter().all(|told| *told > 0) || std::env::var(SEED).is_ok());
}

fn seeds(count: u64) -> std::ops::Range<u64> {
    match std::env::var(SEED) {
        Ok(seed) => {
            let seed = seed.parse().expect("ONETHING_SEED is a whole number");
            seed..seed + 1
        }
        Err(_) => 0..count,
    }
}
