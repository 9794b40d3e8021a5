//! The tides of a scenario, and stretches of the week in which seats are manned.

use onething_engine::calendar::HourSpan;
use onething_policy::{ArrivalRates, RosterStretch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::first;

/// A tide (潮汐): windows opened for a burst and closed after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tide {
    /// Name; its windows are called by it and a number.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// The queue it fills.
    #[schemars(length(min = 1, max = 64))]
    pub queue: String,
    /// Most windows opened for it.
    #[schemars(range(min = 1, max = 100))]
    pub windows: u32,
    /// Mean minutes of service, by which waits are estimated.
    #[schemars(range(min = 0.1, max = 1000))]
    pub service_minutes: f64,
    /// First of the scenario's working days on which it is watched for, from 1.
    #[serde(default = "first")]
    #[schemars(range(min = 1, max = 2600))]
    pub from_day: u32,
    /// Last working day on which it is watched for; left out: the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2600))]
    pub to_day: Option<u32>,
    /// By what its windows are opened; left out: by those who wait alone.
    #[serde(default)]
    pub policy: TideBy,
    /// What an hour of one person's waiting is held to cost: a window more is opened only if it saves more waiting than
    /// its officer costs; left out: windows are opened whatever they cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub waiting_cost_hour: Option<u32>,
    /// Opens when the expected wait is above so many minutes; left out: 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub open_above_minutes: Option<f64>,
    /// ... for so long; left out: 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub open_after_minutes: Option<f64>,
    /// Opens at once when more than so many wait for each window; left out: 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub crowd_per_window: Option<u32>,
    /// Closes when the wait without it would be below so many minutes; left out: 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub close_below_minutes: Option<f64>,
    /// ... for so long; left out: 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub close_after_minutes: Option<f64>,
    /// Stays open at least so long; left out: 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub open_min_minutes: Option<f64>,
    /// Whose seats its people come from: their own queue then slows.
    pub lend: Lend,
}

/// Where the people of a tide come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lend {
    /// Names of the staff groups, first one first.
    #[schemars(length(min = 1, max = 64))]
    pub groups: Vec<String>,
    /// So many seats of each group stay, whatever comes (the protected minimum).
    #[schemars(range(min = 0, max = 1000))]
    pub keep: u32,
    /// Minutes on the way from the desk to the window.
    #[serde(default)]
    #[schemars(range(min = 0, max = 240))]
    pub move_minutes: u32,
}

/// By what the windows of a tide are opened and closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum TideBy {
    /// Never: the windows stay closed.
    None,
    /// At fixed times, whoever comes.
    Roster {
        /// When, and how many windows. What overlaps adds up.
        #[schemars(length(max = 1000))]
        stretches: Vec<Stretch>,
    },
    /// By those who wait alone.
    #[default]
    Threshold,
    /// By those who wait and those whom the scenario itself expects: its rates are known beforehand.
    Forecast,
    /// By those who wait and those whom history and the day so far let expect; history grows day by day.
    Learned {
        /// What earlier days showed, by weekday and quarter-hour.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rates: Option<ArrivalRates>,
        /// In place of `rates`: so many earlier weeks, drawn from the scenario's own arrivals. Neither: no history yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 520))]
        weeks: Option<u32>,
    },
}

/// So many seats at the same time of every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// 1 Monday to 7 Sunday; left out: every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7), inner(range(min = 1, max = 7)))]
    pub weekdays: Vec<u8>,
    /// From when until when; the hours in which the centre is closed do not count.
    pub hours: HourSpan,
    /// How many.
    #[schemars(range(min = 1, max = 1000))]
    pub seats: u32,
}

impl Stretch {
    /// Whether it lies on a weekday, 0 Monday.
    pub(crate) fn is_on(&self, weekday: usize) -> bool {
        self.weekdays.is_empty() || self.weekdays.iter().any(|it| usize::from(*it) == weekday + 1)
    }

    /// Minutes of the day from which and until which it lasts.
    pub(crate) fn minutes(&self) -> (u16, u16) {
        let minute = |time: jiff::civil::Time| time.hour() as u16 * 60 + time.minute() as u16;
        (minute(self.hours.from), minute(self.hours.to))
    }

    pub(crate) fn policy(&self) -> RosterStretch {
        let (from_minute, to_minute) = self.minutes();
        RosterStretch { weekdays: self.weekdays.clone(), from_minute, to_minute, windows: self.seats as u16 }
    }
}

/// How many seats are manned on a weekday: from which minute until which, in order, where any are.
pub(crate) fn manned(stretches: &[Stretch], weekday: usize) -> Vec<(u16, u16, u32)> {
    let today: Vec<(u16, u16, u32)> =
        stretches.iter().filter(|it| it.is_on(weekday)).map(|it| (it.minutes().0, it.minutes().1, it.seats)).collect();
    let mut edges: Vec<u16> = today.iter().flat_map(|it| [it.0, it.1]).collect();
    edges.sort_unstable();
    edges.dedup();
    let seats = |at: u16| today.iter().filter(|it| (it.0..it.1).contains(&at)).map(|it| it.2).sum::<u32>();
    edges.windows(2).map(|pair| (pair[0], pair[1], seats(pair[0]))).filter(|it| it.2 > 0).collect()
}
