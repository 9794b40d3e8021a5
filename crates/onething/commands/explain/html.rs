//! An explanation as a page: one file, printable, usable on a phone, with a keyboard and with a screen reader.

use std::fmt::Write;

use onething_engine::Workflow;
use onething_engine::analysis::{Dated, Explanation, Figure, Reduction};
use onething_engine::calendar::Calendar;
use onething_engine::clock::Limit;
use onething_engine::definition::Title;

use super::{counts_later, critical, number, percent, wording};
use crate::draw::{Sketch, escape, figure};
use crate::words;

const STYLE: &str = include_str!("page.css");

/// The page under construction. Everything that comes from a definition goes in through [`escape`].
struct Page {
    out: String,
}

/// A cell of a table: its class and what is in it, already escaped.
struct Cell {
    class: &'static str,
    html: String,
}

/// The page.
pub(super) fn page(workflow: &Workflow, explained: &Explanation, calendar: &Calendar) -> String {
    let sketch = Sketch::of(workflow);
    let mut page = Page { out: String::new() };
    page.head(explained);
    page.reductions(explained);
    page.path(explained);
    page.situation(explained);
    page.matters(explained);
    page.materials(&sketch, explained);
    page.form(&sketch, explained);
    page.picture(&sketch, explained);
    page.foot(explained, calendar);
    page.out
}

/// Chinese, and English marked as such.
fn both(title: &Title) -> String {
    if title.zh == title.en {
        return escape(&title.zh);
    }
    format!("{} <span lang=\"en\">{}</span>", escape(&title.zh), escape(&title.en))
}

fn title(zh: &str, en: &str) -> Title {
    Title::new(zh, en)
}

fn cell(html: String) -> Cell {
    Cell { class: "", html }
}

fn limit(limit: Option<Limit>) -> Cell {
    let html = limit.map_or_else(|| "—".to_owned(), |limit| both(&Title::new(limit.zh(), limit.en())));
    Cell { class: "", html }
}

fn list(items: impl Iterator<Item = Title>) -> String {
    let items: Vec<String> = items.map(|item| both(&item)).collect();
    match items.as_slice() {
        [only] => only.clone(),
        items => format!("<ul class=\"plain\"><li>{}</li></ul>", items.join("</li><li>")),
    }
}

impl Page {
    fn line(&mut self, html: &str) {
        self.out.push_str(html);
        self.out.push('\n');
    }

    fn head(&mut self, explained: &Explanation) {
        let name = format!("{} {}", explained.title.zh, explained.title.en);
        self.line("<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">");
        self.line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        self.line(&format!("<title>{}</title>\n<style>\n{}</style>", escape(&name), STYLE));
        self.line("</head>\n<body>\n<a class=\"skip\" href=\"#main\">跳到正文 <span lang=\"en\">Skip to the content</span></a>");
        self.line(&format!("<header>\n<h1>{}</h1>", both(&explained.title)));
        let lead = title("部门", "department");
        self.line(&format!("<p>{}：{}</p>", both(&lead), both(&explained.department)));
        self.line("<nav aria-label=\"目录 Contents\"><ul>");
        for (id, zh, en) in [
            ("reductions", "四减", "What is saved"),
            ("path", "关键路径", "Critical path"),
            ("situation", "情形", "Situation"),
            ("matters", "事项", "Matters"),
            ("materials", "材料", "Materials"),
            ("form", "表单", "Form"),
            ("picture", "流程图", "Picture"),
        ] {
            let missing = (id == "reductions" && explained.reductions.is_empty())
                || (id == "situation" && explained.questions.is_empty());
            if !missing {
                self.line(&format!("<li><a href=\"#{id}\">{}</a></li>", both(&title(zh, en))));
            }
        }
        self.line("</ul></nav>\n</header>\n<main id=\"main\">");
    }

    fn section(&mut self, id: &str, zh: &str, en: &str) {
        let class = if id == "picture" { " class=\"picture\"" } else { "" };
        self.line(&format!("<section{class} aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>", both(&title(zh, en))));
    }

    fn end(&mut self) {
        self.line("</section>");
    }

    fn open_table(&mut self, caption: &Title, headings: &[Title]) {
        let label = escape(&format!("{} {}", caption.zh, caption.en));
        self.line(&format!(
            "<div class=\"scroll\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\"><table role=\"table\">"
        ));
        let heads: Vec<String> =
            headings.iter().map(|it| format!("<th scope=\"col\" role=\"columnheader\">{}</th>", both(it))).collect();
        self.line(&format!(
            "<caption>{}</caption>\n<thead><tr role=\"row\">{}</tr></thead>\n<tbody>",
            both(caption),
            heads.concat()
        ));
    }

    /// A row; its first cell is its heading. On a phone each cell says its column; the roles keep it a table there.
    fn row(&mut self, class: &str, headings: &[Title], cells: Vec<Cell>) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let _ = write!(self.out, "<tr role=\"row\"{class}>");
        for (nth, (cell, heading)) in cells.iter().zip(headings).enumerate() {
            let class = if cell.class.is_empty() { String::new() } else { format!(" class=\"{}\"", cell.class) };
            let _ = match nth {
                0 => write!(self.out, "<th scope=\"row\" role=\"rowheader\"{class}>{}</th>", cell.html),
                _ => {
                    let label = escape(&format!("{} {}", heading.zh, heading.en));
                    write!(self.out, "<td role=\"cell\" data-label=\"{label}\"{class}>{}</td>", cell.html)
                }
            };
        }
        self.line("</tr>");
    }

    fn close_table(&mut self) {
        self.line("</tbody></table></div>");
    }

    fn reductions(&mut self, explained: &Explanation) {
        if explained.reductions.is_empty() {
            return;
        }
        self.section("reductions", "四减：与事项分开办相比", "What is saved against the matters done separately");
        self.line("<ul class=\"cards\">");
        for Reduction { measure, before, after, saved } in &explained.reductions {
            let figure = |figure: &Figure| figure.value().map_or_else(|| "—".to_owned(), number);
            let saved = saved.map(percent).unwrap_or_default();
            let heading = both(&measure.title());
            let (before, after) = (figure(before), figure(after));
            self.line(&format!(
                "<li>{heading}<strong>{before} → {after}</strong>减少 <span lang=\"en\">saved</span> {saved}</li>"
            ));
        }
        self.line("</ul>");
        let headings = [
            title("", ""),
            title("之前", "before"),
            title("之后", "after"),
            title("各种情形下", "over all situations"),
            title("说明", "why"),
        ];
        let caption = title(
            "按各事项改革前的数字和套餐的定义算出；与公布的数字不同的，两者都列出。不办的事项不计。",
            "Computed from the matters' figures before the reform and the package; where the published figure differs, both \
             are shown. Matters that are left out are not counted.",
        );
        self.open_table(&caption, &headings);
        for Reduction { measure, before, after, .. } in &explained.reductions {
            let ranges = [("之前", "before", before), ("之后", "after", after)];
            let spread = ranges
                .iter()
                .filter_map(|(zh, en, figure)| Some((zh, en, wording::range(figure)?)))
                .map(|(zh, en, range)| Title::new(format!("{zh} {range}"), format!("{en} {range}")));
            let reasons = ranges
                .iter()
                .filter_map(|(zh, en, figure)| Some((zh, en, figure.reason.as_ref()?)))
                .map(|(zh, en, why)| Title::new(format!("{zh}：{}", why.zh), format!("{en}: {}", why.en)));
            let (spread, reasons): (Vec<Title>, Vec<Title>) = (spread.collect(), reasons.collect());
            let lines = |lines: Vec<Title>| if lines.is_empty() { String::new() } else { list(lines.into_iter()) };
            let cells = vec![
                cell(both(&measure.title())),
                cell(both(&wording::figure(before))),
                cell(both(&wording::figure(after))),
                cell(lines(spread)),
                cell(lines(reasons)),
            ];
            self.row("", &headings, cells);
        }
        self.close_table();
        self.end();
    }

    fn path(&mut self, explained: &Explanation) {
        let schedule = &explained.schedule;
        self.section(
            "path",
            "关键路径：各事项都用足承诺的时间",
            "Critical path, if every matter takes all the time promised",
        );
        let (accepted, ends) = (words::minute(schedule.accepted), words::minute(schedule.ends));
        let days = number(schedule.total_days);
        let said = Title::new(
            format!("假定 {accepted} 受理，共 {days} 个工作日，最迟 {ends} 办完。"),
            format!("Accepted on {accepted}, {days} working days in all, done by {ends}."),
        );
        self.line(&format!("<p>{}</p>", both(&said)));
        if counts_later(explained) {
            let from = words::minute(schedule.counts_from);
            let said = Title::new(
                format!("自受理期结束（{from}）起算。"),
                format!("Counted from the end of the acceptance period ({from})."),
            );
            self.line(&format!("<p>{}</p>", both(&said)));
        }
        let promise = match schedule.promise_ends {
            Some(at) => {
                let at = words::minute(at);
                Title::new(format!("承诺最迟 {at} 办完。"), format!("Promised by {at}."))
            }
            None => title("承诺按每个事项分别计。", "The promise is made for each matter."),
        };
        self.line(&format!("<p>{}</p>", both(&promise)));
        let headings = [
            title("事项", "matter"),
            title("关键", "critical"),
            title("期限", "limit"),
            title("起", "from"),
            title("至", "to"),
        ];
        let caption = title(
            "日期按公布的工作日历推算，节假日和调休都算在内。",
            "Dates by the published calendar: holidays and make-up days count.",
        );
        self.open_table(&caption, &headings);
        for Dated { title: name, limit: time, begins, ends, critical, .. } in &schedule.steps {
            let tag = if *critical { "<span class=\"tag full\">关键 critical</span>" } else { "" };
            let at = |at: i64| Cell { class: "figure", html: escape(&words::minute(at)) };
            let cells = vec![cell(both(name)), cell(tag.to_owned()), limit(*time), at(*begins), at(*ends)];
            self.row(if *critical { "critical" } else { "" }, &headings, cells);
        }
        self.close_table();
        self.end();
    }

    fn situation(&mut self, explained: &Explanation) {
        if explained.questions.is_empty() {
            return;
        }
        self.section("situation", "情形", "The situation that is explained");
        let headings = [title("问题", "question"), title("回答", "answer"), title("作用", "effect")];
        let caption = title(
            "没有给出的回答，取公布的数字所对应的情形。",
            "An answer that was not given is that of the situation which the published figures describe.",
        );
        self.open_table(&caption, &headings);
        for row in &explained.questions {
            let assumed = if row.given { title("给出", "given") } else { title("公布口径", "as published") };
            let answer = format!("{} <span class=\"tag\">{}</span>", both(&wording::answer(row)), both(&assumed));
            self.row("", &headings, vec![cell(both(&row.title)), cell(answer), cell(both(&row.effect))]);
        }
        self.close_table();
        self.end();
    }

    fn matters(&mut self, explained: &Explanation) {
        self.section("matters", "事项", "Matters");
        let headings = [
            title("事项", "matter"),
            title("部门", "department"),
            title("本情形", "in this situation"),
            title("承诺", "promised"),
            title("法定", "by law"),
            title("改革前", "before the reform"),
        ];
        self.open_table(&title("谁决定，要多久。", "Who decides, and how long it takes."), &headings);
        for row in &explained.matters {
            let here = match (row.chosen, row.optional) {
                (true, false) => title("必办", "always"),
                (true, true) => title("按回答：办", "by answer: yes"),
                _ => title("按回答：不办", "by answer: no"),
            };
            let before = row.before.as_ref().map(|before| {
                let (days, steps, trips) = (number(before.days), before.steps, before.trips);
                both(&Title::new(
                    format!("{days} 个工作日，{steps} 个环节，跑 {trips} 次"),
                    format!("{days} working days, {steps} steps, {trips} visits"),
                ))
            });
            let cells = vec![
                cell(both(&row.title)),
                cell(both(&row.department)),
                cell(both(&here)),
                limit(row.promised),
                limit(row.statutory),
                cell(before.unwrap_or_default()),
            ];
            self.row(if row.chosen { "" } else { "left-out" }, &headings, cells);
        }
        self.close_table();
        self.end();
    }

    fn materials(&mut self, sketch: &Sketch, explained: &Explanation) {
        self.section("materials", "一套材料", "One set of materials");
        let headings =
            [title("材料", "material"), title("来源", "from"), title("谁用", "used by"), title("申请人", "applicant")];
        let caption = title("每份材料只收一次。", "Each material is collected once.");
        self.open_table(&caption, &headings);
        for row in &explained.materials {
            let class = if row.brought { "tag full" } else { "tag" };
            let applicant = format!("<span class=\"{class}\">{}</span>", escape(&wording::brought(row).zh));
            let applicant = format!("{applicant} <span lang=\"en\">{}</span>", escape(&wording::brought(row).en));
            let cells = vec![
                cell(both(&row.title)),
                cell(both(&wording::origin(row))),
                cell(list(row.used_by.iter().map(|by| wording::asked(sketch, by)))),
                cell(applicant),
            ];
            self.row(if row.needed { "" } else { "left-out" }, &headings, cells);
        }
        self.close_table();
        self.end();
    }

    fn form(&mut self, sketch: &Sketch, explained: &Explanation) {
        self.section("form", "一张表", "One form");
        let headings =
            [title("字段", "field"), title("类型", "type"), title("谁要", "asked by"), title("填写", "to fill in")];
        self.open_table(&title("每个字段只填一次。", "Each field is asked once."), &headings);
        for row in &explained.form {
            let mut kind = both(&wording::field_type(row.kind));
            if !row.choices.is_empty() {
                kind = format!("{kind}{}", list(row.choices.iter().map(|choice| choice.title.clone())));
            }
            let cells = vec![
                cell(both(&row.title)),
                cell(kind),
                cell(list(row.asked_by.iter().map(|by| wording::asked(sketch, by)))),
                cell(both(&wording::to_fill(row))),
            ];
            self.row(if row.asked { "" } else { "left-out" }, &headings, cells);
        }
        self.close_table();
        self.end();
    }

    fn picture(&mut self, sketch: &Sketch, explained: &Explanation) {
        self.section("picture", "流程图", "The picture");
        let mut marks = critical(sketch, &explained.schedule);
        marks.only = vec![0];
        let caption = title(
            "标“关键”的步骤和加粗的路是关键路径；各步骤的日期见上表。",
            "Steps marked 关键 and the bold ways are the critical path; the dates are in the table above.",
        );
        self.line(&format!("<figure><figcaption>{}</figcaption>", both(&caption)));
        self.line("<div class=\"scroll\" role=\"region\" aria-label=\"流程图 The picture\" tabindex=\"0\">");
        self.out.push_str(&figure(sketch, &marks));
        self.line("</div></figure>");
        self.end();
    }

    fn foot(&mut self, explained: &Explanation, calendar: &Calendar) {
        let said = Title::new(
            format!("定义 {}，版本 {}；日历 {calendar}。", explained.id, explained.hash),
            format!("Definition {}, version {}; calendar {calendar}.", explained.id, explained.hash),
        );
        self.line(&format!("</main>\n<footer><p>{}</p></footer>\n</body>\n</html>", both(&said)));
    }
}
