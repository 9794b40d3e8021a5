//! Limits and explanations in words.

use super::*;

#[test]
fn limits_in_words_and_files() {
    for (json, zh, en, good) in [
        (r#"{"n":5.0,"unit":"working_day"}"#, "5 个工作日", "5 working days", true),
        (r#"{"n":0.5,"unit":"working_day"}"#, "0.5 个工作日", "0.5 working days", true),
        (r#"{"n":1.0,"unit":"month"}"#, "1 个月", "1 month", true),
        (r#"{"n":15.0,"unit":"calendar_day"}"#, "15 日", "15 calendar days", true),
        (r#"{"n":90.0,"unit":"business_minute"}"#, "90 办公分钟", "90 business minutes", true),
        (r#"{"n":2.0,"unit":"business_hour"}"#, "2 个办公小时", "2 business hours", true),
        (r#"{"n":0.5,"unit":"calendar_day"}"#, "0.5 日", "0.5 calendar days", false),
        (r#"{"n":0.0,"unit":"working_day"}"#, "0 个工作日", "0 working days", false),
        (r#"{"n":-1.0,"unit":"month"}"#, "-1 个月", "-1 months", false),
        (r#"{"n":4000.0,"unit":"working_day"}"#, "4000 个工作日", "4000 working days", false),
    ] {
        let limit: Limit = serde_json::from_str(json).unwrap();
        assert_eq!((limit.zh(), limit.en()), (zh.to_owned(), en.to_owned()));
        assert_eq!(limit.problem().is_none(), good, "{json}");
        assert_eq!(serde_json::to_string(&limit).unwrap(), json);
    }
    assert!(days(f64::NAN).problem().is_some() && days(f64::INFINITY).problem().is_some());
    assert!(serde_json::from_str::<Limit>(r#"{"n":5,"unit":"working_day","x":1}"#).is_err());
}

#[test]
fn longer_for_sure() {
    use Unit::{BusinessHour, BusinessMinute, CalendarDay, Month, WorkingDay};
    for (one, two, longer) in [
        ((20.5, WorkingDay), (20.0, WorkingDay), true),
        ((20.0, WorkingDay), (20.0, WorkingDay), false),
        ((16.0, WorkingDay), (15.0, CalendarDay), true),
        ((15.0, WorkingDay), (15.0, CalendarDay), false),
        ((54.0, CalendarDay), (20.0, WorkingDay), false),
        ((55.0, CalendarDay), (20.0, WorkingDay), true),
        ((1.0, Month), (7.0, WorkingDay), false),
        ((1.0, Month), (6.0, WorkingDay), true),
        ((24.0, BusinessHour), (1.0, WorkingDay), false),
        ((1441.0, BusinessMinute), (1.0, CalendarDay), true),
        ((32.0, WorkingDay), (1.0, Month), true),
        ((31.0, CalendarDay), (1.0, Month), false),
        ((1.0, Month), (27.0, CalendarDay), true),
        ((1.0, Month), (28.0, CalendarDay), false),
        ((3.0, BusinessHour), (179.0, BusinessMinute), true),
        ((180.0, BusinessMinute), (3.0, BusinessHour), false),
        ((4000.0, BusinessHour), (1.0, WorkingDay), true),
    ] {
        assert_eq!(limit(one.0, one.1).surely_longer_than(&limit(two.0, two.1)), longer, "{one:?} {two:?}");
    }
}

#[test]
fn no_calendar_takes_longer_than_twice_the_working_days_and_a_fortnight() {
    let calendar = cn();
    let (mut day, end) = ("2022-01-01".parse::<jiff::civil::Date>().unwrap(), "2025-12-31".parse().unwrap());
    while day <= end {
        for n in [1, 2, 5, 10, 20, 60, 200] {
            if let Ok(last) = calendar.nth_working_day_after(day, n) {
                let took = (last - day).get_days();
                assert!(took <= 2 * i32::try_from(n).unwrap() + 14, "{day} and {n} working days: {took}");
            }
        }
        day = day.tomorrow().unwrap();
    }
}

fn told(ledger: &Ledger, statutory: Option<Limit>, promised: Option<Limit>, now: &str) -> [String; 2] {
    let lines = why(ledger, statutory, promised, &cn(), at(now));
    [lines.iter().map(|l| format!("{}\n", l.zh)).collect(), lines.iter().map(|l| format!("{}\n", l.en)).collect()]
}

#[test]
fn why_it_is_due_on_that_day() {
    let ledger = ledger(&[
        ("start", "2026-02-13 10:00"),
        ("stop", "2026-02-25 11:00"),
        ("review", "2026-02-26 09:30"),
        ("resume", "2026-02-27 15:00"),
        ("reviewed", "2026-03-02 10:00"),
    ]);
    let [zh, en] = told(&ledger, Some(days(20.0)), Some(days(5.0)), "2026-03-03 13:30");
    assert_eq!(
        zh,
        "\
2026-02-13（周五）10:00 起算
起算当日不计入（民法典第二百零一条），第 1 个工作日是 2026-02-14（周六），调休上班
2026-02-14（周六）调休上班，计入
2026-02-15（周日）至2026-02-23（周一）放假，不计（行政许可法第八十二条）
2026-02-25（周三）11:00 因听证停止计时（行政许可法第四十五条）
2026-02-26（周四）09:30 因专家评审停止计时（行政许可法第四十五条）
2026-02-27（周五）15:00 听证结束
2026-02-28（周六）调休上班，计入
2026-03-02（周一）10:00 专家评审结束
期间另有 7 个周末休息日，不计
停止期间扣除 4 个工作日（通知停止的当日照计，恢复的当日不计，重叠的停止只扣一次）
"
        .to_owned()
            + "\
法定期限 20 个工作日，到 2026-03-25（周三）17:00 止
法定期限：到 2026-03-03（周二）13:30 已用 3.5 个工作日，还剩 16.5 个工作日
承诺期限 5 个工作日，到 2026-03-04（周三）17:00 止
承诺期限：到 2026-03-03（周二）13:30 已用 3.5 个工作日，还剩 1.5 个工作日
"
    );
    assert!(en.contains("Sun 2026-02-15 to Mon 2026-02-23: days off, not counted (行政许可法 82)"), "{en}");
    assert!(
        en.ends_with("the promised limit: 3.5 working days used by Tue 2026-03-03 13:30, 1.5 working days left\n"),
        "{en}"
    );
}

#[test]
fn why_says_what_is_not_known_and_what_is_moved() {
    let late = ledger(&[("start", "2026-12-21 10:00")]);
    let [zh, en] = told(&late, Some(days(20.0)), None, "2026-12-22 17:00");
    assert!(zh.contains("法定期限须用到 2027 年的工作日安排，该年尚未公布，不作推算"), "{zh}");
    assert!(
        en.ends_with("the legal limit: 1 working day used by Tue 2026-12-22 17:00, 19 working days left\n"),
        "{en}"
    );
    let started = ledger(&[("start", "2026-03-02 10:00")]);
    let [zh, _] = told(&started, Some(limit(5.0, Unit::CalendarDay)), Some(days(0.5)), "2026-03-20 10:00");
    assert!(
        zh.contains("到 2026-03-09（周一）17:00 止；末日 2026-03-07（周六） 为休息日，顺延（民法典第二百零三条）"),
        "{zh}"
    );
    assert!(zh.contains("已超"), "{zh}");
    let stands = ledger(&[("start", "2026-03-02 20:00"), ("stop", "2026-03-03 10:00")]);
    let [zh, _] = told(&stands, None, Some(days(0.5)), "2026-03-04 11:00");
    assert!(zh.contains("起算时不在办公时间，从 2026-03-03（周二）09:00 开门起计"), "{zh}");
    assert!(zh.contains("停止期间扣除 480 办公分钟"), "{zh}");
    assert!(zh.contains("时钟停着，到期日还会推后"), "{zh}");
    assert_eq!(
        told(&Ledger::default(), Some(days(1.0)), None, "2026-03-02 10:00")[1],
        "the clock was not started yet\n"
    );
}
