//! Who is missing where the people there are cannot keep a target.

use onething_engine::Title;
use serde::Serialize;

const WEEKDAYS_ZH: [&str; 7] = ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"];
const WEEKDAYS_EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Too few people at a group on a weekday.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shortage {
    /// The group.
    pub group: String,
    /// 1 Monday to 7 Sunday.
    pub weekday: u8,
    /// How many people there are.
    pub people: u32,
    /// At least so many at a time would keep the target.
    pub needed: u32,
}

impl Shortage {
    /// What a person reads.
    #[must_use]
    pub fn told(&self) -> Title {
        let Self { group, weekday, people, needed } = self;
        let day = usize::from(weekday.saturating_sub(1)) % 7;
        Title::new(
            format!("人手不够：{group}有 {people} 人，{}至少要 {needed} 人才守得住目标", WEEKDAYS_ZH[day]),
            format!(
                "too few people: {group} has {people}, and keeps its target on {} with at least {needed}",
                WEEKDAYS_EN[day]
            ),
        )
    }
}
