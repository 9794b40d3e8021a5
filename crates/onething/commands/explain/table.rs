//! An explanation on a terminal: Chinese first, English beneath.

use std::fmt::Write;

use onething_engine::Workflow;
use onething_engine::analysis::{Explanation, Reduction};
use onething_engine::definition::Title;

use super::{counts_later, number, percent, wording};
use crate::draw::Sketch;
use crate::words;

fn both(title: &Title) -> String {
    if title.zh == title.en { title.zh.clone() } else { format!("{}\n{}", title.zh, title.en) }
}

/// The whole explanation.
pub(super) fn text(workflow: &Workflow, explained: &Explanation) -> String {
    let sketch = Sketch::of(workflow);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}  {}  ({})", explained.title.zh, explained.title.en, explained.id);
    let _ = writeln!(out, "{}  {}", explained.department.zh, explained.department.en);
    situation(&mut out, explained);
    reductions(&mut out, explained);
    path(&mut out, explained);
    matters(&mut out, explained);
    materials(&mut out, &sketch, explained);
    form(&mut out, &sketch, explained);
    out
}

fn heading(out: &mut String, zh: &str, en: &str) {
    let _ = writeln!(out, "\n{zh}  {en}");
}

fn situation(out: &mut String, explained: &Explanation) {
    if explained.questions.is_empty() {
        return;
    }
    heading(out, "情形", "The situation");
    let mut table = words::table(&["问题 question", "回答 answer", "来自 from"]);
    for row in &explained.questions {
        let from = if row.given { "给出 given" } else { "公布口径 as published" };
        table.add_row([format!("{}\n{}", both(&row.title), row.id), both(&wording::answer(row)), from.to_owned()]);
    }
    let _ = writeln!(out, "{table}");
}

fn reductions(out: &mut String, explained: &Explanation) {
    if explained.reductions.is_empty() {
        return;
    }
    heading(out, "四减：套餐与事项分开办相比", "The four reductions, against the matters done separately");
    let mut table = words::table(&["", "之前 before", "之后 after", "减少 saved", "各情形 other situations"]);
    for Reduction { measure, before, after, saved } in &explained.reductions {
        let ranges = match (wording::range(before), wording::range(after)) {
            (None, None) => String::new(),
            (before, after) => {
                let shown = |range: Option<String>| range.unwrap_or_else(|| "同".to_owned());
                format!("{} → {}", shown(before), shown(after))
            }
        };
        table.add_row([
            both(&measure.title()),
            wording::figure(before).zh,
            wording::figure(after).zh,
            saved.map(percent).unwrap_or_default(),
            ranges,
        ]);
    }
    let _ = writeln!(out, "{table}");
    for Reduction { measure, before, after, .. } in &explained.reductions {
        for (figure, zh, en) in [(before, "之前", "before"), (after, "之后", "after")] {
            if let Some(reason) = &figure.reason {
                let title = measure.title();
                let _ = writeln!(out, "  {}{zh}：{}", title.zh, reason.zh);
                let _ = writeln!(out, "      {} {en}: {}", title.en, reason.en);
            }
        }
    }
}

fn path(out: &mut String, explained: &Explanation) {
    let schedule = &explained.schedule;
    heading(out, "关键路径", "The critical path");
    let _ = writeln!(
        out,
        "假定 {} 受理 accepted；共 {} 个工作日 working days in all",
        words::minute(schedule.accepted),
        number(schedule.total_days)
    );
    if counts_later(explained) {
        let from = words::minute(schedule.counts_from);
        let _ = writeln!(out, "自受理期结束 {from} 起算 counted from the end of the acceptance period");
    }
    let mut table = words::table(&["", "事项 matter", "期限 limit", "起 from", "至 to"]);
    for step in &schedule.steps {
        let limit = step.limit.map_or_else(|| "—".to_owned(), |limit| both(&Title::new(limit.zh(), limit.en())));
        table.add_row([
            if step.critical { "★ 关键" } else { "" }.to_owned(),
            both(&step.title),
            limit,
            words::minute(step.begins),
            words::minute(step.ends),
        ]);
    }
    let _ = writeln!(out, "{table}");
    let _ = write!(out, "最迟办完 done by {}", words::minute(schedule.ends));
    match schedule.promise_ends {
        Some(at) => {
            let _ = writeln!(out, "；承诺 promised by {}", words::minute(at));
        }
        None => {
            let _ = writeln!(out, "；承诺按每个事项分别计 promised for each matter");
        }
    }
}

fn matters(out: &mut String, explained: &Explanation) {
    heading(out, "事项", "Matters");
    let mut table = words::table(&["事项 matter", "部门 department", "本情形 here", "承诺 promised", "法定 by law"]);
    for row in &explained.matters {
        let here = match (row.chosen, row.optional) {
            (true, false) => "必办 always",
            (true, true) => "按回答，办 by answer: yes",
            _ => "按回答，不办 by answer: no",
        };
        let limit = |limit: Option<onething_engine::clock::Limit>| limit.map_or_else(|| "—".to_owned(), |n| n.zh());
        table.add_row([
            both(&row.title),
            both(&row.department),
            here.to_owned(),
            limit(row.promised),
            limit(row.statutory),
        ]);
    }
    let _ = writeln!(out, "{table}");
}

fn materials(out: &mut String, sketch: &Sketch, explained: &Explanation) {
    heading(out, "一套材料", "One set of materials");
    let mut table = words::table(&["材料 material", "来源 from", "谁用 used by", "申请人 applicant"]);
    for row in &explained.materials {
        let users: Vec<String> = row.used_by.iter().map(|by| wording::asked(sketch, by).zh).collect();
        table.add_row([both(&row.title), both(&wording::origin(row)), users.join("\n"), both(&wording::brought(row))]);
    }
    let _ = writeln!(out, "{table}");
}

fn form(out: &mut String, sketch: &Sketch, explained: &Explanation) {
    heading(out, "一张表", "One form");
    let mut table = words::table(&["字段 field", "类型 type", "谁要 asked by", "填写 to fill in"]);
    for row in &explained.form {
        let users: Vec<String> = row.asked_by.iter().map(|by| wording::asked(sketch, by).zh).collect();
        let kind = wording::field_type(row.kind);
        table.add_row([
            both(&row.title),
            format!("{} {}", kind.zh, kind.en),
            users.join("\n"),
            both(&wording::to_fill(row)),
        ]);
    }
    let _ = writeln!(out, "{table}");
}
