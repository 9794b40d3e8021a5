//! Tides: opening, closing, hysteresis, cost, refusals; and rules that contradict themselves.

use onething_policy::{
    Act, ArrivalRates, ForecastStep, Hall, HallConfig, Lenders, RosterStretch, Seen, Signal, TideConfig, TideCost,
    TidePolicy, TideState, TideStep, TideWatch,
};

use crate::script::{MINUTE_MS, check, done, open, open_tidal, task, ticket};

const MINUTE: Signal = Signal::MinutePassed;

fn rules(change: impl FnOnce(&mut TideConfig)) -> HallConfig {
    let windows = vec!["x".into(), "y".into()];
    let mut tide = TideConfig::illustrative("spring".into(), "tide".into(), windows);
    change(&mut tide);
    HallConfig { tides: vec![tide], ..HallConfig::illustrative() }
}

fn take(from: usize, to: usize, minute: i64) -> impl Iterator<Item = (i64, Signal, &'static str)> {
    (from..=to).map(move |number| (minute, ticket(&format!("A{number}"), "tide", 3), ""))
}

#[test]
fn a_crowd_opens_windows_at_once_up_to_the_maximum() {
    let rows = [(0, open("w", "tide"), ""), (0, ticket("A0", "tide", 3), "w calls A0")].into_iter();
    let rows = rows.chain(take(1, 3, 0)).chain([(1, MINUTE, "")]);
    let rows = rows.chain(take(4, 9, 1)).chain([
        (2, MINUTE, "open x"),
        (3, open_tidal("x", "tide"), "x calls A1"),
        (4, MINUTE, "open y"),
        (5, open_tidal("y", "tide"), "y calls A2"),
        (6, MINUTE, ""),
    ]);
    let rows = rows
        .chain(take(10, 12, 6))
        .chain([(7, MINUTE, "TideAtMaximum { campaign: CampaignId(\"spring\") }"), (8, MINUTE, "")]);
    check(rules(|_| {}), rows);
}

#[test]
fn a_long_wait_must_last_before_a_window_opens() {
    // Two wait for one window at 12 minutes each: 24 minutes, above the threshold of 20.
    let rows = [(0, open("w", "tide"), ""), (0, ticket("A0", "tide", 3), "w calls A0")].into_iter();
    let rows =
        rows.chain(take(1, 2, 0)).chain([(1, MINUTE, ""), (10, MINUTE, ""), (11, MINUTE, "open x"), (12, MINUTE, "")]);
    check(rules(|_| {}), rows);
}

#[test]
fn a_window_closes_after_its_time_when_the_tide_has_passed() {
    let rows = [(0, ticket("A0", "tide", 3), "")].into_iter();
    let rows = rows.chain(take(1, 3, 0)).chain([
        (1, MINUTE, "open x, NobodyServes { queue: Skill(\"tide\") }"),
        (2, open_tidal("x", "tide"), "x calls A0"),
        (3, done("x", "A0"), "x calls A1"),
        (4, done("x", "A1"), "x calls A2"),
        (5, done("x", "A2"), "x calls A3"),
        (6, MINUTE, ""),
        (26, MINUTE, ""),
        (61, MINUTE, ""),
        // Open for an hour; it finishes what is in hand.
        (62, MINUTE, "drain x"),
        (63, ticket("A4", "tide", 3), ""),
        (64, done("x", "A3"), "closed x"),
    ]);
    check(rules(|_| {}), rows);
}

#[test]
fn of_two_windows_the_idle_one_closes_first() {
    check(
        rules(|_| {}),
        [
            (0, open_tidal("x", "tide"), ""),
            (1, open_tidal("y", "tide"), ""),
            (2, ticket("A1", "tide", 3), "x calls A1"),
            (60, MINUTE, ""),
            // Both have been open for an hour, and x longer; but x has someone in front of it.
            (80, MINUTE, "drain y, closed y"),
        ],
    );
}

#[test]
fn no_window_closes_while_the_forecast_says_they_will_come() {
    let forecast = |per_hour: u32, until: i64| {
        vec![ForecastStep { from_ms: 0, per_hour }, ForecastStep { from_ms: until * MINUTE_MS, per_hour: 0 }]
    };
    let changed = Signal::ForecastChanged { campaign: "spring".into(), forecast: forecast(0, 1) };
    // A scheduled tide: windows open before anyone has come.
    let rows = [
        (0, MINUTE, ""),
        (10, MINUTE, "open x"),
        (11, open_tidal("x", "tide"), ""),
        (12, MINUTE, ""),
        (22, MINUTE, "open y"),
        (23, open_tidal("y", "tide"), ""),
        (150, MINUTE, ""),
        (200, MINUTE, ""),
        (201, changed, ""),
        (202, MINUTE, ""),
        (222, MINUTE, "drain x, closed x"),
        (223, MINUTE, ""),
        (243, MINUTE, "drain y, closed y"),
    ];
    check(rules(|tide| tide.forecast = forecast(10, 300)), rows);
}

#[test]
fn a_second_window_must_save_more_than_it_costs() {
    let costly = |window_hour: u32| rules(|tide| tide.cost = Some(TideCost { window_hour, waiting_hour: 10 }));
    let rows = |expect: &'static str| {
        let rows = [(0, ticket("A0", "tide", 3), ""), (1, open("w", "tide"), "w calls A0")].into_iter();
        rows.chain(take(1, 5, 1)).chain([(2, MINUTE, expect)])
    };
    // Five wait; one window needs an hour (2.5 person-hours), two need half of it: 1.25 person-hours saved at 10 each.
    check(costly(12), rows("open x"));
    check(costly(13), rows(""));
}

#[test]
fn a_window_declined_or_unanswered_is_left_alone_for_a_while() {
    let rows = take(1, 8, 0).chain([
        (1, MINUTE, "open x, NobodyServes { queue: Skill(\"tide\") }"),
        (2, Signal::TidalDeclined { window: "x".into() }, ""),
        (3, MINUTE, "open y"),
        (4, MINUTE, "TideAtMaximum { campaign: CampaignId(\"spring\") }"),
        (12, MINUTE, "open x"),
        (13, MINUTE, "TideUnanswered { campaign: CampaignId(\"spring\"), window: WindowId(\"y\") }, TideAtMaximum { campaign: CampaignId(\"spring\") }"),
        (22, MINUTE, "TideUnanswered { campaign: CampaignId(\"spring\"), window: WindowId(\"x\") }"),
        (23, MINUTE, "open y"),
    ]);
    let mut hall = check(rules(|_| {}), rows);
    let row = &hall.snapshot().tides[0];
    assert_eq!((row.windows_open, row.windows_asked), (0, 1));
    assert_eq!(hall.on(0, open_tidal("y", "tide")).len(), 1, "time never runs backwards, and the window is welcome");
}

#[test]
fn rules_that_contradict_themselves_are_refused() {
    let check = |config: HallConfig, expect: &str| {
        let error = Hall::new(config).err().map(|it| it.to_string());
        assert_eq!(error.as_deref(), Some(expect));
    };
    check(
        rules(|it| it.open_above_ms = it.close_below_ms),
        "tides.spring.open_above_ms: expected more than close_below_ms, but got 300000",
    );
    check(rules(|it| it.service_ms = 0), "tides.spring.service_ms: expected above 0, but got 0");
    check(
        rules(|it| it.windows.push("x".into())),
        "tides.spring: expected a window listed once, in one tide, but got x",
    );
    check(HallConfig { ageing_ms: 0, ..rules(|_| {}) }, "ageing_ms: expected above 0, but got 0");
    let mut looped = rules(|_| {});
    let rule = onething_policy::QueueRule { overflow: Some("a".into()), ..looped.queue_default.clone() };
    looped.queues.insert("a".into(), rule);
    check(looped, "queues.a.overflow: expected another queue, but got a");
}

#[test]
fn people_are_called_from_the_desk_that_can_spare_them() {
    let lend = |keep: usize| rules(|tide| tide.lend = vec![Lenders { windows: vec!["d1".into(), "d2".into()], keep }]);
    let crowd = || {
        let rows = [
            (0, open("d1", "desk"), ""),
            (0, open("d2", "desk"), ""),
            (0, task("t1", "desk", 3, 0), "d1 does t1"),
            (0, open("w", "tide"), ""),
            (0, ticket("A0", "tide", 3), "w calls A0"),
        ];
        rows.into_iter().chain(take(1, 9, 0))
    };
    // Rather whoever is idle; then the desk is at its minimum.
    let one = [
        (1, MINUTE, "open x, drain d2, closed d2"),
        (2, open_tidal("x", "tide"), "x calls A1"),
        (3, MINUTE, "TideAtMaximum { campaign: CampaignId(\"spring\") }"),
    ];
    check(lend(1), crowd().chain(one));
    // Whoever is busy goes when through.
    let both = [
        (1, MINUTE, "open x, drain d2, closed d2"),
        (2, MINUTE, "open y, drain d1"),
        (3, done("d1", "t1"), "closed d1"),
    ];
    check(lend(0), crowd().chain(both));
    check(lend(2), crowd().chain([(1, MINUTE, "TideAtMaximum { campaign: CampaignId(\"spring\") }")]));
}

/// Minutes from the beginning of Monday 2026-04-13 in China.
fn monday(minute: i64) -> i64 {
    1_776_009_600_000 / MINUTE_MS + minute
}

#[test]
fn a_roster_opens_and_closes_by_the_clock_whoever_comes() {
    let stretch = |weekdays: &[u8], from_minute: u16, to_minute: u16| RosterStretch {
        weekdays: weekdays.to_vec(),
        from_minute,
        to_minute,
        windows: 1,
    };
    let stretches = vec![stretch(&[1], 570, 630), stretch(&[], 600, 660)];
    let rows = [
        (monday(569), MINUTE, ""),
        (monday(570), MINUTE, "open x"),
        (monday(571), open_tidal("x", "tide"), ""),
        (monday(572), MINUTE, ""),
        (monday(600), MINUTE, "open y"),
        (monday(601), open_tidal("y", "tide"), ""),
        (monday(601), ticket("A1", "tide", 3), "x calls A1"),
        // The first stretch is over; rather the idle window goes.
        (monday(630), MINUTE, "drain y, closed y"),
        (monday(659), MINUTE, ""),
        (monday(660), MINUTE, "drain x"),
        (monday(661), done("x", "A1"), "closed x"),
        // Tuesday.
        (monday(1440 + 570), MINUTE, ""),
        (monday(1440 + 600), MINUTE, "open x"),
    ];
    check(rules(|tide| tide.policy = TidePolicy::Roster { stretches }), rows);
}

#[test]
fn without_a_policy_and_outside_its_days_no_window_opens() {
    let crowd = || take(1, 9, 0).chain([(1, MINUTE, "NobodyServes { queue: Skill(\"tide\") }"), (30, MINUTE, "")]);
    check(rules(|tide| tide.policy = TidePolicy::None), crowd());
    check(rules(|tide| tide.from_ms = Some(31 * MINUTE_MS)), crowd());
    let rows = take(1, 4, 0).chain([
        (1, MINUTE, "open x, NobodyServes { queue: Skill(\"tide\") }"),
        (2, open_tidal("x", "tide"), "x calls A1"),
        (3, MINUTE, ""),
        (10, MINUTE, "drain x, NobodyServes { queue: Skill(\"tide\") }"),
    ]);
    check(rules(|tide| tide.until_ms = Some(10 * MINUTE_MS)), rows);
}

#[test]
fn a_threshold_hears_no_forecast() {
    let forecast = vec![ForecastStep { from_ms: 0, per_hour: 60 }];
    let quiet = [(0, MINUTE, ""), (10, MINUTE, ""), (60, MINUTE, "")];
    check(rules(|tide| (tide.policy, tide.forecast) = (TidePolicy::Threshold, forecast)), quiet);
    let crowd = take(1, 4, 0).chain([(1, MINUTE, "open x, NobodyServes { queue: Skill(\"tide\") }")]);
    check(rules(|tide| tide.policy = TidePolicy::Threshold), crowd);
}

#[test]
fn what_weeks_have_shown_opens_windows_before_the_crowd_comes() {
    let learned = || rules(|tide| tide.policy = TidePolicy::Learned { rates: ArrivalRates::default() });
    let mut hall = Hall::new(learned()).unwrap();
    let mut number = 0;
    let mut opened = Vec::new();
    // Every Monday sixty come between 9:00 and 10:00; a standing window takes them, slowly.
    for week in 0..9_i64 {
        for minute in 500..720 {
            let now_ms = (monday(minute) + week * 7 * 1440) * MINUTE_MS;
            if minute == 500 {
                hall.on(now_ms, open("w", "tide"));
            }
            if (540..600).contains(&minute) && week < 8 {
                number += 1;
                hall.on(now_ms, ticket(&format!("A{number}"), "tide", 3));
            }
            for act in hall.on(now_ms, MINUTE) {
                if let Act::OpenTidal { window, .. } = act {
                    opened.push((week, minute));
                    hall.on(now_ms, Signal::TidalDeclined { window });
                }
            }
        }
        // Whoever is left goes home.
        let now_ms = (monday(720) + week * 7 * 1440) * MINUTE_MS;
        for gone in 1..=number {
            hall.on(now_ms, Signal::TicketWithdrawn { ticket: format!("A{gone}").as_str().into() });
        }
        hall.on(now_ms, Signal::WindowClosing { window: "w".into() });
    }
    let first = |week: i64| opened.iter().find(|it| it.0 == week).map(|it| it.1);
    assert!(first(0) > Some(540), "the first Monday shows it only when they stand there: {opened:?}");
    assert!(first(8) < Some(540), "on the ninth, on which nobody comes at all, it is known beforehand: {opened:?}");
    let rates = hall.learned(&"spring".into()).unwrap();
    assert!((rates.mean(0, 36) - 15.0).abs() < 1e-9, "{rates:?}");
}

#[test]
fn whoever_judges_from_outside_hands_on_what_is_open_and_learned() {
    let learned = |tide: &mut TideConfig| tide.policy = TidePolicy::Learned { rates: ArrivalRates::default() };
    let config = rules(learned).tides.remove(0);
    let seen = |waiting: usize| Seen { waiting, arrived: 1, standing: 1, spare: 2 };
    let at = |minute: i64| monday(600 + minute) * MINUTE_MS;
    let mut first = TideWatch::new(config.clone(), TideState::default()).unwrap();
    assert_eq!(first.judge(at(0), seen(2)), TideStep::Stay);
    assert_eq!(first.judge(at(1), Seen { spare: 0, ..seen(9) }), TideStep::AtMaximum);
    assert_eq!(first.judge(at(2), seen(9)), TideStep::Open("x".into()));
    let text = serde_json::to_string(&first.state()).unwrap();
    let mut next = TideWatch::new(config, serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(next.state(), first.state());
    for minute in 3..120 {
        let waiting = if minute < 10 { 12 } else { 0 };
        let seen = Seen { arrived: 0, ..seen(waiting) };
        assert_eq!(next.judge(at(minute), seen), first.judge(at(minute), seen), "minute {minute}");
    }
    assert!(next.state().open.is_empty(), "the crowd is long gone");
}

#[test]
fn rosters_and_histories_that_are_none_are_refused() {
    let check = |policy: TidePolicy, expect: &str| {
        let error = Hall::new(rules(|tide| tide.policy = policy)).err().map(|it| it.field);
        assert_eq!(error.as_deref(), Some(expect));
    };
    let roster = |weekdays: Vec<u8>, from_minute: u16, to_minute: u16| TidePolicy::Roster {
        stretches: vec![RosterStretch { weekdays, from_minute, to_minute, windows: 1 }],
    };
    check(roster(vec![], 600, 600), "tides.spring.policy.stretches.0.to_minute");
    check(roster(vec![], 600, 1441), "tides.spring.policy.stretches.0.to_minute");
    check(roster(vec![1, 8], 600, 660), "tides.spring.policy.stretches.0.weekdays");
    let rates = ArrivalRates { day_shape: -1.0, ..ArrivalRates::default() };
    check(TidePolicy::Learned { rates }, "tides.spring.policy.rates.day_shape");
}
