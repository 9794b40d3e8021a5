//! The windows, desks and programs of the demo's centre. Illustrative: no source gives their numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onething_engine::INCIDENT_QUEUE;
use onething_engine::definition::{Node, SERVICE_QUEUE};
use onething_policy::{ArrivalRates, CampaignId, HallConfig, Skill, TideConfig, TidePolicy, WindowId, WindowKind};
use onething_store::Queue;
use onething_worker::{Centre, HallPlan, Programs, Staff, Window};

use super::load::Load;
use super::population::Population;
use crate::clerk::{Behaviour, SimulatedClerk};
use crate::silent::Silent;

/// How long a claim holds unrenewed, in milliseconds: after a kill, work in hand waits this long.
const LEASE_MS: u64 = 2_000;
/// Automatic steps at once.
const SERVICE_WORKERS: usize = 4;
/// Fewest seats at each department desk: one may be away.
const SEATS: usize = 2;
/// Fewest comprehensive windows; the last one also serves the tide.
const COMPREHENSIVE: usize = 4;
/// Fewest windows that may be opened for a tide.
const TIDAL: usize = 3;
const MINUTE_MS: f64 = 60_000.0;

/// By what the windows of a tide are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TidesBy {
    /// Never.
    None,
    /// Those who wait.
    Threshold,
    /// Those who wait, and those whom the days so far let expect.
    Learned,
}

impl TidesBy {
    fn policy(self) -> TidePolicy {
        match self {
            Self::None => TidePolicy::None,
            Self::Threshold => TidePolicy::Threshold,
            Self::Learned => TidePolicy::Learned { rates: ArrivalRates::default() },
        }
    }
}

/// Who works at the centre, for these definitions.
pub(crate) fn of(centre: &Centre, population: &Population, seed: u64, tides_by: TidesBy) -> Staff {
    let (mut windows, mut desks, mut issuing, mut programs) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let plans = population.packages.iter().flat_map(|(workflow, _)| workflow.plans());
    for (_, step) in plans.flat_map(|plan| plan.graph.steps()) {
        match (&step.node, step.queue.as_deref()) {
            (Node::Intake { .. }, Some(queue)) => windows.insert(queue),
            (Node::Deliver { .. }, Some(queue)) => issuing.insert(queue),
            (Node::Service { .. }, Some(queue)) => programs.insert(queue),
            (_, Some(queue)) => desks.insert(queue),
            _ => false,
        };
    }
    let calendar = centre.calendar();
    let open_ms = calendar.business_millis_of_day(calendar.date_of(super::setting::opens()));
    let load = Load::expected(population, open_ms as f64 / MINUTE_MS);
    let comprehensive = load.seats("comprehensive", COMPREHENSIVE);
    // What is checked at the window itself, such as signatures, needs no desk behind it.
    desks.retain(|queue| !windows.contains(queue));
    let tides: Vec<&str> = windows.iter().copied().filter(|queue| queue.starts_with("tide")).collect();
    let mut open = Vec::new();
    let mut seat = |id: String, kind: WindowKind, queues: Vec<&str>| {
        open.push(Window { id: WindowId::from(id), kind, queues: queues.into_iter().map(Skill::from).collect() });
    };
    for number in 1..=comprehensive {
        let all = if number == comprehensive { windows.iter().copied().collect() } else { vec!["comprehensive"] };
        seat(format!("综窗-{number}"), WindowKind::Comprehensive, all);
    }
    let delivers: Vec<&str> = issuing.iter().copied().filter(|queue| !windows.contains(queue)).collect();
    let most = delivers.iter().map(|queue| load.seats(queue, SEATS)).max();
    for number in 1..=most.unwrap_or(SEATS) {
        seat(format!("出件-{number}"), WindowKind::Issuing, delivers.clone());
    }
    for desk in desks.iter().copied() {
        for number in 1..=load.seats(desk, fewest_at(desk, population)) {
            seat(format!("{desk}-{number}"), WindowKind::Desk, vec![desk]);
        }
    }
    seat("督办-1".to_owned(), WindowKind::Desk, vec![INCIDENT_QUEUE]);
    let mut config = HallConfig::illustrative();
    for tide in tides {
        let names = (1..=load.seats(tide, TIDAL)).map(|number| WindowId::from(format!("潮汐-{number}"))).collect();
        let tide = TideConfig::illustrative(CampaignId::from(tide), Skill::from(tide), names);
        config.tides.push(TideConfig { policy: tides_by.policy(), ..tide });
    }
    let clerk = Arc::new(SimulatedClerk::new(seed, Behaviour::default(), centre.clock().clone()));
    let named = programs.iter().map(|queue| queue.trim_start_matches(SERVICE_QUEUE));
    Staff {
        programs: named.fold(Programs::default(), |all, name| all.with(name, clerk.clone())),
        service_queues: programs.iter().map(|queue| Queue::from(*queue)).collect(),
        service_workers: SERVICE_WORKERS,
        messenger: Arc::new(Silent),
        hall: HallPlan { config, windows: open, shifts: BTreeMap::new(), handler: clerk, lease_ms: LEASE_MS },
    }
}

/// Enough seats, however little there is to do, that whoever must be different from all others of a case can be: one more than the most it names.
fn fewest_at(desk: &str, population: &Population) -> usize {
    let plans = population.packages.iter().flat_map(|(workflow, _)| workflow.plans());
    let steps = plans.flat_map(|plan| plan.graph.steps()).filter(|(_, step)| step.queue.as_deref() == Some(desk));
    let others = steps.map(|(_, step)| match &step.node {
        Node::Review { different_from, .. } | Node::Decide { different_from, .. } => different_from.len(),
        _ => 0,
    });
    SEATS.max(others.max().unwrap_or(0) + 1)
}
