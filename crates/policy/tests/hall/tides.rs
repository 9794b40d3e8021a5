//! Tides: opening, closing, hysteresis, cost, refusals; and rules that contradict themselves.

use onething_policy::{ForecastStep, Hall, HallConfig, Lenders, Signal, TideConfig, TideCost};

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
