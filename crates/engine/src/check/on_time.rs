//! On time: a package's promise covers its critical path, clocks stop only where the law lets them, and no wait is
//! without a limit.

use crate::analysis::{CriticalPath, longest};
use crate::check::file::Loaded;
use crate::check::once::Whole;
use crate::clock::{Limit, Unit};
use crate::definition::{Matter, Node, Package, Power};
use crate::diagnostic::Diagnostic;
use crate::workflow::Workflow;

/// The check knows no calendar. A day of business is taken to be at most this long, so that what is promised in hours
/// and minutes is never taken for longer than it is.
const MINUTES_A_DAY: f64 = 480.0;

/// Days are added up as fractions.
const ROUNDING: f64 = 1e-9;

/// A promise for the whole package is at least as long as the critical path, whatever is answered.
pub(crate) fn promise(
    loaded: &Loaded<'_, Package>,
    workflow: &Workflow,
    whole: &Whole<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(promised) = workflow.plan(0).promised else { return };
    let days = promised.in_working_days(MINUTES_A_DAY) + ROUNDING;
    let every_edge = (0..workflow.plan(0).graph.edge_count()).collect();
    if longest(workflow, &every_edge, MINUTES_A_DAY).total <= days {
        return;
    }
    let mut worst = CriticalPath::default();
    let mut answers = Vec::new();
    for combination in whole.combinations() {
        let path = longest(workflow, &whole.open(combination), MINUTES_A_DAY);
        if path.total <= days || path.total + ROUNDING < worst.total {
            continue;
        }
        if path.total > worst.total + ROUNDING {
            (worst, answers) = (path, Vec::new());
        }
        answers.push(combination);
    }
    if answers.is_empty() {
        return;
    }
    let path = worst;
    let limits = || path.path().filter_map(|stretch| stretch.limit).chain([promised]);
    let exact = limits().all(|limit| !matches!(limit.unit, Unit::CalendarDay | Unit::Month));
    let at = loaded.source.place("/promise/limit");
    let total = Limit::working_days(path.total);
    let way = |name: fn(&Limit) -> String, arrow: &str| {
        let step = |limit: Limit, id: &str| format!("{id} {}", name(&limit));
        path.path().filter_map(|it| Some(step(it.limit?, &it.id))).collect::<Vec<_>>().join(arrow)
    };
    let (zh, en) = (way(Limit::zh, " → "), way(Limit::en, " → "));
    let (zh, en) = (
        format!("套餐承诺 {}，短于关键路径 {}：{zh}", promised.zh(), total.zh()),
        format!("the package promises {}, less than the {} of its critical path: {en}", promised.en(), total.en()),
    );
    let mut finding = if exact {
        Diagnostic::error("E-LIMIT-005", at, zh, en)
    } else {
        Diagnostic::reminder("W-LIMIT-002", at, zh, en)
    };
    for stretch in path.path() {
        let place = loaded.source.place(&format!("/nodes/{}", stretch.node));
        let (from, to) = (Limit::working_days(stretch.from), Limit::working_days(stretch.to));
        finding = finding.related(
            place,
            format!("“{}”：受理后 {} 至 {}", stretch.title.zh, from.zh(), to.zh()),
            format!("\"{}\": from {} to {} after acceptance", stretch.title.en, from.en(), to.en()),
        );
    }
    let (zh, en) = whole.words(&answers);
    if !zh.is_empty() {
        finding = finding.expected(format!("按这样的回答：{zh}"), format!("with these answers: {en}"));
    }
    found.push(finding.help(
        "放宽套餐的承诺，缩短路径上事项的承诺，或让它们并行",
        "promise more time, promise the matters on the path sooner, or run them side by side",
    ));
}

/// A matter's clock stops only where there is a clock and the law lets it stop: the grounds are those of 行政许可法 45, so
/// a licence may, other decisions follow it in practice where they have a limit; a public service decides nothing.
pub(crate) fn stops(loaded: &Loaded<'_, Matter>, found: &mut Vec<Diagnostic>) {
    let matter = &loaded.value;
    if matter.power == Power::Licence {
        return;
    }
    for (nth, node) in matter.nodes.iter().enumerate() {
        let Node::Wait { stops_clock: Some(_), id, .. } = node else { continue };
        let limit = matter.limits.statutory.or(matter.limits.promised);
        let (zh, en) = match (matter.power, limit) {
            (Power::PublicService, _) => (
                format!("“{id}”停止计时，但公共服务没有法定时限可停"),
                format!("\"{id}\" stops the clock, but a public service has no legal clock to stop"),
            ),
            (_, None) => (
                format!("“{id}”停止计时，但这个事项没有时限可停"),
                format!("\"{id}\" stops the clock, but this matter has no limit"),
            ),
            _ => continue,
        };
        found.push(
            Diagnostic::error("E-LIMIT-006", loaded.source.place(&format!("/nodes/{nth}/stops_clock")), zh, en)
                .related(loaded.source.place("/power"), "这个事项的权力类型", "the kind of power of this matter")
                .help(
                    "去掉 stops_clock，或更正 power 和 limits",
                    "leave \"stops_clock\" out, or mend \"power\" and \"limits\"",
                ),
        );
    }
}

/// A package's own waits do not stop the clock: it follows the clocks of its matters.
pub(crate) fn package_stops(loaded: &Loaded<'_, Package>, found: &mut Vec<Diagnostic>) {
    for (nth, node) in loaded.value.nodes.iter().enumerate() {
        let Node::Wait { stops_clock: Some(_), id, .. } = node else { continue };
        found.push(
            Diagnostic::error(
                "E-LIMIT-006",
                loaded.source.place(&format!("/nodes/{nth}/stops_clock")),
                format!("套餐里的“{id}”不能停止计时：停的是事项的法定时限"),
                format!("\"{id}\" of a package cannot stop the clock: what the law stops is the clock of a matter"),
            )
            .help("把这一步放进事项的图里", "move the step into the graph of the matter"),
        );
    }
}

/// People work on a matter within some limit: its own, or that of a package that promises for the whole. A matter that
/// waits for something with a limit of its own, such as a meeting, is bounded by that.
pub(crate) fn limited(loaded: &Loaded<'_, Package>, workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    if workflow.plan(0).promised.is_some() {
        return;
    }
    for plan in workflow.plans().iter().filter(|plan| plan.statutory.is_none() && plan.promised.is_none()) {
        if plan.graph.steps().any(|(_, step)| matches!(step.node, Node::Wait { .. })) {
            continue;
        }
        let person = plan
            .graph
            .steps()
            .find(|(_, step)| matches!(step.node, Node::Review { .. } | Node::Decide { .. } | Node::Issue { .. }));
        let (Some((_, step)), Some(node)) = (person, plan.node) else { continue };
        let (id, waits) = (&plan.id, &step.id);
        found.push(
            Diagnostic::reminder(
                "W-LIMIT-001",
                loaded.source.place(&format!("/nodes/{node}")),
                format!("事项“{id}”既没有法定时限也没有承诺时限：“{waits}”可以一直等下去"),
                format!("\"{id}\" has neither a legal nor a promised limit: \"{waits}\" can wait for ever"),
            )
            .help("在这里或事项里写上 promised", "give \"promised\", here or in the matter"),
        );
    }
}
