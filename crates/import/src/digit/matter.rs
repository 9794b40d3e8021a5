//! The matter's file around the graph: what DIGIT says of limits and documents, and what an author must still say.

use onething_engine::Title;
use onething_engine::clock::{LIMIT_MAX, Limit, Unit};
use onething_engine::definition::{
    Basis, Before, ClockStart, FormatVersion, Limits, Material, MaterialSource, Matter, MatterFileKind, Power,
};

use super::graph::Drawn;
use super::names::Ids;
use super::source::Service;
use super::tally::Tally;
use super::words;

const DAY_MS: i64 = 86_400_000;
/// Longest remark of the format, in characters.
const NOTE_CHARS_MAX: usize = 4000;
/// DIGIT's role for whoever applies.
const CITIZEN: &str = "CITIZEN";

/// The text of the file.
pub(super) fn text(
    file: &str,
    id: &str,
    service: &Service,
    (start, drawn): (usize, Drawn),
    tally: &mut Tally<'_>,
) -> String {
    let at = |key: &str| format!("{}/{key}", service.pointer);
    let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
    tally.carried("businessService", at("businessService"), "名称成为事项的名称", "the name is the matter's name");
    let module = [("business", &service.business), ("tenantId", &service.tenant)];
    for (key, _) in module.iter().filter(|(_, value)| value.is_some()) {
        let said = ("暂作部门名称，请改成真正的部门", "stands for the department until the real one is written");
        tally.carried(key, at(key), said.0, said.1);
    }
    let department = match (&service.business, &service.tenant) {
        (Some(business), Some(tenant)) => format!("{business} ({tenant})"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => "—".to_owned(),
    };
    let (promised, promised_basis) = promise(file, service, tally);
    let unknown = |zh: &str, en: &str| Basis::Illustrative { note: Some(format!("{zh} / {en}")) };
    let matter = Matter {
        schema: "../schema/matter.schema.json".to_owned(),
        format: FormatVersion::V1,
        kind: MatterFileKind::Matter,
        id: id.to_owned(),
        title: words::title(&service.name),
        note: Some(note(file, service, tally)),
        department: words::title(&department),
        power: Power::Other,
        legal_basis: Vec::new(),
        limits: Limits {
            statutory: None,
            statutory_basis: unknown("DIGIT 不说法定时限", "DIGIT names no legal limit"),
            promised,
            promised_basis,
            starts: ClockStart::default(),
        },
        before: Before {
            days: 0.0,
            steps: 0,
            trips: 0,
            basis: unknown("DIGIT 没有改革前的数据", "DIGIT has no figures from before"),
        },
        fields: drawn.fields,
        materials: materials(service, start, tally),
        results: Vec::new(),
        nodes: drawn.nodes,
        edges: drawn.edges,
    };
    // Serialising plain data into a string cannot fail.
    let text = serde_json::to_string_pretty(&matter).unwrap_or_default();
    // A whole number is written as people write it.
    let plain = |line: &str| match line.strip_suffix(".0,") {
        Some(number) => format!("{number},\n"),
        None => format!("{}\n", line.strip_suffix(".0").unwrap_or(line)),
    };
    text.lines().map(plain).collect()
}

/// DIGIT's limit is what the authority promises, not what a law says, and runs through nights and holidays: so it is a
/// promise in calendar days, and working days would lengthen it.
fn promise(file: &str, service: &Service, tally: &mut Tally<'_>) -> (Option<Limit>, Basis) {
    let at = format!("{}/businessServiceSla", service.pointer);
    let none = Basis::Illustrative { note: Some("DIGIT 没有承诺时限 / DIGIT promises no limit".to_owned()) };
    let Some(millis) = service.sla else { return (None, none) };
    let days = millis.div_euclid(DAY_MS) + i64::from(millis.rem_euclid(DAY_MS) > 0);
    // Far below 2^53, or too long anyway.
    let n = days as f64;
    if n > LIMIT_MAX {
        let said = (
            format!("{days} 天超过最长时限 {LIMIT_MAX} 天"),
            format!("{days} days are more than the longest limit, {LIMIT_MAX}"),
        );
        tally.lost("businessServiceSla", at, said.0, said.1);
        return (None, none);
    }
    tally.carried(
        "businessServiceSla",
        at.as_str(),
        format!("承诺时限 {days} 日：DIGIT 按自然时间计，所以不是工作日"),
        format!("the promised limit, {days} calendar days: DIGIT counts elapsed time, so not working days"),
    );
    if millis % DAY_MS != 0 {
        tally.lost("businessServiceSla", at, "不足一天的部分进为一天", "part of a day was rounded up to a day");
    }
    let note = format!("businessServiceSla {millis} ms, {file}").chars().take(1000).collect();
    (Some(Limit { n, unit: Unit::CalendarDay }), Basis::Report { note })
}

/// What a state asks to be uploaded. Our materials are asked for all at once, with the application: right for the start
/// and where the applicant acts; what staff add is no material of the applicant's.
fn materials(service: &Service, start: usize, tally: &mut Tally<'_>) -> Vec<Material> {
    let mut ids = Ids::default();
    let mut materials = Vec::new();
    for (nth, state) in service.states.iter().enumerate().filter(|(_, state)| state.documents) {
        let at = format!("{}/docUploadRequired", state.pointer);
        let mut roles = state.actions.iter().flat_map(|action| &action.roles);
        if nth != start && !roles.any(|role| role.eq_ignore_ascii_case(CITIZEN)) {
            let said = (
                "工作人员上传的文件不是申请材料；需要时在步骤名称里写明",
                "what staff upload is no material of the applicant's: say it in the step's title where it is needed",
            );
            tally.lost("docUploadRequired", at, said.0, said.1);
            continue;
        }
        let said = ("成为申请材料，随申请一次提交", "is a material, handed in once, with the application");
        tally.carried("docUploadRequired", at, said.0, said.1);
        let title = words::title(state.title());
        let title =
            Title::new(clip(format!("“{}”的文件", title.zh), 500), clip(format!("Documents for {}", title.en), 500));
        // States of one name ask for the same documents, and nothing is collected twice.
        if materials.iter().all(|known: &Material| known.title != title) {
            materials.push(Material {
                id: ids.id(&format!("documents_{}", state.title()), 64).into(),
                title,
                source: MaterialSource::Applicant {},
                when: None,
            });
        }
    }
    materials
}

/// Where it comes from, what its author must still do, and the limits of states, which our steps do not have.
fn note(file: &str, service: &Service, tally: &mut Tally<'_>) -> String {
    let mut note = format!(
        "由 {file} 中的 eGov DIGIT BusinessService “{0}” 导入，内容未经核对（illustrative）。待补：部门、权力类型、法律依据、\
         哪一步是法定决定（decide）、发什么证（issue）。\n\
         Imported from the eGov DIGIT BusinessService \"{0}\" in {file}; nothing in it was verified (illustrative). Still to \
         write: the department, the kind of power, the legal basis, which step is the legal decision (decide), what is \
         issued.",
        service.name
    );
    let limited: Vec<String> = service
        .states
        .iter()
        .filter_map(|state| state.sla.map(|millis| format!("{} {}", state.title(), span(millis))))
        .collect();
    for state in service.states.iter().filter(|state| state.sla.is_some()) {
        let said = (
            "步骤没有自己的时限；写在 note 里，要催办就加 timer",
            "steps have no limits of their own: it stands in the note; a timer can be put beside the step",
        );
        tally.lost("sla", format!("{}/sla", state.pointer), said.0, said.1);
    }
    if !limited.is_empty() {
        note.push_str(&format!("\n各状态时限 limits of states: {}.", limited.join("; ")));
    }
    clip(note, NOTE_CHARS_MAX)
}

/// Elapsed milliseconds as people say them.
fn span(millis: i64) -> String {
    const HOUR_MS: i64 = 3_600_000;
    match millis {
        _ if millis % DAY_MS == 0 => format!("{} d", millis / DAY_MS),
        _ if millis % HOUR_MS == 0 => format!("{} h", millis / HOUR_MS),
        _ => format!("{millis} ms"),
    }
}

fn clip(text: String, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text;
    }
    let mut clipped: String = text.chars().take(chars_max - 1).collect();
    clipped.push('…');
    clipped
}
