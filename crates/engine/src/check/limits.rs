//! Limits and promises: what is promised is within the law, and within what the package promises.

use crate::check::file::Loaded;
use crate::check::names;
use crate::clock::Limit;
use crate::definition::{ClockStart, Matter, Node, Package, PromiseScope};
use crate::diagnostic::{Diagnostic, Place};

/// What is promised is within the law.
pub(crate) fn of_matter(loaded: &Loaded<'_, Matter>, found: &mut Vec<Diagnostic>) {
    let limits = &loaded.value.limits;
    for (key, limit) in [("statutory", &limits.statutory), ("promised", &limits.promised)] {
        if let Some(limit) = limit {
            names::limit(loaded, &format!("/limits/{key}"), limit, found);
        }
    }
    if let (Some(statutory), Some(promised)) = (&limits.statutory, &limits.promised)
        && promised.surely_longer_than(statutory)
    {
        found.push(longer_than_the_law(loaded.source.place("/limits/promised")));
    }
    if let ClockStart::PeriodEnd { periods } = &limits.starts {
        for (index, period) in periods.iter().enumerate() {
            let late = index > 0 && periods[index - 1].to >= period.from;
            if period.to < period.from || late {
                found.push(
                    Diagnostic::error(
                        "E-LIMIT-002",
                        loaded.source.place(&format!("/limits/starts/periods/{index}")),
                        "受理期的日期次序不对",
                        "the days of the acceptance period are out of order",
                    )
                    .expected(
                        "先开始后结束，各期依次排列且不重叠",
                        "the first day before the last, the periods in order and apart",
                    ),
                );
            }
        }
    }
}

/// What a package promises for a matter: what its step says, else the matter's own promise.
pub(crate) fn promise_for(node: &Node, matter: &Matter) -> Option<Limit> {
    match node {
        Node::Matter { promised: Some(limit), .. } => Some(*limit),
        _ => matter.limits.promised,
    }
}

/// The promise for a matter is within the law and, where the package promises for each matter, within that.
pub(crate) fn promised(
    loaded: &Loaded<'_, Package>,
    index: usize,
    node: &Node,
    matter: &Matter,
    found: &mut Vec<Diagnostic>,
) {
    let own = matches!(node, Node::Matter { promised: Some(_), .. });
    let Some(promised) = promise_for(node, matter) else { return };
    let at = loaded.source.place(&format!("/nodes/{index}/{}", if own { "promised" } else { "matter" }));
    if own {
        names::limit(loaded, &format!("/nodes/{index}/promised"), &promised, found);
        if matter.limits.statutory.is_some_and(|statutory| promised.surely_longer_than(&statutory)) {
            found.push(longer_than_the_law(at.clone()));
        }
    }
    let promise = &loaded.value.promise;
    if promise.scope == PromiseScope::EachMatter && promised.surely_longer_than(&promise.limit) {
        let (id, most) = (&matter.id, promise.limit);
        found.push(
            Diagnostic::error(
                "E-LIMIT-004",
                at,
                format!("事项“{id}”承诺 {}，长于套餐对每个事项的承诺 {}", promised.zh(), most.zh()),
                format!("\"{id}\" is promised in {}, longer than the {} for each matter", promised.en(), most.en()),
            )
            .expected("不长于 promise.limit", "no longer than \"promise.limit\"")
            .help(
                "缩短这个事项的承诺，或放宽套餐的承诺",
                "promise this matter sooner, or make the promise of the package longer",
            ),
        );
    }
}

fn longer_than_the_law(at: Place) -> Diagnostic {
    Diagnostic::error("E-LIMIT-001", at, "承诺时限长于法定时限", "the promised limit is longer than the legal one")
        .expected("不长于法定时限", "no longer than the legal limit")
}
