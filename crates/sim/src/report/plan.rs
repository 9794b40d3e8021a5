//! The page of a plan.

use std::fmt::Write as _;

use super::desks;
use super::svg::Svg;
use super::{STYLE, escape, note, number, section};
use crate::plan::{Judged, Plan, QuarterRow, Shortage, Weakness};
use crate::results::Figure;
use crate::stats::Interval;

const INK: &str = "#1c2430";
const SOFT: &str = "#66707e";
const GRID: &str = "#e6eaee";
const BLUE: &str = "#1f6fb2";
const ORANGE: &str = "#d9822b";
pub(super) const WEEKDAYS: [&str; 7] =
    ["周一 Mon", "周二 Tue", "周三 Wed", "周四 Thu", "周五 Fri", "周六 Sat", "周日 Sun"];

/// The page of a plan, with pictures; nothing in it is loaded from anywhere.
#[must_use]
pub fn plan_html(plan: &Plan) -> String {
    let mut page = String::new();
    let title = format!("{} {}", escape(&plan.title.zh), escape(&plan.title.en));
    // Writing to a string never fails.
    let _ = write!(
        page,
        "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style><main><header><h1>{}：排班方案</h1><p class=\"en\">{}: staffing plan</p><p>{}</p><p class=\"en\">{}</p><p class=\"meta\">目标 target：{} 在 {} 分钟内 within {} min · 时限 limits kept {} · 最短班次 shortest shift {} min · 种子 seed {} · {} 次独立重复 replications · {} 个工作日 working days · 区间为 95% 置信区间 95% confidence intervals (t)</p>",
        escape(&plan.title.zh),
        escape(&plan.title.en),
        escape(&plan.note.zh),
        escape(&plan.note.en),
        number(plan.share, Figure::WithinTarget),
        plan.wait_minutes,
        plan.wait_minutes,
        number(plan.limits, Figure::LimitsKept),
        plan.shift_minutes,
        plan.seed,
        plan.replications,
        plan.days,
    );
    if !plan.illustrative.is_empty() {
        let each = plan.illustrative.iter().map(|it| format!("{}（{}）", escape(&it.zh), escape(&it.en)));
        let _ =
            write!(page, "<p class=\"warn\">示例数据 Illustrative inputs：{}</p>", each.collect::<Vec<_>>().join("；"));
    }
    for it in plan.shortages.iter().map(Shortage::told) {
        let _ = write!(page, "<p class=\"warn\">{}<br>{}</p>", escape(&it.zh), escape(&it.en));
    }
    page.push_str("</header>");
    section(&mut page, "方案与不动脑筋的排法", "The plan beside the naive roster");
    note(
        &mut page,
        "“全天按高峰”：每天全天都开最忙一刻钟所需的窗口，不用潮汐；后台每天都按最忙一天排。潮汐窗口的小时按被借调后台的人力成本计，不再计入后台。离开的人算未达标。",
        "Naive: the seats of the busiest quarter-hour all day, every day, and no tide; at desks the people of the busiest day, every day. A tidal hour costs what the desk that lends goes without, and is not counted at the desk. Whoever left was not served in time.",
    );
    compared(&mut page, plan);
    if !plan.quarters.is_empty() {
        section(&mut page, "每刻钟的窗口", "Seats by quarter-hour");
        note(
            &mut page,
            "蓝：常设窗口；橙：潮汐窗口；黑线：平均占用的窗口数（负荷）。",
            "Blue: standing seats; orange: tidal windows; the line: seats kept busy on average (offered load).",
        );
    }
    for group in groups(&plan.quarters) {
        for weekday in 1..=7 {
            let rows: Vec<&QuarterRow> =
                plan.quarters.iter().filter(|it| it.group == group && it.weekday == weekday).collect();
            if !rows.is_empty() {
                page.push_str(&day(group, weekday, &rows));
            }
        }
    }
    desks::section_of(&mut page, plan);
    if !plan.quarters.is_empty() {
        section(&mut page, "各日达标", "The target by weekday");
        cells(&mut page, &plan.planned);
        section(&mut page, "公式给出的排法", "What the formulas say");
        methods(&mut page, plan);
    }
    section(&mut page, "需求高出预测时，先坏的是什么", "What breaks first above forecast");
    broken(&mut page, plan);
    page.push_str("</main></html>\n");
    page
}

fn groups(rows: &[QuarterRow]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.group.as_str()) {
            names.push(&row.group);
        }
    }
    names
}

pub(super) fn with(interval: Interval, figure: Figure) -> String {
    let half = interval.half;
    let half = if half.is_finite() { format!(" <small>± {}</small>", number(half, figure)) } else { String::new() };
    format!("{}{half}", number(interval.mean, figure))
}

fn compared(page: &mut String, plan: &Plan) {
    page.push_str("<table><tr><th></th><th>方案<br><span class=\"en\">plan</span></th><th>全天按高峰<br><span class=\"en\">naive</span></th><th>现状<br><span class=\"en\">as it stands</span></th></tr>");
    let mut row = |zh: &str, en: &str, cell: &dyn Fn(&Judged) -> String| {
        let _ = write!(
            page,
            "<tr><td>{zh} <span class=\"en\">{en}</span></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            cell(&plan.planned),
            cell(&plan.naive),
            cell(&plan.as_is)
        );
    };
    let (hall, behind) = (!plan.quarters.is_empty(), !plan.desks.is_empty());
    let yes = |it: bool| if it { "是 yes" } else { "否 no" }.to_owned();
    if hall {
        row("窗口成本", "cost of windows", &|it| with(it.cost, Figure::Cost));
    }
    if behind {
        row("后台成本", "cost of desks", &|it| with(it.desk_cost, Figure::Cost));
    }
    row("人力成本合计", "cost in all", &|it| with(it.cost_in_all, Figure::Cost));
    if hall {
        row("窗口小时", "window hours", &|it| with(it.hours, Figure::StaffedHours));
        row("其中潮汐", "of them tidal", &|it| with(it.tidal_hours, Figure::StaffedHours));
        row("达标比例", "share in time", &|it| with(it.service, Figure::WithinTarget));
        row("每日都达标", "kept every day", &|it| yes(it.kept));
        row("平均等候（分钟）", "mean wait (min)", &|it| with(it.wait_mean, Figure::WaitMean));
    }
    if behind {
        row("各席都按时", "every desk in time", &|it| yes(it.desks_kept));
    }
    row("时限遵守", "limits kept", &|it| {
        it.limits_kept.map_or("–".to_owned(), |it| with(it, Figure::LimitsKept))
    });
    page.push_str("</table>");
}

/// Seats over one day as steps, with the load as a line.
fn day(group: &str, weekday: u8, rows: &[&QuarterRow]) -> String {
    let (width, height, left, top, bottom) = (1000.0, 150.0, 60.0, 24.0, 24.0);
    let hour = |row: &QuarterRow| {
        let (hours, minutes) = row.from.split_once(':').unwrap_or(("0", "0"));
        hours.parse::<f64>().unwrap_or(0.0) + minutes.parse::<f64>().unwrap_or(0.0) / 60.0
    };
    let (from, to) = (hour(rows[0]).floor(), (hour(rows[rows.len() - 1]) + 0.25).ceil());
    let most = rows.iter().map(|row| f64::from(row.seats + row.tidal).max(row.load)).fold(1.0, f64::max).ceil();
    let name = format!("{group} · {}", WEEKDAYS[usize::from(weekday - 1) % 7]);
    let mut svg = Svg::new(width, height, &name);
    let x = |hours: f64| left + (hours - from) / (to - from) * (width - left - 28.0);
    let y = |value: f64| top + (1.0 - value / most) * (height - top - bottom);
    let step = (most / 4.0).ceil().max(1.0);
    let mut value = 0.0;
    while value <= most {
        svg.line((left, y(value)), (width - 28.0, y(value)), GRID);
        svg.text(left - 6.0, y(value) + 4.0, "end", 11.0, SOFT, &format!("{value:.0}"));
        value += step;
    }
    let mut at = from;
    while at <= to {
        svg.text(x(at), height - 8.0, "middle", 11.0, SOFT, &format!("{at:.0}:00"));
        at += 1.0;
    }
    svg.text(left, 15.0, "start", 13.0, INK, &name);
    for row in rows {
        let (begins, wide) = (x(hour(row)), x(hour(row) + 0.25) - x(hour(row)));
        let label = format!(
            "{} · {} + {} · {:.1}/h · 负荷 load {:.1} · SIPP {} · lag {} · MOL {} · √ {}",
            row.from,
            row.seats,
            row.tidal,
            row.per_hour,
            row.load,
            row.formulas[0],
            row.formulas[1],
            row.formulas[2],
            row.formulas[3]
        );
        let seats = f64::from(row.seats);
        svg.bar(begins, y(seats), wide, y(0.0) - y(seats), BLUE, &label);
        if row.tidal > 0 {
            let all = seats + f64::from(row.tidal);
            svg.bar(begins, y(all), wide, y(seats) - y(all), ORANGE, &label);
        }
    }
    // The centre's break divides the line.
    let mut line: Vec<(f64, f64)> = Vec::new();
    let mut before: Option<f64> = None;
    for row in rows {
        if before.is_some_and(|before| hour(row) - before > 0.3) {
            svg.path(&std::mem::take(&mut line), INK, "none");
        }
        line.push((x(hour(row) + 0.125), y(row.load)));
        before = Some(hour(row));
    }
    svg.path(&line, INK, "none");
    svg.on_page()
}

fn cells(page: &mut String, judged: &Judged) {
    page.push_str("<table><tr><th>窗口 <span class=\"en\">windows</span></th><th>星期 <span class=\"en\">weekday</span></th><th>达标比例 <span class=\"en\">share in time</span></th><th>最差的一小时 <span class=\"en\">worst hour</span></th></tr>");
    for it in &judged.cells {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}:00 · {}</td></tr>",
            escape(&it.pool),
            WEEKDAYS[usize::from(it.weekday - 1) % 7],
            with(it.service, Figure::WithinTarget),
            it.worst_hour,
            number(it.worst, Figure::WithinTarget)
        );
    }
    page.push_str("</table>");
}

fn methods(page: &mut String, plan: &Plan) {
    note(
        page,
        "每种公式的谨慎程度由模拟定到恰好达标；起点取每日最便宜的，再由模拟逐段裁剪。成本按排班表计。",
        "Simulation sets how cautious each formula must be to just keep the target; the search begins with the cheapest of each day and trims it. Costs by the roster.",
    );
    page.push_str("<table><tr><th>公式 <span class=\"en\">formula</span></th><th>一周成本 <span class=\"en\">cost of a week</span></th><th>作为起点的日数 <span class=\"en\">days begun with</span></th></tr>");
    for it in &plan.methods {
        let (zh, en) = it.method.title();
        let cost = it.cost.map_or("达不到 out of reach".to_owned(), |cost| number(cost, Figure::Cost));
        let _ = write!(
            page,
            "<tr><td>{zh} <span class=\"en\">{en}</span></td><td>{cost}</td><td>{}</td></tr>",
            it.begun_with
        );
    }
    page.push_str("</table>");
}

fn broken(page: &mut String, plan: &Plan) {
    let more = (plan.strain.factor - 1.0) * 100.0;
    let _ = write!(
        page,
        "<p class=\"meta\">需求高出预测 {more:.0}% 时：达标 {}，平均等候 {} 分钟。At {more:.0}% above forecast: {} in time, mean wait {} min.</p>",
        number(plan.strain.service.mean, Figure::WithinTarget),
        number(plan.strain.wait_mean.mean, Figure::WaitMean),
        number(plan.strain.service.mean, Figure::WithinTarget),
        number(plan.strain.wait_mean.mean, Figure::WaitMean),
    );
    if plan.strain.broken.is_empty() {
        page.push_str("<p>没有坏的。Nothing breaks.</p>");
        return;
    }
    page.push_str("<table><tr><th>从 <span class=\"en\">from</span></th><th>什么 <span class=\"en\">what</span></th><th>谁 <span class=\"en\">of whom</span></th><th>方案中 <span class=\"en\">as planned</span></th><th>最高时 <span class=\"en\">at the most</span></th></tr>");
    for it in &plan.strain.broken {
        let (zh, en) = it.what.title();
        let when = match (it.weekday, it.hour) {
            (Some(weekday), Some(hour)) => format!(" {} {hour}:00", WEEKDAYS[usize::from(weekday - 1) % 7]),
            _ => String::new(),
        };
        let figure = if it.what == Weakness::Busy { Figure::Utilisation } else { Figure::WithinTarget };
        let _ = write!(
            page,
            "<tr><td>+{:.0}%</td><td>{zh} <span class=\"en\">{en}</span></td><td>{}{when}</td><td>{}</td><td>{}</td></tr>",
            (it.factor - 1.0) * 100.0,
            escape(&it.of),
            number(it.planned, figure),
            number(it.strained, figure)
        );
    }
    page.push_str("</table>");
}
