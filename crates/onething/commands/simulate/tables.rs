//! The results as tables: for people, and as CSV.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};
use onething_sim::report::number;
use onething_sim::results::{Difference, Figure, Metric, Results, Stuck};

use crate::words::table;

/// What a person reads.
pub(super) fn shown(results: &Results) -> String {
    let mut table = table(&["对象 of", "指标 figure", "平均 mean", "95% ±"]);
    for metric in &results.metrics {
        let title = metric.what.title();
        let (mean, half) = (number(metric.interval.mean, metric.what), number(metric.interval.half, metric.what));
        table.add_row([name(results, &metric.of, metric.what), format!("{} {}", title.zh, title.en), mean, half]);
    }
    to_the_right(&mut table, &[2, 3]);
    let mut text = format!("{}\n{}\n", results.title.zh, results.title.en);
    // Writing to a string never fails.
    let _ = writeln!(
        text,
        "种子 seed {}，{} 次独立重复 replications，{} 个工作日 working days，{} 个事件 events",
        results.seed, results.replications, results.days, results.events
    );
    let _ = write!(text, "{table}");
    for it in results.stuck.iter().map(Stuck::told) {
        let _ = write!(text, "\n注意 Note：{}\n{}", it.zh, it.en);
    }
    text
}

/// The differences whose interval leaves out 0 bear a star.
pub(super) fn differences(results: &Results, differences: &[Difference]) -> String {
    let (alike, apart): (Vec<&Difference>, Vec<&Difference>) = differences.iter().partition(|it| it.is_none());
    let mut table = table(&["对象 of", "指标 figure", "前 first", "后 second", "差 difference", "95% ±", ""]);
    for it in apart {
        let title = it.what.title();
        let sure = it.difference.half.is_finite() && !it.difference.covers(0.0);
        table.add_row([
            name(results, &it.of, it.what),
            format!("{} {}", title.zh, title.en),
            number(it.first, it.what),
            number(it.second, it.what),
            number(it.difference.mean, it.what),
            number(it.difference.half, it.what),
            if sure { "*" } else { "" }.to_owned(),
        ]);
    }
    to_the_right(&mut table, &[2, 3, 4, 5]);
    let mut text = format!("两者之差（* 表示区间不含 0） The difference (* leaves out 0)\n{table}");
    if !alike.is_empty() {
        // Writing to a string never fails.
        let _ = write!(
            text,
            "\n另有 {} 项在每次重复中都相同 / {} more figures are the same in every replication",
            alike.len(),
            alike.len()
        );
    }
    text
}

fn to_the_right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn name(results: &Results, of: &str, what: Figure) -> String {
    let (name, other) = results.named(of, what);
    other.map_or_else(|| name.clone(), |other| format!("{name} {other}"))
}

/// A line for each figure, with a heading.
pub(super) fn csv(results: &Results) -> String {
    format!("scenario,of,figure,mean,half,runs\n{}", csv_rows(results))
}

/// The lines alone.
pub(super) fn csv_rows(results: &Results) -> String {
    results.metrics.iter().map(|metric| csv_row(&results.scenario, metric)).collect()
}

fn csv_row(scenario: &str, metric: &Metric) -> String {
    let figure = serde_json::to_value(metric.what).ok().and_then(|it| it.as_str().map(str::to_owned));
    let half = if metric.interval.half.is_finite() { metric.interval.half.to_string() } else { String::new() };
    let (mean, runs) = (metric.interval.mean, metric.interval.runs);
    format!("{scenario},{},{},{mean},{half},{runs}\n", quoted(&metric.of), figure.unwrap_or_default())
}

/// A field of CSV (RFC 4180). What a spreadsheet would take for a formula is kept text.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
