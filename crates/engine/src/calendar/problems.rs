//! What can be wrong with a calendar file that has the right shape: all of it, at once.

use jiff::civil::{Date, Weekday};

use super::file::{CalendarFile, HourSpan, Season, YearOfDays};

/// One thing that is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarProblem {
    /// JSON pointer (RFC 6901) of the value.
    pub pointer: String,
    /// Stable code, `E-CAL-001` to `E-CAL-009`.
    pub code: &'static str,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
    /// What was expected instead, Chinese and English.
    pub expected: Option<(String, String)>,
}

/// Everything that is wrong with the file.
pub(super) fn problems(file: &CalendarFile) -> Vec<CalendarProblem> {
    let mut found = Vec::new();
    if file.years.is_empty() {
        let (zh, en) = ("日历没有任何年份", "the calendar has no year");
        found.push(problem("/years", "E-CAL-001", zh, en, ("至少一个年份", "at least one year")));
    }
    for (index, year) in file.years.iter().enumerate() {
        let at = format!("/years/{index}");
        if file.years[..index].iter().any(|earlier| earlier.year == year.year) {
            let (zh, en) = (format!("{} 年写了两次", year.year), format!("the year {} stands twice", year.year));
            found.push(problem(&format!("{at}/year"), "E-CAL-002", zh, en, ("每年一次", "each year once")));
        }
        days(year, &at, &mut found);
    }
    spans(&file.hours, "/hours", &mut found);
    for (index, season) in file.seasons.iter().enumerate() {
        let at = format!("/seasons/{index}");
        spans(&season.hours, &format!("{at}/hours"), &mut found);
        order(season, index.checked_sub(1).map(|before| &file.seasons[before]), &at, &mut found);
    }
    found
}

fn days(year: &YearOfDays, at: &str, found: &mut Vec<CalendarProblem>) {
    for (key, list) in [("holidays", &year.holidays), ("workdays", &year.workdays)] {
        for (index, day) in list.iter().enumerate() {
            let pointer = format!("{at}/{key}/{index}");
            if day.year() != year.year {
                found.push(problem(
                    &pointer,
                    "E-CAL-003",
                    format!("{day} 不在 {} 年", year.year),
                    format!("{day} is not in {}", year.year),
                    (format!("{} 年的日期", year.year), format!("a day of {}", year.year)),
                ));
            }
            if list[..index].contains(day) {
                let (zh, en) = (format!("{day} 列了两次"), format!("{day} is listed twice"));
                found.push(problem(&pointer, "E-CAL-004", zh, en, ("每天一次", "each day once")));
            }
        }
    }
    for (index, day) in year.workdays.iter().enumerate() {
        let pointer = format!("{at}/workdays/{index}");
        if year.holidays.contains(day) {
            let (zh, en) = (format!("{day} 既放假又上班"), format!("{day} is both a day off and a working day"));
            let expected = ("只列在 holidays 或 workdays 之一", "in holidays or in workdays, not in both");
            found.push(problem(&pointer, "E-CAL-005", zh, en, expected));
        } else if !is_weekend(*day) {
            let (zh, en) = (format!("{day} 本来就是工作日"), format!("{day} is a working day anyway"));
            let expected = ("调休上班的周六或周日", "a Saturday or Sunday that is worked");
            found.push(problem(&pointer, "E-CAL-006", zh, en, expected));
        }
    }
}

fn spans(hours: &[HourSpan], at: &str, found: &mut Vec<CalendarProblem>) {
    if hours.is_empty() {
        let (zh, en) = ("没有办公时间", "there are no business hours");
        found.push(problem(at, "E-CAL-007", zh, en, ("至少一段", "at least one stretch")));
    }
    for (index, span) in hours.iter().enumerate() {
        let pointer = format!("{at}/{index}");
        if span.from >= span.to {
            let (zh, en) = ("结束不晚于开始", "it ends no later than it begins");
            found.push(problem(&pointer, "E-CAL-008", zh, en, ("to 晚于 from", "to after from")));
        }
        if index > 0 && hours[index - 1].to > span.from {
            let (zh, en) = ("与前一段重叠或次序不对", "it overlaps the stretch before it or is out of order");
            let expected = ("从早到晚，互不重叠", "from early to late, apart from each other");
            found.push(problem(&pointer, "E-CAL-008", zh, en, expected));
        }
    }
}

fn order(season: &Season, before: Option<&Season>, at: &str, found: &mut Vec<CalendarProblem>) {
    if season.to < season.from || before.is_some_and(|before| before.to >= season.from) {
        let (zh, en) = ("日期次序不对，或与前一段重叠", "its days are out of order, or overlap the stretch before it");
        let expected =
            ("先开始后结束，各段依次排列且不重叠", "the first day before the last, the stretches in order and apart");
        found.push(problem(at, "E-CAL-009", zh, en, expected));
    }
}

/// Whether a day is a Saturday or Sunday.
pub(super) fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn problem(
    pointer: &str,
    code: &'static str,
    zh: impl Into<String>,
    en: impl Into<String>,
    expected: (impl Into<String>, impl Into<String>),
) -> CalendarProblem {
    let expected = Some((expected.0.into(), expected.1.into()));
    CalendarProblem { pointer: pointer.to_owned(), code, zh: zh.into(), en: en.into(), expected }
}
