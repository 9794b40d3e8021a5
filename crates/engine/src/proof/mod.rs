//! Soundness: a case that starts can finish, leaves nothing behind, has no dead step and runs no step twice at once.
//!
//! Three ideas, each with its source:
//!
//! 1. **Fragments.** A graph falls apart into fragments with one edge in and one edge out (`regions`). A graph is sound
//!    exactly if each fragment is sound by itself and the graph with its fragments taken for plain edges is sound
//!    (Vanhatalo, Völzer, Leymann 2007, "Faster and more focused control-flow analysis for business process models
//!    through SESE decomposition"). So every fragment is looked at once, alone, with its inner fragments as edges.
//! 2. **One at a time.** What is left of a fragment is explored marking by marking (`explore`), but at each marking one
//!    gate fires and everything else waits, because without inclusive joins a choice is free: nothing takes a gate's tokens
//!    but itself (persistent sets; Godefroid 1996). A token goes on until it waits, so what was chosen on the way is mostly
//!    forgotten, and many tokens cost their sum, not their product. Whether two tokens can meet is computed from the graph
//!    (`beside`; Kovalyov, Esparza 1996) and looked for only where they may.
//! 3. **One rule.** An inclusive join means the same here and in the engine: see [`crate::net`]. Fragments around one
//!    are taken for an edge only where what lies outside cannot change what it waits for (`inclusive`).
//!
//! Several ends mean implicit termination: the case is finished when no token is left (Kiepuszewski, ter Hofstede, van
//! der Aalst 2003). Choices are free: what conditions know of each other is the business of other checks.

mod beside;
mod explore;
mod gates;
mod inclusive;
mod level;
mod regions;
mod run;
mod story;

#[cfg(test)]
#[path = "../../tests/proof/broken.rs"]
mod broken;
#[cfg(test)]
#[path = "../../tests/proof/random.rs"]
mod random;
#[cfg(test)]
mod tests;

use explore::Explored;
use gates::Net;
use level::Level;
use regions::{NONE, Tree};

pub use run::Firing;

/// Most markings looked at in all before the answer is "undecided": a twentieth of a second's work.
pub const MARKINGS_MAX: usize = 100_000;
/// Most markings of a fragment looked at when a fault is known, for a worse one.
const MARKINGS_WORSE_MAX: usize = 10_000;
/// Most markings looked at in the order of their distance from the start, for a short run; then one run after another.
const MARKINGS_WIDE_MAX: usize = 2_000;
/// Most markings looked at once more, in every order, to tell the worst fault of an unsound graph: some milliseconds.
const MARKINGS_UNDIVIDED_MAX: usize = 5_000;
/// Most ways out of an inclusive split: each one doubles the choices.
pub const INCLUSIVE_WAYS_OUT_MAX: usize = 12;
/// Most ways into an inclusive join.
pub const INCLUSIVE_WAYS_IN_MAX: usize = 64;

/// What a node does with tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Where a case enters: a token on every edge out. Exactly one, with no edge in.
    Start,
    /// Takes a token away.
    End,
    /// A step: takes a token from one edge in and puts one on every edge out.
    Task,
    /// Waits for every edge in and puts a token on every edge out.
    And,
    /// Takes a token from one edge in and puts one on one edge out.
    Xor,
    /// Waits for what can still come and puts tokens on one or more edges out.
    Or,
}

/// A graph to prove. A gateway with several edges in and several out is a join and then a split of its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// What each node is.
    pub kinds: Vec<Kind>,
    /// The edges, each from a node to a node; several may join the same two.
    pub edges: Vec<(u32, u32)>,
}

/// What the proof found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every case can finish, nothing is left behind, no step is dead or runs twice at once.
    Sound,
    /// Something is wrong.
    Unsound(Flaw),
    /// The bound was hit first.
    Undecided {
        /// Markings looked at.
        markings: usize,
    },
}

/// What is wrong, and the run that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub reason: Reason,
    /// The node to look at: the join that waits, the step that runs twice, the step that never runs.
    pub node: u32,
    /// Steps in the order in which they fire, from the start; none for a step that never runs.
    pub run: Vec<Firing>,
    /// The edges that hold a token after the run; one that holds two stands twice.
    pub marked: Vec<u32>,
}

/// What is wrong with an unsound graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A case waits for ever.
    Deadlock,
    /// A step would run twice at once.
    Unsafe,
    /// A case can only go round and round.
    Livelock,
    /// A step never runs.
    Dead,
}

impl Reason {
    /// The word in machine-readable output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deadlock => "deadlock",
            Self::Unsafe => "unsafe",
            Self::Livelock => "livelock",
            Self::Dead => "dead",
        }
    }
}

/// Decides soundness.
///
/// A model without exactly one start, or with an edge to a node it does not have, is the caller's mistake: it is answered
/// as undecided.
#[must_use]
pub fn prove(model: &Model) -> Verdict {
    let Some(net) = Net::new(model) else { return Verdict::Undecided { markings: 0 } };
    let verdict = Proof::new(&net).verdict(model);
    match &verdict {
        // Which of several faults was met depends on the order of things. Where it can be had, the answer is one that
        // does not: the worst there is, by the shortest run to it.
        Verdict::Unsound(_) => Proof::undivided(&net).map_or(verdict, |proof| proof.verdict(model)),
        _ => verdict,
    }
}

struct Proof<'a> {
    net: &'a Net,
    tree: Tree,
    /// What each fragment showed by itself, as if those inside it were sound; `None` where it could not be looked at
    /// alone and its nodes belong to the fragment around it. The first is the whole graph.
    explored: Vec<Option<Explored>>,
}

/// What is told of a graph with several faults: what happens to a case before what never happens.
const TELLING: [Reason; 4] = [Reason::Unsafe, Reason::Deadlock, Reason::Livelock, Reason::Dead];

impl<'a> Proof<'a> {
    /// Looks at every fragment, inner ones first.
    fn new(net: &'a Net) -> Self {
        let mut tree = Tree::new(net);
        let mut explored: Vec<Option<Explored>> = (0..tree.len()).map(|_| None).collect();
        let mut looked = 0;
        for region in (0..tree.len()).rev() {
            if region > 0 && !inclusive::stands_alone(net, &tree, region) {
                tree.dissolve(region);
                continue;
            }
            let level = Level::new(net, &tree, region);
            let it = explore::explore(&level, MARKINGS_MAX.saturating_sub(looked));
            looked += it.looked;
            // Something came out and something was left behind. If what came out leads back in, what happens then is seen
            // only from outside.
            let comes_back = it.faults.iter().any(|fault| fault.reason == Reason::Deadlock && fault.leaves(&level))
                && inclusive::leads_back(net, &tree, region);
            if comes_back {
                tree.dissolve(region);
            } else {
                explored[region] = Some(it);
            }
        }
        Self { net, tree, explored }
    }

    /// Looks at the whole graph at once, if it is small.
    fn undivided(net: &'a Net) -> Option<Self> {
        let tree = Tree::undivided(net);
        let explored = explore::explore_every_order(&Level::new(net, &tree, 0), MARKINGS_UNDIVIDED_MAX)?;
        Some(Self { net, tree, explored: vec![Some(explored)] })
    }

    fn verdict(&self, model: &Model) -> Verdict {
        for reason in TELLING {
            for (region, explored) in self.explored.iter().enumerate() {
                let fault = explored.iter().flat_map(|it| &it.faults).find(|fault| fault.reason == reason);
                if let Some(flaw) = fault.and_then(|fault| self.flaw(model, region, fault)) {
                    return Verdict::Unsound(flaw);
                }
            }
        }
        let known = || self.explored.iter().flatten();
        if known().any(|it| !it.is_whole || !it.faults.is_empty()) {
            return Verdict::Undecided { markings: known().map(|it| it.looked).sum() };
        }
        match self.net.unreachable(model) {
            Some(node) => Verdict::Unsound(Flaw { reason: Reason::Dead, node, run: Vec::new(), marked: Vec::new() }),
            None => Verdict::Sound,
        }
    }
}

/// The parent of the whole graph.
const NO_REGION: u32 = NONE;
