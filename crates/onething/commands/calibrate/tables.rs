//! What was learned, as tables.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};
use onething_sim::calibrate::{ArrivalFit, Fit, Grain, Report, Weekdays};
use onething_sim::duration::Duration;

use crate::words::table;

/// What a person reads.
pub(super) fn shown(report: &Report) -> String {
    let Report { cases, rows, from, to, days, .. } = report;
    let mut out = String::new();
    // Writing to a string never fails.
    let _ = writeln!(out, "{cases} 件，{rows} 行，{from} 至 {to}，{days} 个工作日");
    let _ = writeln!(out, "{cases} cases and visits, {rows} rows, {days} working days\n");
    let _ = writeln!(out, "到达 Arrivals\n{}\n", arrivals(&report.arrivals));
    let _ = writeln!(out, "办理时间 Times (min)\n{}\n", times(report));
    let _ = writeln!(out, "结果 Outcomes\n{}", outcomes(report));
    for note in &report.notes {
        let _ = write!(out, "\n注意 note：{}\n  {}\n", note.zh, note.en);
    }
    out
}

fn arrivals(fits: &[ArrivalFit]) -> Table {
    let headings = [
        "对象 of",
        "到达 came",
        "天 days",
        "按 by",
        "方差/均值 var/mean",
        "留出 held out",
        "预计 expected",
        "误差 error",
        "偶然 by chance",
    ];
    let mut table = table(&headings);
    for fit in fits {
        let shape = fit.shapes.first().map(|shape| {
            let grain = match shape.grain {
                Grain::Even => "开放时间 even",
                Grain::Hour => "小时 hour",
                Grain::Quarter => "一刻钟 quarter",
            };
            let weekdays = match shape.weekdays {
                Weekdays::Same => "",
                Weekdays::Factors => "，星期系数 weekdays",
                Weekdays::Own => "，各星期 each weekday",
            };
            format!("{grain}{weekdays}")
        });
        let held = fit.held_out.map(|it| {
            [format!("{:.0}", it.came), format!("{:.0}", it.expected), percent(it.error), percent(it.error_by_chance)]
        });
        let [came, expected, error, chance] = held.unwrap_or_else(|| ["", "", "", ""].map(str::to_owned));
        let (all, days, spread) = (fit.came.to_string(), fit.days.to_string(), format!("{:.2}", fit.dispersion));
        table.add_row([fit.of.clone(), all, days, shape.unwrap_or_default(), spread, came, expected, error, chance]);
    }
    to_the_right(&mut table, &[1, 2, 4, 5, 6, 7, 8]);
    table
}

fn times(report: &Report) -> Table {
    let mut table = table(&[
        "步骤 step",
        "次数 n",
        "平均 mean",
        "cv",
        "分布 distribution",
        "ΔBIC 次优 next",
        "留出 KS",
        "容许 allowed",
    ]);
    for it in &report.steps {
        let held = it.fit.held_out.map(|held| (format!("{:.3}", held.distance), format!("{:.3}", held.allowed)));
        let (distance, allowed) = held.unwrap_or_default();
        let (count, mean, cv) = (it.fit.times.to_string(), format!("{:.2}", it.fit.mean), format!("{:.2}", it.fit.cv));
        let (takes, next) = (takes(&it.fit.takes), next(&it.fit));
        table.add_row([it.step.clone(), count, mean, cv, takes, next, distance, allowed]);
    }
    to_the_right(&mut table, &[1, 2, 3, 5, 6, 7]);
    table
}

fn takes(takes: &Duration) -> String {
    match takes {
        Duration::Fixed { minutes } => format!("固定 fixed {minutes:.2}"),
        Duration::Exponential { mean } => format!("指数 exponential {mean:.2}"),
        Duration::Lognormal { mean, cv } => format!("对数正态 lognormal {mean:.2}/{cv:.2}"),
        Duration::Gamma { mean, cv } => format!("伽马 gamma {mean:.2}/{cv:.2}"),
        Duration::Weibull { mean, shape } => format!("威布尔 Weibull {mean:.2}, k {shape:.2}"),
        Duration::Empirical { minutes } => format!("经验 empirical ({})", minutes.len()),
    }
}

/// How much worse the second best is; nothing where the kinds were refused.
fn next(fit: &Fit) -> String {
    match fit.candidates.as_slice() {
        [best, next, ..] if !matches!(fit.takes, Duration::Empirical { .. }) => format!("{:.1}", next.bic - best.bic),
        _ => String::new(),
    }
}

fn outcomes(report: &Report) -> Table {
    let mut table = table(&["对象 of", "结果 outcome", "比例 share", "95%", "次数 n", "留出 held out"]);
    for it in &report.outcomes {
        let held = it.held_out;
        let held = if held.of == 0 { String::new() } else { percent(held.times as f64 / held.of as f64) };
        let (all, interval) = (it.kept.of + it.held_out.of, format!("{}–{}", percent(it.low), percent(it.high)));
        table.add_row([it.of.clone(), it.outcome.clone(), percent(it.share), interval, all.to_string(), held]);
    }
    to_the_right(&mut table, &[2, 3, 4, 5]);
    table
}

fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn to_the_right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
