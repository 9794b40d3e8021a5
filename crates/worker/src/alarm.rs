//! Alarms of the hall as sentences.

use onething_policy::Alarm;

const MINUTE_MS: i64 = 60_000;

/// What somebody in charge reads, Chinese first.
pub(crate) fn words(alarm: &Alarm) -> String {
    match alarm {
        Alarm::QueueFull { queue } => format!("队列 {queue} 已满 / queue {queue} is full"),
        Alarm::LongWait { queue, oldest_wait_ms } => {
            let minutes = oldest_wait_ms / MINUTE_MS;
            format!("队列 {queue} 已有人等了 {minutes} 分钟 / in queue {queue} somebody has waited {minutes} minutes")
        }
        Alarm::NobodyServes { queue } => {
            format!("队列 {queue} 有人等，没有窗口能办 / people wait in queue {queue} and no window serves it")
        }
        Alarm::NobodyMay { queue, task } => format!(
            "队列 {queue} 的 {task} 须回避，在岗的人都不能办 / everybody at queue {queue} must keep away from {task}: somebody else must come"
        ),
        Alarm::Overtime { window } => {
            format!("窗口 {window} 延时办理 / window {window} stays open after its shift: people still wait")
        }
        Alarm::WindowLost { window } => {
            format!("窗口 {window} 没有应答 / window {window} let its lease expire and is not heard of")
        }
        Alarm::TideAtMaximum { campaign } => format!(
            "潮汐 {campaign} 还需要窗口，能开的都已开 / the tide {campaign} calls for another window, and all are open"
        ),
        Alarm::TideUnanswered { campaign, window } => format!(
            "潮汐 {campaign} 请开窗口 {window}，没有人应答 / nobody answered when {window} was to open for the tide {campaign}"
        ),
    }
}
