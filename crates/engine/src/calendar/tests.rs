//! Days, business hours and the file.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, date};
use proptest::prelude::*;

use super::{Calendar, CalendarFile, DayKind, Millis, Uncovered};

/// The calendar file that is handed out.
const CN: &str = include_str!("../../../../workflows/calendars/cn.json");

pub(crate) fn file() -> CalendarFile {
    serde_json::from_str(CN).unwrap()
}

pub(crate) fn cn() -> Calendar {
    static READ: LazyLock<Calendar> = LazyLock::new(|| Calendar::new(file()).unwrap());
    READ.clone()
}

const EPOCH: DateTime = jiff::civil::datetime(1970, 1, 1, 8, 0, 0, 0);

/// `2026-02-13 10:00` as a moment.
pub(crate) fn at(text: &str) -> Millis {
    let time: DateTime = text.parse().unwrap();
    time.duration_since(EPOCH).as_millis().try_into().unwrap()
}

/// A moment as `2026-02-13 10:00:00`.
pub(crate) fn text(at: Millis) -> String {
    EPOCH.saturating_add(jiff::SignedDuration::from_millis(at)).to_string().replace('T', " ")
}

/// Accepted on, working days, due on.
pub(crate) const VECTORS: [(&str, u32, &str); 16] = [
    ("2022-09-30", 5, "2022-10-12"),
    ("2022-01-28", 5, "2022-02-09"),
    ("2023-01-20", 1, "2023-01-28"),
    ("2023-12-29", 1, "2024-01-02"),
    ("2024-02-09", 3, "2024-02-20"),
    ("2024-09-13", 5, "2024-09-23"),
    ("2025-01-27", 1, "2025-02-05"),
    ("2025-09-30", 5, "2025-10-14"),
    ("2025-12-31", 1, "2026-01-04"),
    ("2026-02-13", 3, "2026-02-25"),
    ("2026-02-13", 20, "2026-03-19"),
    ("2026-04-30", 5, "2026-05-11"),
    ("2026-09-18", 5, "2026-09-24"),
    ("2026-09-29", 20, "2026-11-02"),
    ("2026-09-30", 45, "2026-12-08"),
    ("2026-12-01", 20, "2026-12-29"),
];

#[test]
fn the_nth_working_day() {
    let cn = cn();
    for (from, n, to) in VECTORS {
        let (from, to): (Date, Date) = (from.parse().unwrap(), to.parse().unwrap());
        assert_eq!(cn.nth_working_day_after(from, n), Ok(to), "{from} + {n}");
        assert_eq!(cn.working_days_between(from, to), Ok(n), "{from} to {to}");
    }
}

#[test]
fn working_days_of_each_year() {
    let cn = cn();
    for (year, days) in [(2022, 249), (2023, 249), (2024, 251), (2025, 248), (2026, 248)] {
        let kinds = cn.year(year).unwrap();
        assert_eq!(kinds.iter().filter(|(_, kind)| kind.is_worked()).count(), days, "{year}");
        assert_eq!(kinds.len(), if year == 2024 { 366 } else { 365 });
    }
    assert_eq!(cn.years().collect::<Vec<_>>(), [2022, 2023, 2024, 2025, 2026]);
}

#[test]
fn kinds_of_days() {
    let cn = cn();
    for (day, kind) in [
        ("2026-02-14", DayKind::MakeUp),
        ("2026-02-15", DayKind::Holiday),
        ("2026-02-23", DayKind::Holiday),
        ("2026-02-24", DayKind::Workday),
        ("2026-01-04", DayKind::MakeUp),
        ("2026-03-07", DayKind::Weekend),
        ("2024-02-09", DayKind::Workday),
    ] {
        assert_eq!(cn.day_kind(day.parse().unwrap()), Ok(kind), "{day}");
    }
}

#[test]
fn a_year_that_is_not_published_is_flagged() {
    let cn = cn();
    assert_eq!(cn.is_workday(date(2027, 1, 4)), Err(Uncovered { year: 2027 }));
    assert_eq!(cn.is_workday(date(2021, 12, 31)), Err(Uncovered { year: 2021 }));
    assert_eq!(cn.nth_working_day_after(date(2026, 12, 31), 1), Err(Uncovered { year: 2027 }));
    assert_eq!(cn.nth_working_day_after(date(2026, 12, 30), 1), Ok(date(2026, 12, 31)));
    assert_eq!(cn.nth_working_day_after(date(2026, 12, 1), 45), Err(Uncovered { year: 2027 }));
    assert_eq!(cn.nth_working_day_after(date(2026, 12, 1), u32::MAX), Err(Uncovered { year: 2027 }));
    // The day itself is not counted, so it need not be published.
    assert_eq!(cn.nth_working_day_after(date(2021, 12, 31), 1), Ok(date(2022, 1, 4)));
    assert_eq!(cn.previous_working_day(date(2022, 1, 4)), Err(Uncovered { year: 2021 }));
    assert_eq!(cn.previous_working_day(date(2026, 2, 24)), Ok(date(2026, 2, 14)));
    assert_eq!(cn.working_days_between(date(2026, 12, 31), date(2027, 1, 1)), Err(Uncovered { year: 2027 }));
    assert_eq!(cn.after_business_millis(at("2026-12-31 16:59"), 60_001), Err(Uncovered { year: 2027 }));
    assert_eq!(cn.after_business_millis(at("2026-12-31 16:59"), 60_000), Ok(at("2026-12-31 17:00")));
    for extreme in [Millis::MIN, Millis::MAX] {
        let _ = cn.date_of(extreme);
        assert!(cn.is_open(extreme).is_err());
        assert!(cn.next_opening(extreme).is_err());
        assert!(cn.after_business_millis(extreme, Millis::MAX).is_err());
    }
    assert_eq!(Uncovered { year: 2027 }.to_string().matches("2027").count(), 2);
}

#[test]
fn a_gap_between_years_is_a_gap() {
    let mut file = file();
    file.years.retain(|year| year.year != 2024);
    let cn = Calendar::new(file).unwrap();
    assert_eq!(cn.working_days_between(date(2023, 12, 1), date(2025, 2, 1)), Err(Uncovered { year: 2024 }));
    assert_eq!(cn.nth_working_day_after(date(2023, 12, 29), 1), Err(Uncovered { year: 2024 }));
    assert_eq!(
        cn.business_millis_between(at("2023-12-01 10:00"), at("2025-02-01 10:00")),
        Err(Uncovered { year: 2024 })
    );
    assert_eq!(cn.years().collect::<Vec<_>>(), [2022, 2023, 2025, 2026]);
    assert_eq!(cn.nth_working_day_after(date(2025, 1, 1), 1), Ok(date(2025, 1, 2)));
}

#[test]
fn business_time() {
    const HOUR: Millis = 3_600_000;
    let cn = cn();
    for (from, hours, to) in [
        // Over lunch; to the beginning of lunch, not to its end.
        ("2026-03-02 11:00", 2, "2026-03-02 14:00"),
        ("2026-03-02 11:00", 1, "2026-03-02 12:00"),
        // Over a weekend; in the evening; on a make-up Saturday; over the Spring Festival.
        ("2026-03-06 16:00", 2, "2026-03-09 10:00"),
        ("2026-03-02 20:00", 7, "2026-03-03 17:00"),
        ("2026-02-13 16:00", 1, "2026-02-13 17:00"),
        ("2026-02-13 16:00", 8, "2026-02-14 17:00"),
        ("2026-02-14 16:00", 2, "2026-02-24 10:00"),
    ] {
        let (from, to) = (at(from), at(to));
        assert_eq!(cn.after_business_millis(from, hours * HOUR).map(text), Ok(text(to)), "{}", text(from));
        assert_eq!(cn.business_millis_between(from, to), Ok(hours * HOUR), "{}", text(from));
    }
    for (from, open, next) in [
        ("2026-03-02 09:00", true, "2026-03-02 09:00"),
        ("2026-03-02 12:00", false, "2026-03-02 13:00"),
        ("2026-03-02 17:00", false, "2026-03-03 09:00"),
        ("2026-03-07 10:00", false, "2026-03-09 09:00"),
        ("2026-02-14 08:00", false, "2026-02-14 09:00"),
    ] {
        assert_eq!(cn.is_open(at(from)), Ok(open), "{from}");
        assert_eq!(cn.next_opening(at(from)).map(text), Ok(text(at(next))), "{from}");
    }
    assert_eq!(text(cn.close_of_business(date(2026, 3, 2))), "2026-03-02 17:00:00");
    assert_eq!(cn.date_of(cn.end_of_day(date(2026, 3, 2))), date(2026, 3, 2));
    assert_eq!(cn.date_of(cn.end_of_day(date(2026, 3, 2)) + 1), date(2026, 3, 3));
    assert_eq!(cn.date_of(cn.start_of_day(date(2026, 3, 2))), date(2026, 3, 2));
    assert_eq!(cn.date_of(cn.start_of_day(date(2026, 3, 2)) - 1), date(2026, 3, 1));
}

#[test]
fn summer_hours() {
    let mut json: serde_json::Value = serde_json::from_str(CN).unwrap();
    let hours = serde_json::json!([{ "from": "08:30", "to": "12:00" }, { "from": "15:00", "to": "18:00" }]);
    json["seasons"] = serde_json::json!([{ "from": "2026-06-01", "to": "2026-08-31", "hours": hours }]);
    let cn = Calendar::new(serde_json::from_value(json).unwrap()).unwrap();
    assert_eq!(text(cn.close_of_business(date(2026, 5, 31))), "2026-05-31 17:00:00");
    assert_eq!(text(cn.close_of_business(date(2026, 6, 1))), "2026-06-01 18:00:00");
    assert_eq!(text(cn.close_of_business(date(2026, 8, 31))), "2026-08-31 18:00:00");
    assert_eq!(text(cn.close_of_business(date(2026, 9, 1))), "2026-09-01 17:00:00");
    assert_eq!(cn.business_millis_between(at("2026-05-29 16:00"), at("2026-06-01 09:30")), Ok(2 * 3_600_000));
}

#[test]
fn a_file_reads_back_as_it_was_written() {
    let written: serde_json::Value = serde_json::from_str(CN).unwrap();
    assert_eq!(serde_json::to_value(file()).unwrap(), written);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let mut json: serde_json::Value = serde_json::from_str(CN).unwrap();
    json["hours"] = serde_json::json!([{ "from": "13:00", "to": "12:00" }, { "from": "11:00", "to": "17:00" }]);
    let hours = serde_json::json!([]);
    json["seasons"] = serde_json::json!([{ "from": "2026-06-02", "to": "2026-06-01", "hours": hours }]);
    json["years"] = serde_json::json!([
        { "year": 2026, "source": "x", "holidays": ["2026-02-14", "2025-01-01", "2026-02-14"], "workdays": ["2026-02-14"] },
        { "year": 2026, "source": "x", "holidays": ["2026-05-02"], "workdays": ["2026-03-02"] },
    ]);
    let found = Calendar::new(serde_json::from_value(json).unwrap()).unwrap_err();
    let found: Vec<(&str, &str)> = found.iter().map(|problem| (problem.code, problem.pointer.as_str())).collect();
    assert_eq!(
        found,
        [
            ("E-CAL-003", "/years/0/holidays/1"),
            ("E-CAL-004", "/years/0/holidays/2"),
            ("E-CAL-005", "/years/0/workdays/0"),
            ("E-CAL-002", "/years/1/year"),
            ("E-CAL-006", "/years/1/workdays/0"),
            ("E-CAL-008", "/hours/0"),
            ("E-CAL-008", "/hours/1"),
            ("E-CAL-007", "/seasons/0/hours"),
            ("E-CAL-009", "/seasons/0"),
        ]
    );
}

#[test]
fn times_of_day_are_strict() {
    for (written, good) in [("09:00", true), ("9:00", false), ("24:00", false), ("09:00:00", false), ("+9:00", false)] {
        let span = format!(r#"{{ "from": "{written}", "to": "23:59" }}"#);
        assert_eq!(serde_json::from_str::<super::HourSpan>(&span).is_ok(), good, "{written}");
    }
}

proptest! {
    #[test]
    fn counting_is_the_inverse_of_the_nth_day(offset in 0_i32..1400, n in 0_u32..250) {
        let cn = cn();
        let from = super::to_date(super::to_day(date(2022, 1, 1)) + offset);
        let to = cn.nth_working_day_after(from, n).unwrap();
        prop_assert_eq!(cn.working_days_between(from, to), Ok(n));
        if n > 0 {
            prop_assert_eq!(cn.is_workday(to), Ok(true));
            let before = if n == 1 { from } else { cn.nth_working_day_after(from, n - 1).unwrap() };
            prop_assert_eq!(cn.working_days_between(from, to.yesterday().unwrap()), Ok(n - 1));
            prop_assert!(before < to);
        }
    }

    #[test]
    fn business_time_adds_up(minutes in 0_i64..2_500_000, open in 1_i64..5_000_000_000) {
        let cn = cn();
        let from = at("2022-01-01 00:00") + minutes * 60_000;
        if let Ok(to) = cn.after_business_millis(from, open) {
            prop_assert_eq!(cn.business_millis_between(from, to), Ok(open));
            prop_assert_eq!(cn.business_millis_between(from, to - 1), Ok(open - 1));
        } else {
            prop_assert!(cn.business_millis_between(from, at("2026-12-31 23:59")).unwrap() < open);
        }
    }
}
