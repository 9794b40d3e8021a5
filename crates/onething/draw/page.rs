//! The sheets: A4 upright, 1100 pixels wide. A part's graph never crosses the edge of a sheet if it can be avoided.

use onething_engine::definition::{ClockStart, FileKind, PromiseScope, Title};

use super::canvas::{Canvas, FONTS, Paint, Type, number};
use super::layout::Scene;
use super::marks::Marks;
use super::shapes::{INK, SOFT};
use super::sheet::{self, HEIGHT, MARGIN, ROOM, WHOLE, WIDTH};
use super::sketch::{Part, Sketch};
use super::text::{self, escape, wrap};
use super::{edges, layout, legend, problems, shapes};

/// Smaller than this the text is hard to read on paper: better a graph that goes on on the next sheet.
const SCALE_MIN: f64 = 0.7;
const NOTE: f64 = 12.0;

/// The whole picture.
pub(super) fn picture(sketch: &Sketch, marks: &Marks) -> String {
    let (body, sheets) = sheets(sketch, marks, true);
    wrapped(sketch, marks, &body, HEIGHT * sheets)
}

/// The picture for a page of its own making: one element a sheet, without head and foot.
pub(super) fn figure(sketch: &Sketch, marks: &Marks) -> String {
    let (body, sheets) = sheets(sketch, marks, false);
    let (zh, en) = said(sketch, marks);
    let mut out = Canvas::default();
    out.raw(r#"<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs><g id="drawing">"#);
    out.raw(body.trim_end());
    out.raw("</g></defs></svg>");
    for nth in 0..sheets as u32 {
        let of = if sheets > 1.0 { format!("（{}/{sheets}）", nth + 1) } else { String::new() };
        let (top, width, height) = (number(f64::from(nth) * HEIGHT), number(WIDTH), number(HEIGHT));
        let label = escape(&format!("{zh}{of} {en}"));
        let fonts = escape(FONTS);
        out.raw(&format!(
            r##"<svg class="sheet" viewBox="0 {top} {width} {height}" role="img" aria-label="{label}" font-family="{fonts}"><use href="#drawing"/></svg>"##
        ));
    }
    out.finish()
}

/// Everything that is drawn, and on how many sheets; framed by a head and by feet or not.
fn sheets(sketch: &Sketch, marks: &Marks, framed: bool) -> (String, f64) {
    let shown = shown(sketch, marks);
    let mut scenes: Vec<Scene> = shown.iter().map(|part| layout::scene(sketch, *part, marks)).collect();
    let mut body = Canvas::default();
    let mut y = if framed { head(&mut body, sketch, marks) } else { 0.0 };
    y = legend::draw(&mut body, &scenes, marks, y);
    for (nth, (part, scene)) in shown.iter().zip(&mut scenes).enumerate() {
        y = section(&mut body, sketch, marks, (*part, nth == 0), scene, y);
    }
    y = problems::draw(&mut body, marks, y);
    let sheets = (y / HEIGHT).ceil().max(1.0);
    for nth in (1..=sheets as u32).filter(|_| framed) {
        foot(
            &mut body,
            sketch,
            (f64::from(nth) * HEIGHT) - 26.0,
            &format!("第 {nth} 页，共 {sheets} 页 · page {nth} of {sheets}"),
        );
    }
    (body.finish(), sheets)
}

fn shown(sketch: &Sketch, marks: &Marks) -> Vec<usize> {
    (0..sketch.parts.len()).filter(|part| marks.only.is_empty() || marks.only.contains(part)).collect()
}

/// The line at the foot of a sheet; on white, since edges may cross to the next one.
fn foot(canvas: &mut Canvas, sketch: &Sketch, y: f64, place: &str) {
    let kind = Type { size: 11.0, ink: SOFT, anchor: "start", bold: false };
    let whose = format!("{} · {}", sketch.title.zh, sketch.id);
    for (text, anchor) in [(whose.as_str(), "start"), (place, "end")] {
        let width = text::width(text, kind.size) + 8.0;
        let (left, x) = if anchor == "start" { (MARGIN, MARGIN) } else { (WIDTH - MARGIN - width, WIDTH - MARGIN) };
        canvas.rect((left, y - 12.0, width, 17.0), 0.0, Paint::new("#ffffff", "", 0.0));
        canvas.text(x, y, Type { anchor, ..kind }, text);
    }
}

/// What a screen reader says.
fn said(sketch: &Sketch, marks: &Marks) -> (String, String) {
    let parts: Vec<&Part> = shown(sketch, marks).iter().filter_map(|part| sketch.parts.get(*part)).collect();
    let steps: usize = parts.iter().map(|part| part.steps.len()).sum();
    let names: Vec<String> = parts.iter().map(|part| format!("{} {}", part.title.zh, part.title.en)).collect();
    let names = names.join("；");
    let mut zh = format!("流程图，{} 个部分、{steps} 个步骤：{names}。", parts.len());
    let mut en = format!("A workflow with {} parts and {steps} steps.", parts.len());
    if !marks.problems.is_empty() {
        zh.push_str(&format!("标出 {} 个问题。", marks.problems.len()));
        en.push_str(&format!(" {} problems are marked.", marks.problems.len()));
    }
    (zh, en)
}

/// The root element.
fn wrapped(sketch: &Sketch, marks: &Marks, body: &str, height: f64) -> String {
    let title = &sketch.title;
    let (zh, en) = said(sketch, marks);
    let (width, height) = (number(WIDTH), number(height));
    let mut svg = Canvas::default();
    svg.raw(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    svg.raw(&format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title desc" xml:lang="zh-CN" font-family="{}">"#,
        escape(FONTS)
    ));
    svg.raw(&format!(r#"<title id="title">{} {}</title>"#, escape(&title.zh), escape(&title.en)));
    svg.raw(&format!(r#"<desc id="desc">{} {}</desc>"#, escape(&zh), escape(&en)));
    svg.raw("<style>@page{size:A4 portrait;margin:0}@media print{svg{width:210mm;height:auto}}</style>");
    svg.rect((0.0, 0.0, WIDTH, height.parse().unwrap_or(HEIGHT)), 0.0, Paint::new("#ffffff", "", 0.0));
    let mut text = svg.finish();
    text.push_str(body);
    text.push_str("</svg>\n");
    text
}

/// The title block; returns where it ends.
fn head(canvas: &mut Canvas, sketch: &Sketch, marks: &Marks) -> f64 {
    let title = &sketch.title;
    let mut y = MARGIN;
    for line in wrap(&title.zh, 30.0, ROOM, 2) {
        y += 36.0;
        canvas.text(MARGIN, y - 6.0, Type { size: 30.0, ink: INK, anchor: "start", bold: true }, &line);
    }
    for line in wrap(&title.en, 16.0, ROOM, 2) {
        y += 22.0;
        canvas.text(MARGIN, y - 4.0, Type { size: 16.0, ink: SOFT, anchor: "start", bold: false }, &line);
    }
    y += 8.0;
    canvas.rect((MARGIN, y, ROOM, 2.0), 0.0, Paint::new(INK, "", 0.0));
    y += 6.0;
    let kind = match sketch.kind {
        FileKind::Package => Title::new("一件事主题服务套餐", "service package"),
        _ => Title::new("事项", "matter"),
    };
    let version = sketch.hash.as_deref().and_then(|hash| hash.get(..12)).unwrap_or("未通过检查 did not pass the check");
    let mut facts = vec![
        format!("编号 id：{}", sketch.id),
        format!("类型 kind：{} {}", kind.zh, kind.en),
        format!("版本 version：{version}"),
    ];
    if let Some(first) = sketch.parts.first() {
        facts.extend(limits(sketch, first, true));
        facts.extend(left_out(first));
    }
    facts.extend(marks.facts.get(&0).into_iter().flatten().cloned());
    y = lines(canvas, &facts, 13.0, INK, y);
    y + 10.0
}

fn left_out(part: &Part) -> Option<String> {
    (part.left_out > 0)
        .then(|| format!("太多，有 {0} 个节点和边没有画 · {0} nodes and edges are not drawn", part.left_out))
}

/// Department and limits of a part.
fn limits(sketch: &Sketch, part: &Part, first: bool) -> Vec<String> {
    let package = first && sketch.kind == FileKind::Package;
    let leads = if package { "牵头部门 lead" } else { "部门 department" };
    let mut facts: Vec<String> = part.department.iter().map(|who| format!("{leads}：{} {}", who.zh, who.en)).collect();
    facts.push(match (part.promised, sketch.scope) {
        (Some(limit), Some(PromiseScope::EachMatter)) if package => {
            format!("承诺时限 promised：每个事项 {}以内 each matter within {}", limit.zh(), limit.en())
        }
        (None, _) => "承诺时限 promised：未作承诺 none".to_owned(),
        (Some(limit), Some(PromiseScope::AfterPeriod)) if package => {
            format!("承诺时限 promised：受理期结束后 {} {} after the acceptance period", limit.zh(), limit.en())
        }
        (Some(limit), _) => format!("承诺时限 promised：{} {}", limit.zh(), limit.en()),
    });
    facts.push(match part.statutory {
        Some(limit) => format!("法定时限 statutory：{} {}", limit.zh(), limit.en()),
        None if package => "法定时限 statutory：见各事项 see each matter".to_owned(),
        None => "法定时限 statutory：未规定 none".to_owned(),
    });
    match part.starts {
        ClockStart::Receipt if !package => facts.push("自收件起算 runs from receipt".to_owned()),
        ClockStart::PeriodEnd { .. } if !package => {
            facts.push("自受理期结束起算 runs from the end of the acceptance period".to_owned());
        }
        _ => {}
    }
    if !part.results.is_empty() {
        let titles: Vec<String> = part.results.iter().map(|r| format!("{} {}", r.title.zh, r.title.en)).collect();
        facts.push(format!("结果 results：{}", titles.join("、")));
    }
    facts
}

/// Facts side by side, as many on a line as there is room for.
fn lines(canvas: &mut Canvas, facts: &[String], size: f64, ink: &'static str, mut y: f64) -> f64 {
    let kind = Type { size, ink, anchor: "start", bold: false };
    let mut x = MARGIN;
    y += size * 1.6;
    for fact in facts {
        let width = text::width(fact, size);
        if x > MARGIN && x + width > WIDTH - MARGIN {
            x = MARGIN;
            y += size * 1.6;
        }
        for (nth, line) in wrap(fact, size, ROOM, 4).iter().enumerate() {
            if nth > 0 {
                y += size * 1.6;
            }
            canvas.text(x, y, kind, line);
        }
        x += width + 28.0;
    }
    y
}

/// A part: its heading, its graph, its notes. Returns where it ends.
fn section(
    canvas: &mut Canvas,
    sketch: &Sketch,
    marks: &Marks,
    (nth, first): (usize, bool),
    scene: &mut Scene,
    y: f64,
) -> f64 {
    let part = &sketch.parts[nth];
    // Its heading is the head of the page when it is the file itself.
    let headed = nth > 0;
    let notes: Vec<Vec<String>> = scene.notes.iter().enumerate().map(|(nth, note)| note_lines(nth, note)).collect();
    let below = notes.iter().map(|lines| lines.len() as f64 * NOTE * 1.5 + 6.0).sum::<f64>();
    let heading = if headed { 100.0 } else { 16.0 };
    let around = heading + below + 30.0;
    let wide = (ROOM / scene.width).min(1.0);
    let small = wide.min(SCALE_MIN);
    // Here, on the next sheet, or on as many sheets as it needs.
    let (here, there) = ((sheet::left(y) - around) / scene.height, (WHOLE - around) / scene.height);
    let (top, scale, divided) = match first {
        _ if here >= small => (y, wide.min(here), false),
        true => (y, over(sheet::left(y) - heading, scene, wide), true),
        _ if there >= small => (sheet::next(y), wide.min(there), false),
        _ => (sheet::next(y), over(WHOLE - heading, scene, wide), true),
    };
    canvas.open("part", &format!("p{nth}"), &format!("{} {}", part.title.zh, part.title.en));
    let mut y = top;
    if headed {
        canvas.rect((MARGIN, y + 14.0, ROOM, 1.0), 0.0, Paint::new(SOFT, "", 0.0));
        let kind = Type { size: 20.0, ink: INK, anchor: "start", bold: true };
        let zh = format!("{nth}　{}", part.title.zh);
        canvas.text(MARGIN, y + 44.0, kind, &zh);
        let beside = MARGIN + text::width(&zh, 20.0) + 16.0;
        canvas.text(beside, y + 44.0, Type { size: 14.0, ink: SOFT, anchor: "start", bold: false }, &part.title.en);
        let mut facts = vec![format!("编号 id：{}", part.id)];
        facts.extend(limits(sketch, part, false));
        facts.extend(left_out(part));
        facts.extend(marks.facts.get(&nth).into_iter().flatten().cloned());
        y = lines(canvas, &facts, 11.5, INK, y + 48.0) + 22.0;
    } else {
        y += heading;
    }
    if divided {
        sheet::divide(scene, y, scale);
    }
    graph(canvas, scene, nth, ((WIDTH - scene.width * scale) / 2.0, y, scale));
    y += scene.height * scale + 24.0;
    for lines in &notes {
        for line in lines {
            y += NOTE * 1.5;
            canvas.text(MARGIN, y, Type { size: NOTE, ink: INK, anchor: "start", bold: false }, line);
        }
        y += 6.0;
    }
    canvas.close();
    y + 16.0
}

/// The scale of a graph that goes over several sheets, the first of which has this much room: small enough that it does
/// not need one more for a little.
fn over(first: f64, scene: &Scene, wide: f64) -> f64 {
    // What is lost because no rank is cut.
    const USED: f64 = 0.92;
    let room = |sheets: f64| (first + (sheets - 1.0) * WHOLE) * USED;
    let sheets = 1.0 + ((scene.height * wide.min(SCALE_MIN) / USED - first) / WHOLE).ceil().max(0.0);
    wide.min(room(sheets) / scene.height)
}

fn note_lines(nth: usize, note: &Title) -> Vec<String> {
    let mut lines = wrap(&format!("条件 {}：{}", nth + 1, note.zh), NOTE, ROOM, 12);
    lines.extend(wrap(&format!("Condition {}: {}", nth + 1, note.en), NOTE, ROOM, 12));
    lines
}

fn graph(canvas: &mut Canvas, scene: &Scene, part: usize, (x, y, scale): (f64, f64, f64)) {
    canvas.open_at(x, y, scale);
    scene.edges.iter().filter(|edge| !edge.back).for_each(|edge| edges::line(canvas, scene, edge));
    scene.edges.iter().filter(|edge| edge.back).for_each(|edge| edges::line(canvas, scene, edge));
    for edge in &scene.edges {
        if let Some((at, label)) = &edge.label {
            edges::label(canvas, *at, label, edge.back);
        }
    }
    scene.spots.iter().for_each(|spot| shapes::spot(canvas, spot, &format!("p{part}-")));
    canvas.close();
}
