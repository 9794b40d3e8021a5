//! One self-contained page with figures and pictures, Chinese first. Nothing in it is loaded from anywhere.

mod chart;
mod desks;
mod pictures;
mod plan;
mod svg;

use std::fmt::Write as _;

pub use chart::{Axes, Series, bars, lines};
pub use plan::plan_html;

use crate::results::{Difference, Figure, Metric, Results, Stuck};

/// The page of one scenario, or of one beside another that met the same people.
#[must_use]
pub fn html(results: &Results, against: Option<(&Results, &[Difference])>) -> String {
    let mut page = String::new();
    let title = format!("{} {}", escape(&results.title.zh), escape(&results.title.en));
    // Writing to a string never fails.
    let _ = write!(
        page,
        "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style><main>"
    );
    head(&mut page, results);
    if let Some((other, differences)) = against {
        compared(&mut page, results, other, differences);
    }
    one(&mut page, results);
    if let Some((other, _)) = against {
        head(&mut page, other);
        one(&mut page, other);
    }
    page.push_str("</main></html>\n");
    page
}

fn head(page: &mut String, results: &Results) {
    let _ = write!(
        page,
        "<header><h1>{}</h1><p class=\"en\">{}</p><p>{}</p><p class=\"en\">{}</p><p class=\"meta\">{} · 种子 seed {} · {} 次独立重复 replications · {} 个工作日 working days · 区间为 95% 置信区间 95% confidence intervals (t)</p>",
        escape(&results.title.zh),
        escape(&results.title.en),
        escape(&results.note.zh),
        escape(&results.note.en),
        escape(&results.scenario),
        results.seed,
        results.replications,
        results.days,
    );
    if !results.illustrative.is_empty() {
        page.push_str("<p class=\"warn\">示例数据 Illustrative inputs：");
        let each = results.illustrative.iter().map(|it| format!("{}（{}）", escape(&it.zh), escape(&it.en)));
        page.push_str(&each.collect::<Vec<_>>().join("；"));
        page.push_str("</p>");
    }
    for it in results.stuck.iter().map(Stuck::told) {
        let _ = write!(page, "<p class=\"warn\">{}<br>{}</p>", escape(&it.zh), escape(&it.en));
    }
    page.push_str("</header>");
}

fn one(page: &mut String, results: &Results) {
    section(page, "人和等候", "People and waits");
    let arrivals = [
        Figure::Arrived,
        Figure::Served,
        Figure::GaveUp,
        Figure::WaitMean,
        Figure::WaitP50,
        Figure::WaitP90,
        Figure::WaitP99,
        Figure::WithinTarget,
    ];
    table(page, results, "对象", "of", &arrivals);
    section(page, "一天中的排队", "Queues over the day");
    note(
        page,
        "线为平均在等的人数（后台为件数），带为九成重复所在的范围。",
        "The line is the mean number of people (behind the windows: cases) waiting, the band holds nine tenths of the replications.",
    );
    page.push_str(&pictures::curves(results));
    section(page, "各时段等候", "Waits by weekday and hour");
    note(
        page,
        "平均等候分钟，按到达的星期和钟点。各图颜色同一尺度，最深为最长的等候（不足目标的按目标）；空格没有人来。",
        "Mean minutes waited, by weekday and hour of arrival. A colour means the same in every picture, the darkest the longest wait or, where that is longer, the target; where a cell is empty nobody came.",
    );
    page.push_str(&pictures::heat(results));
    if !results.openings.is_empty() {
        section(page, "窗口时间线", "Windows over the day");
        note(
            page,
            "第一次重复里各席位何时有人，时间相同的合为一行；橙色为潮汐窗口，借出的席位同时空着。",
            "When somebody was at each seat in the first replication, those of the same times in one row; tidal windows are orange, and the seats that lend stand empty meanwhile.",
        );
        page.push_str(&pictures::openings(&results.openings));
    }
    let cases = [Figure::CasesSubmitted, Figure::CasesClosed, Figure::CaseHours, Figure::LimitsKept, Figure::Red];
    if results.metrics.iter().any(|it| it.what == Figure::CasesSubmitted) {
        section(page, "办件与时限", "Cases and limits");
        table(page, results, "对象", "of", &cases);
        page.push_str(&pictures::lights(&results.metrics));
        section(page, "后台队列", "Queues behind the windows");
        table(page, results, "队列", "queue", &[Figure::TaskWaitMean, Figure::TaskWaitP90]);
    }
    section(page, "人员", "Staff");
    table(page, results, "人员", "group", &[Figure::Utilisation, Figure::StaffedHours]);
    table(
        page,
        results,
        "全中心",
        "centre",
        &[Figure::ServedPerDay, Figure::OvertimeHours, Figure::TidalOpenings, Figure::Cost],
    );
}

fn section(page: &mut String, zh: &str, en: &str) {
    let _ = write!(page, "<h2>{zh} <span class=\"en\">{en}</span></h2>");
}

fn note(page: &mut String, zh: &str, en: &str) {
    let _ = write!(page, "<p class=\"meta\">{zh} {en}</p>");
}

/// A row for each thing that has any of the figures.
fn table(page: &mut String, results: &Results, zh: &str, en: &str, figures: &[Figure]) {
    let _ = write!(page, "<table><tr><th>{zh} <span class=\"en\">{en}</span></th>");
    for figure in figures {
        let title = figure.title();
        let _ = write!(page, "<th>{}<br><span class=\"en\">{}</span></th>", title.zh, title.en);
    }
    page.push_str("</tr>");
    let mut names: Vec<&str> = Vec::new();
    for metric in results.metrics.iter().filter(|it| it.what == figures[0]) {
        if !names.contains(&metric.of.as_str()) {
            names.push(&metric.of);
        }
    }
    for name in names {
        let _ = write!(page, "<tr><td>{}</td>", named(results, name, figures[0]));
        for figure in figures {
            let metric = results.metrics.iter().find(|it| it.of == name && it.what == *figure);
            let _ = write!(page, "<td>{}</td>", metric.map(cell).unwrap_or_default());
        }
        page.push_str("</tr>");
    }
    page.push_str("</table>");
}

fn named(results: &Results, of: &str, what: Figure) -> String {
    let (zh, other) = results.named(of, what);
    let other = other.map(|it| format!(" <span class=\"en\">{}</span>", escape(&it))).unwrap_or_default();
    format!("{}{other}", escape(&zh))
}

fn cell(metric: &Metric) -> String {
    let half = metric.interval.half;
    let half =
        if half.is_finite() { format!(" <small>± {}</small>", number(half, metric.what)) } else { String::new() };
    format!("{}{half}", number(metric.interval.mean, metric.what))
}

fn compared(page: &mut String, one: &Results, other: &Results, differences: &[Difference]) {
    section(page, "两个情景之差", "The difference of the two scenarios");
    let _ = write!(
        page,
        "<p>{} → {}</p><p class=\"meta\">两者遇到同样的人（共同随机数）；区间不含 0 的差异用粗体。Both met the same people (common random numbers); differences whose interval leaves out 0 are bold.</p>",
        escape(&one.title.zh),
        escape(&other.title.zh)
    );
    let (alike, apart): (Vec<&Difference>, Vec<&Difference>) = differences.iter().partition(|it| it.is_none());
    page.push_str("<table class=\"pairs\"><tr><th>对象 <span class=\"en\">of</span></th><th>指标 <span class=\"en\">figure</span></th><th>前 <span class=\"en\">first</span></th><th>后 <span class=\"en\">second</span></th><th>差 <span class=\"en\">difference</span></th></tr>");
    for it in apart {
        let title = it.what.title();
        let shown = named(one, &it.of, it.what);
        let sure = it.difference.half.is_finite() && !it.difference.covers(0.0);
        let (open, close) = if sure { ("<b>", "</b>") } else { ("", "") };
        let _ = write!(
            page,
            "<tr><td>{shown}</td><td>{} <span class=\"en\">{}</span></td><td>{}</td><td>{}</td><td>{open}{} ± {}{close}</td></tr>",
            title.zh,
            title.en,
            number(it.first, it.what),
            number(it.second, it.what),
            number(it.difference.mean, it.what),
            number(it.difference.half, it.what),
        );
    }
    page.push_str("</table>");
    if !alike.is_empty() {
        let count = alike.len();
        note(
            page,
            &format!("另有 {count} 项在每次重复中都相同。"),
            &format!("{count} more figures are the same in every replication."),
        );
    }
}

/// A figure as people read it: shares in per cent, others to three digits.
#[must_use]
pub fn number(value: f64, figure: Figure) -> String {
    let share = matches!(figure, Figure::WithinTarget | Figure::LimitsKept | Figure::Utilisation);
    if !value.is_finite() {
        return "–".to_owned();
    }
    if share {
        return format!("{:.1}%", value * 100.0);
    }
    match value.abs() {
        least if least >= 100.0 => format!("{value:.0}"),
        least if least >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "\
:root{--ink:#1c2430;--soft:#66707e;--line:#dfe4ea;--blue:#1f6fb2;--band:#1f6fb233}\
body{margin:0;background:#f5f7f9;color:var(--ink);font:15px/1.6 'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif}\
main{max-width:1080px;margin:0 auto;padding:24px 28px 60px;background:#fff}\
h1{font-size:26px;margin:24px 0 0}h2{font-size:19px;margin:34px 0 8px;border-bottom:2px solid var(--line);padding-bottom:4px}\
.en{color:var(--soft);font-weight:400;font-size:.86em}header p{margin:4px 0}.meta{color:var(--soft);font-size:13px}\
.warn{background:#fff6e0;border-left:4px solid #e0a100;padding:6px 10px;font-size:13px}\
table{border-collapse:collapse;margin:8px 0 14px;width:100%;font-size:14px;font-variant-numeric:tabular-nums}\
th,td{border-bottom:1px solid var(--line);padding:5px 8px;text-align:right;vertical-align:bottom}th:first-child,td:first-child,.pairs th:nth-child(2),.pairs td:nth-child(2){text-align:left}\
th{font-size:13px;line-height:1.35}small{color:var(--soft)}svg{max-width:100%;height:auto;display:block;margin:6px 0 14px}\
svg text{font-family:inherit}@media(max-width:700px){main{padding:12px 12px 40px}table{display:block;overflow-x:auto}td,th{white-space:nowrap}.picture{overflow-x:auto}.picture svg{max-width:none;min-width:720px}.picture,table{background:linear-gradient(90deg,#fff 30%,#fff0) 0 0/40px 100% no-repeat local,linear-gradient(270deg,#fff 30%,#fff0) 100% 0/40px 100% no-repeat local,linear-gradient(90deg,#0003,#0000) 0 0/10px 100% no-repeat scroll,linear-gradient(270deg,#0003,#0000) 100% 0/10px 100% no-repeat scroll}}@media print{body{background:#fff}main{padding:0}}";
