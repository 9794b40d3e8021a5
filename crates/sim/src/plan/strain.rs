//! What breaks first when more people come than were planned for.

use serde::Serialize;

use super::judge::{Judge, Judged};
use super::{NoPlan, busier, without_run_on};
use crate::centre::Model;
use crate::results::CONFIDENCE;
use crate::scenario::{Scenario, ScenarioFile};
use crate::stats::Interval;

/// Demand against forecast, step by step.
pub(super) const FACTORS: [f64; 4] = [1.05, 1.1, 1.15, 1.2];
/// A share of limits kept that falls by this much has broken.
const LIMITS_FALL: f64 = 0.01;
/// A group that is busier than this never catches up.
pub(super) const BUSY_MAX: f64 = 0.95;

/// The plan under more people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Strain {
    /// Most people tried, against forecast.
    pub factor: f64,
    /// Share served in time then.
    pub service: Interval,
    /// Mean wait in minutes then.
    pub wait_mean: Interval,
    /// What breaks, the first first; empty if nothing does.
    pub broken: Vec<Broken>,
}

/// Something breaks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Broken {
    /// Demand against forecast at which it was first seen broken.
    pub factor: f64,
    /// What it is.
    pub what: Weakness,
    /// Of whom: groups, or arrivals.
    pub of: String,
    /// 1 Monday to 7 Sunday; of a service target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekday: Option<u8>,
    /// The hour in which those came who fared worst; of a service target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<u8>,
    /// Its value as planned.
    pub planned: f64,
    /// Its value under most people tried.
    pub strained: f64,
}

/// What can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weakness {
    /// Too few are served in time on a weekday.
    Target,
    /// Too few tasks are taken up in time at a desk.
    Desk,
    /// Fewer limits are kept, by more than chance and a hundredth.
    Limits,
    /// A group is busy nearly all the time.
    Busy,
}

impl Weakness {
    /// What a person reads: Chinese, English.
    #[must_use]
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Target => ("服务目标", "service target"),
            Self::Desk => ("后台时限", "tasks in time"),
            Self::Limits => ("时限遵守", "limits kept"),
            Self::Busy => ("人员忙满", "busy all the time"),
        }
    }
}

/// Strains a plan.
pub(super) fn strain(
    scenario: &Scenario,
    file: &ScenarioFile,
    judge: &Judge<'_>,
    planned: &Judged,
) -> Result<Strain, NoPlan> {
    let names: Vec<&str> = file.arrivals.iter().map(|it| it.name.as_str()).collect();
    let under = |factor: f64| {
        let busier = busier(scenario, file, factor);
        // How busy people are counts while others come; limits are known when the cases have ended.
        let utilisation = judge.judge(&Model::new(without_run_on(&busier))?)?.utilisation;
        Ok::<_, NoPlan>((utilisation, busier))
    };
    let planned = &Judged { utilisation: under(1.0)?.0, ..planned.clone() };
    let judged: Vec<Judged> = FACTORS
        .iter()
        .map(|factor| {
            let (utilisation, busier) = under(*factor)?;
            Ok(Judged { utilisation, ..judge.judge(&Model::new(busier)?)? })
        })
        .collect::<Result<_, NoPlan>>()?;
    let last = judged.last().unwrap_or(planned);
    let mut broken = Vec::new();
    let at = |factor: &f64, it: &Judged| breaks(judge, &names, planned, it, *factor);
    for one in FACTORS.iter().zip(&judged).flat_map(|(factor, it)| at(factor, it)) {
        let known = |it: &Broken| (it.what, &it.of, it.weekday) == (one.what, &one.of, one.weekday);
        if !broken.iter().any(known) {
            broken.push(one);
        }
    }
    for it in &mut broken {
        it.strained = value(&names, last, it).unwrap_or(it.strained);
    }
    let loss =
        |it: &Broken| if it.what == Weakness::Busy { it.planned - it.strained } else { it.strained - it.planned };
    broken.sort_by(|a, b| (a.factor, loss(a)).partial_cmp(&(b.factor, loss(b))).unwrap_or(std::cmp::Ordering::Equal));
    Ok(Strain { factor: FACTORS[FACTORS.len() - 1], service: last.service, wait_mean: last.wait_mean, broken })
}

fn breaks(judge: &Judge<'_>, names: &[&str], planned: &Judged, strained: &Judged, factor: f64) -> Vec<Broken> {
    let mut broken = Vec::new();
    for cell in strained.cells.iter().filter(|it| it.service.mean < judge.share) {
        let before = planned.cells.iter().find(|it| it.cell == cell.cell);
        broken.push(Broken {
            factor,
            what: Weakness::Target,
            of: cell.pool.clone(),
            weekday: Some(cell.weekday),
            hour: Some(cell.worst_hour),
            planned: before.map_or(1.0, |it| it.service.mean),
            strained: cell.service.mean,
        });
    }
    for nth in strained.weak_desks(judge.desks) {
        let in_time = |it: &Judged| it.desks.get(nth).and_then(|it| it.in_time).map_or(1.0, |it| it.mean);
        broken.push(Broken {
            factor,
            what: Weakness::Desk,
            of: strained.desks[nth].group.clone(),
            weekday: None,
            hour: None,
            planned: in_time(planned),
            strained: in_time(strained),
        });
    }
    for (source, kept) in &strained.limits {
        let Some(before) = planned.limits.get(source).filter(|it| it.len() == kept.len()) else { continue };
        // Both met the same seeds: what they have in common falls out.
        let fall = Interval::of(before.iter().zip(kept).map(|(before, kept)| before - kept), CONFIDENCE);
        if fall.mean > LIMITS_FALL && fall.mean > fall.half {
            let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len().max(1) as f64;
            let (planned, strained) = (mean(before), mean(kept));
            let what = Weakness::Limits;
            let of = names.get(*source).copied().unwrap_or_default().to_owned();
            broken.push(Broken { factor, what, of, weekday: None, hour: None, planned, strained });
        }
    }
    for (name, &busy) in strained.utilisation.iter().filter(|it| *it.1 > BUSY_MAX) {
        let before = planned.utilisation.get(name).copied().unwrap_or(0.0);
        if before <= BUSY_MAX {
            let what = Weakness::Busy;
            broken.push(Broken {
                factor,
                what,
                of: name.clone(),
                weekday: None,
                hour: None,
                planned: before,
                strained: busy,
            });
        }
    }
    broken
}

/// The value of something broken under other people.
fn value(names: &[&str], judged: &Judged, it: &Broken) -> Option<f64> {
    match it.what {
        Weakness::Target => {
            let cell = judged.cells.iter().find(|cell| cell.pool == it.of && Some(cell.weekday) == it.weekday)?;
            Some(cell.service.mean)
        }
        Weakness::Desk => judged.desks.iter().find(|desk| desk.group == it.of)?.in_time.map(|it| it.mean),
        Weakness::Limits => {
            let source = names.iter().position(|name| *name == it.of)?;
            judged.kept_of(source).map(|it| it.mean)
        }
        Weakness::Busy => judged.utilisation.get(&it.of).copied(),
    }
}
