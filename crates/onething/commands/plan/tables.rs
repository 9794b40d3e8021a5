//! A plan as people read it.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};
use onething_sim::plan::{DeskRow, Judged, Plan, Shortage, Weakness};
use onething_sim::report::number;
use onething_sim::results::Figure;
use onething_sim::scenario::{Stretch, TideBy};
use onething_sim::stats::Interval;

use crate::words::table;

const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// The whole plan.
pub(super) fn shown(plan: &Plan) -> String {
    let mut text = format!("{}\n{}\n", plan.title.zh, plan.title.en);
    // Writing to a string never fails.
    let _ = writeln!(
        text,
        "目标 target：{} 在 {} 分钟内 within {} min；时限 limits kept：{}；种子 seed {}；搜索 {} 种排法 rosters searched；{} 次独立重复 replications",
        number(plan.share, Figure::WithinTarget),
        plan.wait_minutes,
        plan.wait_minutes,
        number(plan.limits, Figure::LimitsKept),
        plan.seed,
        plan.rosters,
        plan.replications
    );
    for it in plan.shortages.iter().map(Shortage::told) {
        let _ = writeln!(text, "{}\n  {}", it.zh, it.en);
    }
    let hall = !plan.quarters.is_empty();
    let parts = [
        hall.then(|| roster(plan)),
        (!plan.desks.is_empty()).then(|| desks(plan)),
        (!plan.limits_kept.is_empty()).then(|| limits(plan)),
        Some(compared(plan)),
        hall.then(|| methods(plan)),
        hall.then(|| cells(plan)),
        Some(broken(plan)),
    ];
    text.push_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    text
}

fn roster(plan: &Plan) -> String {
    let mut table = table(&["窗口 windows", "星期 weekdays", "时间 hours", "席位 seats"]);
    let mut add = |of: &str, stretches: &[Stretch]| {
        for stretch in stretches {
            let hours = format!("{}–{}", stretch.hours.from.strftime("%H:%M"), stretch.hours.to.strftime("%H:%M"));
            table.add_row([of.to_owned(), weekdays(&stretch.weekdays), hours, stretch.seats.to_string()]);
        }
    };
    let planned = |name: &str| plan.quarters.iter().any(|it| it.group == name);
    for group in plan.file.staff.iter().filter(|group| planned(&group.name)) {
        add(&group.name, &group.roster);
    }
    for tide in &plan.file.tides {
        if let TideBy::Roster { stretches } = &tide.policy {
            add(&format!("{}（潮汐 tidal）", tide.name), stretches);
        }
    }
    to_the_right(&mut table, &[3]);
    format!("排班 The roster\n{table}")
}

/// Who works behind the hall, and how many of them there must be.
fn desks(plan: &Plan) -> String {
    let mut table = table(&[
        "后台 desks",
        "现有 now",
        "方案 planned",
        "增减 change",
        "借出/至少留 lent/stay",
        "最少可等 may wait (min)",
        "按时接手 in time",
        "现按时 in time now",
        "成本 cost",
        "利用率 utilisation",
        "先坏 breaks at",
    ]);
    let share = |it: Option<Interval>| it.map_or("–".to_owned(), |it| with(it, Figure::LimitsKept));
    for it in &plan.desks {
        let lends = it.keep.map_or("–".to_owned(), |keep| format!("{}/{keep}", it.lent));
        table.add_row([
            it.group.clone(),
            it.seats.to_string(),
            by_weekday(it),
            format!("{:+}", -it.over()).replace("+0", "0"),
            lends,
            it.wait_minutes.map_or("–".to_owned(), |minutes| format!("{minutes:.0}")),
            share(it.in_time),
            share(it.in_time_as_is),
            number(it.cost.mean, Figure::Cost),
            number(it.utilisation, Figure::Utilisation),
            it.breaks_at.map_or("–".to_owned(), |factor| format!("+{:.0}%", (factor - 1.0) * 100.0)),
        ]);
    }
    to_the_right(&mut table, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    let mut text = format!(
        "后台（整天在岗；可等为办公分钟，由时限算出） Desks (the whole day; working minutes a task may wait, from the limits)\n{table}"
    );
    if !plan.not_planned.is_empty() {
        let _ = write!(text, "\n不排、照情景文件 Not planned, as the scenario says: {}", plan.not_planned.join("、"));
    }
    text
}

/// People by weekday; one number where every day is alike.
fn by_weekday(desk: &DeskRow) -> String {
    let mut numbers: Vec<u32> = desk.days.iter().map(|it| it.seats).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if let [number] = numbers.as_slice() {
        return number.to_string();
    }
    let days = |number: &u32| {
        let alike: Vec<u8> = desk.days.iter().filter(|it| it.seats == *number).map(|it| it.weekday).collect();
        format!("{}:{number}", weekdays(&alike))
    };
    numbers.iter().rev().map(days).collect::<Vec<_>>().join(" ")
}

/// How well the limits of cases are kept.
fn limits(plan: &Plan) -> String {
    let mut table =
        table(&["办件 cases", "方案 planned", "现状 as it stands", "后台不缺人时 desks never short", "守住 kept"]);
    for it in &plan.limits_kept {
        let kept = if it.kept { "是 yes" } else { "否 no" };
        table.add_row([
            it.of.clone(),
            with(it.planned, Figure::LimitsKept),
            with(it.as_is, Figure::LimitsKept),
            number(it.best, Figure::LimitsKept),
            kept.to_owned(),
        ]);
    }
    to_the_right(&mut table, &[1, 2, 3]);
    format!("时限遵守（不亮红灯的比例） Limits kept (share of clocks that show no red light)\n{table}")
}

fn weekdays(days: &[u8]) -> String {
    days.iter().filter_map(|day| WEEKDAYS.get(usize::from(*day).wrapping_sub(1))).copied().collect::<Vec<_>>().join("")
}

fn with(interval: Interval, figure: Figure) -> String {
    if interval.half.is_finite() {
        format!("{} ± {}", number(interval.mean, figure), number(interval.half, figure))
    } else {
        number(interval.mean, figure)
    }
}

fn compared(plan: &Plan) -> String {
    let mut table = table(&["", "方案 plan", "全天按高峰 naive", "现状 as it stands"]);
    let mut row = |name: &str, cell: &dyn Fn(&Judged) -> String| {
        table.add_row([name.to_owned(), cell(&plan.planned), cell(&plan.naive), cell(&plan.as_is)]);
    };
    let (hall, behind) = (!plan.quarters.is_empty(), !plan.desks.is_empty());
    let yes = |it: bool| if it { "是 yes" } else { "否 no" }.to_owned();
    if hall {
        row("窗口成本 cost of windows", &|it| with(it.cost, Figure::Cost));
    }
    if behind {
        row("后台成本 cost of desks", &|it| with(it.desk_cost, Figure::Cost));
    }
    row("人力成本合计 cost in all", &|it| with(it.cost_in_all, Figure::Cost));
    if hall {
        row("窗口小时 window hours", &|it| with(it.hours, Figure::StaffedHours));
        row("其中潮汐 of them tidal", &|it| with(it.tidal_hours, Figure::StaffedHours));
        row("达标比例 share in time", &|it| with(it.service, Figure::WithinTarget));
        row("每日都达标 kept every day", &|it| yes(it.kept));
        row("平均等候 mean wait (min)", &|it| with(it.wait_mean, Figure::WaitMean));
    }
    if behind {
        row("各席都按时 every desk in time", &|it| yes(it.desks_kept));
    }
    row("时限遵守 limits kept", &|it| it.limits_kept.map_or("–".to_owned(), |it| with(it, Figure::LimitsKept)));
    to_the_right(&mut table, &[1, 2, 3]);
    format!("成本与服务（95% 置信区间） Cost and service (95% confidence)\n{table}")
}

fn methods(plan: &Plan) -> String {
    let mut table = table(&["公式 formula", "一周成本 cost of a week", "起点日数 days begun with"]);
    for it in &plan.methods {
        let (zh, en) = it.method.title();
        let cost = it.cost.map_or("达不到 out of reach".to_owned(), |cost| number(cost, Figure::Cost));
        table.add_row([format!("{zh} {en}"), cost, it.begun_with.to_string()]);
    }
    to_the_right(&mut table, &[1, 2]);
    format!("公式（谨慎程度由模拟定） Formulas (as cautious as simulation says)\n{table}")
}

fn cells(plan: &Plan) -> String {
    let mut table = table(&["窗口 windows", "星期 weekday", "达标比例 share in time", "最差一小时 worst hour"]);
    for it in &plan.planned.cells {
        let worst = format!("{}:00 {}", it.worst_hour, number(it.worst, Figure::WithinTarget));
        table.add_row([it.pool.clone(), weekdays(&[it.weekday]), with(it.service, Figure::WithinTarget), worst]);
    }
    to_the_right(&mut table, &[2, 3]);
    format!("各日达标 The target by weekday\n{table}")
}

fn broken(plan: &Plan) -> String {
    let more = (plan.strain.factor - 1.0) * 100.0;
    let service = number(plan.strain.service.mean, Figure::WithinTarget);
    if plan.strain.broken.is_empty() {
        return format!(
            "需求高出预测 {more:.0}%：没有坏的，达标 {service} / {more:.0}% above forecast: nothing breaks, {service} in time"
        );
    }
    let mut table = table(&["从 from", "什么 what", "谁 of whom", "方案中 as planned", "最高时 at the most"]);
    for it in &plan.strain.broken {
        let (zh, en) = it.what.title();
        let when = match (it.weekday, it.hour) {
            (Some(weekday), Some(hour)) => format!(" {} {hour}:00", weekdays(&[weekday])),
            _ => String::new(),
        };
        let figure = if it.what == Weakness::Busy { Figure::Utilisation } else { Figure::WithinTarget };
        table.add_row([
            format!("+{:.0}%", (it.factor - 1.0) * 100.0),
            format!("{zh} {en}"),
            format!("{}{when}", it.of),
            number(it.planned, figure),
            number(it.strained, figure),
        ]);
    }
    to_the_right(&mut table, &[0, 3, 4]);
    format!(
        "需求高出预测 {more:.0}%（达标 {service}）时先坏的 What breaks first, up to {more:.0}% above forecast ({service} in time)\n{table}"
    )
}

fn to_the_right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
