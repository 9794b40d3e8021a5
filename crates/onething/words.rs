//! Times, tables and events in words.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use onething_engine::calendar::Millis;
use onething_engine::case::Outcome;
use onething_engine::definition::NoticeTo;
use onething_engine::event::Event;

/// China Standard Time, in seconds east of Greenwich.
const CHINA_SECONDS: i32 = 8 * 3600;

fn local(at: Millis) -> Option<jiff::ZonedDateTime> {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(CHINA_SECONDS).ok()?);
    Some(jiff::Timestamp::from_millisecond(at).ok()?.to_zoned_datetime(zone))
}

/// A moment to the minute: `2026-04-13 09:00`.
pub(crate) fn minute(at: Millis) -> String {
    local(at).map_or_else(|| at.to_string(), |time| time.strftime("%Y-%m-%d %H:%M").to_string())
}

/// A moment in RFC 3339 with its offset.
pub(crate) fn iso(at: Millis) -> String {
    local(at).map_or_else(|| at.to_string(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A table with these headings.
pub(crate) fn table(headings: &[&str]) -> Table {
    const LINE: LineStyle = LineStyle::none().fill('─').junction('─');
    const STYLE: TableStyle = TableStyle::new().top_border(LINE).header_separator(LINE).bottom_border(LINE);
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(headings);
    table
}

/// What a step or a matter came to; a word that its author declared stands for itself.
pub(crate) fn outcome(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted => "受理",
        Outcome::Supplement => "补正",
        Outcome::NotAccepted => "不予受理",
        Outcome::Passed => "通过",
        Outcome::Failed => "未通过",
        Outcome::Granted => "准予",
        Outcome::Refused => "不予许可",
        Outcome::Supplied => "已补齐",
        Outcome::Expired => "超期",
        Outcome::Done => "办结",
        Outcome::Received => "已收到",
        Outcome::Issued => "已制发",
        Outcome::Delivered => "已送达",
        Outcome::Declared(_) => outcome.word(),
    }
}

/// An event as a sentence, where no definition is at hand that knows the titles.
pub(crate) fn event(event: &Event) -> String {
    match event {
        Event::Submitted(application) => format!("提交申请 {}，申请人 {}", application.workflow, application.applicant),
        Event::HandedOver { .. } => "转递到决定中心".to_owned(),
        Event::Reported(report) => format!("决定中心告知：{}（{}）", report.status.zh(), report.number),
        Event::Declined { reason } => format!("决定中心退回：{reason}"),
        Event::WithdrawalAsked { reason } => format!("申请撤回：{reason}"),
        Event::HandedOut { .. } => "结果已送达".to_owned(),
        Event::ResultsSent => "结果寄往代收中心，由其送达".to_owned(),
        Event::PartOpened { name, .. } => format!("开始办理 {name}"),
        Event::Moved { step, .. } => format!("经过 {step}"),
        Event::TaskOpened { step, queue: Some(queue), .. } => format!("步骤 {step} 进入队列 {queue}"),
        Event::TaskOpened { step, queue: None, .. } => format!("步骤 {step} 开始等待"),
        Event::TaskClosed { task, outcome: came, reason, .. } => {
            let reason = reason.as_deref().map(|reason| format!("：{reason}")).unwrap_or_default();
            format!("任务 {task} {}{reason}", outcome(came))
        }
        Event::TaskWithdrawn { task } => format!("任务 {task} 撤回"),
        Event::Passed { outcome: came, .. } => format!("自动通过：{}", outcome(came)),
        Event::Failed { task, error, retry_at } => match retry_at {
            Some(at) => format!("任务 {task} 失败（{error}），{} 重试", minute(*at)),
            None => format!("任务 {task} 失败（{error}），不再重试"),
        },
        Event::IncidentRaised { task, error } => format!("任务 {task} 故障，等待人工处理：{error}"),
        Event::IncidentResolved { task, .. } => format!("任务 {task} 故障已处理，重新办理"),
        Event::MaterialRequired { material } => format!("共享来源不可用，改由申请人提供 {material}"),
        Event::MaterialObtained { material, .. } => format!("取得材料 {material}"),
        Event::SupplementAsked { materials } => format!("一次性告知补正：{}", materials.join("、")),
        Event::Accepted { at, by_silence: true } => format!("默示受理，受理时间回溯到 {}", minute(*at)),
        Event::Accepted { .. } => "受理".to_owned(),
        Event::ClockStarted { part, at, calendar } => {
            format!("事项 {part} 时限起算 {}（日历 {calendar}）", minute(*at))
        }
        Event::ClockStopped { part, reason, basis } => format!("事项 {part} 时限暂停：{}（{basis}）", reason.zh()),
        Event::ClockResumed { part, reason } => format!("事项 {part} 时限恢复：{}结束", reason.zh()),
        Event::ClockEnded { part } => format!("事项 {part} 时限终止"),
        Event::LightChanged { part, light } => format!("事项 {part} 监察灯转{}", light.zh()),
        Event::TimerSet { due, .. } => format!("设定时 {}", minute(*due)),
        Event::TimerEnded { timer } => format!("定时 {timer} 结束"),
        Event::NoticeSent { to, letter, .. } => {
            let to = match to {
                NoticeTo::Applicant => "申请人",
                NoticeTo::Department => "部门",
            };
            format!("通知{to}：{}", letter.title.zh)
        }
        Event::Decided { outcome: came, reason, remedies, .. } => {
            let reason = reason.as_deref().map(|reason| format!("，理由：{reason}")).unwrap_or_default();
            let remedies = if remedies.is_empty() { String::new() } else { format!("，可{}", remedies.join("或")) };
            format!("决定：{}{reason}{remedies}", outcome(came))
        }
        Event::ResultIssued { result, number, .. } => format!("制发 {result}，编号 {number}"),
        Event::PartClosed { part, outcome: came } => format!("事项 {part} {}", outcome(came)),
        Event::Closed { status, reason } => {
            let reason = reason.as_deref().map(|reason| format!("：{reason}")).unwrap_or_default();
            format!("办件结束：{}{reason}", status.zh())
        }
    }
}
