//! The part of a plan's page about those who work behind the hall.

use std::fmt::Write as _;

use super::plan::{WEEKDAYS, with};
use super::{escape, note, number, section};
use crate::plan::{DeskRow, Plan};
use crate::results::Figure;

/// People at desks, and the limits that they keep.
pub(super) fn section_of(page: &mut String, plan: &Plan) {
    if !plan.desks.is_empty() {
        section(page, "后台各席", "The desks");
        note(
            page,
            "后台按天排：每个工作日在岗几人，整天。每件须在“可等”的办公分钟内接手（表中为最紧的一种），由法定和承诺时限中较紧的一个减去办理本身、平分给途中各步得出；一周的件一周内办完；有潮汐借调时，“至少留”的人始终在。负荷为平均占用的人数；指着人数可见公式给出的人数。",
            "Desks are planned by day: so many people on each working day, all day. A task must be taken up within the working minutes that it may wait (the table shows those of the tightest kind): of the tighter of the legal and the promised limit, what the work itself leaves, shared evenly by the steps on the way. A week's work is done in a week, and those who must stay when a tide borrows do stay. The load is the number of people kept busy on average; point at a number for what the formulas say.",
        );
        people(page, plan);
        by_weekday(page, plan);
    }
    if !plan.not_planned.is_empty() {
        let _ = write!(
            page,
            "<p class=\"meta\">不排、照情景文件 Not planned, as the scenario says：{}</p>",
            escape(&plan.not_planned.join("、"))
        );
    }
    if !plan.limits_kept.is_empty() {
        section(page, "时限遵守", "Limits kept");
        note(
            page,
            "不亮红灯的比例。“后台不缺人时”：后台人再多也只能如此。",
            "Share of clocks that show no red light. Desks never short: what no more people at desks can better.",
        );
        limits(page, plan);
    }
}

fn people(page: &mut String, plan: &Plan) {
    page.push_str("<table><tr><th>后台 <span class=\"en\">desk</span></th><th>现有<br><span class=\"en\">now</span></th><th>方案（最多）<br><span class=\"en\">planned (most)</span></th><th>增减<br><span class=\"en\">change</span></th><th>借出/至少留<br><span class=\"en\">lent/stay</span></th><th>最少可等（分钟）<br><span class=\"en\">may wait (min)</span></th><th>按时接手<br><span class=\"en\">in time</span></th><th>现按时接手<br><span class=\"en\">in time now</span></th><th>成本<br><span class=\"en\">cost</span></th><th>现成本<br><span class=\"en\">cost now</span></th><th>利用率<br><span class=\"en\">utilisation</span></th><th>先坏<br><span class=\"en\">breaks at</span></th></tr>");
    for it in &plan.desks {
        let share = |share: Option<_>| share.map_or("–".to_owned(), |it| with(it, Figure::LimitsKept));
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&it.group),
            it.seats,
            it.planned,
            change(it),
            it.keep.map_or("–".to_owned(), |keep| format!("{}/{keep}", it.lent)),
            it.wait_minutes.map_or("–".to_owned(), |minutes| format!("{minutes:.0}")),
            share(it.in_time),
            share(it.in_time_as_is),
            number(it.cost.mean, Figure::Cost),
            number(it.cost_as_is.mean, Figure::Cost),
            number(it.utilisation, Figure::Utilisation),
            it.breaks_at.map_or("–".to_owned(), |factor| format!("+{:.0}%", (factor - 1.0) * 100.0)),
        );
    }
    page.push_str("</table>");
}

fn change(desk: &DeskRow) -> String {
    match desk.over() {
        0 => "0".to_owned(),
        over if over > 0 => format!("−{over}"),
        over => format!("+{}", -over),
    }
}

/// People by weekday, with the load and what the formulas say.
fn by_weekday(page: &mut String, plan: &Plan) {
    let mut weekdays: Vec<u8> = plan.desks.iter().flat_map(|it| &it.days).map(|it| it.weekday).collect();
    weekdays.sort_unstable();
    weekdays.dedup();
    page.push_str("<table><tr><th>在岗人数（负荷） <span class=\"en\">people (load)</span></th>");
    for weekday in &weekdays {
        let _ = write!(page, "<th>{}</th>", WEEKDAYS[usize::from(weekday - 1) % 7]);
    }
    page.push_str("</tr>");
    for desk in &plan.desks {
        let _ = write!(page, "<tr><td>{}</td>", escape(&desk.group));
        for weekday in &weekdays {
            match desk.days.iter().find(|it| it.weekday == *weekday) {
                Some(it) => {
                    let [erlang, root] = it.formulas;
                    let _ = write!(
                        page,
                        "<td title=\"Erlang C {erlang} · √ {root}\">{} <small>({:.1})</small></td>",
                        it.seats, it.load
                    );
                }
                None => page.push_str("<td>–</td>"),
            }
        }
        page.push_str("</tr>");
    }
    page.push_str("</table>");
}

fn limits(page: &mut String, plan: &Plan) {
    page.push_str("<table><tr><th>办件 <span class=\"en\">cases</span></th><th>方案<br><span class=\"en\">planned</span></th><th>现状<br><span class=\"en\">as it stands</span></th><th>后台不缺人时<br><span class=\"en\">desks never short</span></th><th>守住<br><span class=\"en\">kept</span></th></tr>");
    for it in &plan.limits_kept {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&it.of),
            with(it.planned, Figure::LimitsKept),
            with(it.as_is, Figure::LimitsKept),
            number(it.best, Figure::LimitsKept),
            if it.kept { "是 yes" } else { "否 no" }
        );
    }
    page.push_str("</table>");
}
