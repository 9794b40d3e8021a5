//! What holds in every run of a centre.

use onething_sim::results::simulate;

use crate::support::{changed, example, model};

#[test]
fn one_seed_gives_one_result_whatever_the_threads() {
    let model = model(&example("teacher-tide"));
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let results = pool.install(|| simulate(&model, seed, 6, &|| {})).unwrap();
        serde_json::to_string(&results).unwrap()
    };
    let one = on(1, 7);
    assert_eq!(one, on(3, 7));
    assert_ne!(one, on(1, 8));
}

#[test]
fn every_run_balances_under_no_shows_sickness_appointments_batches_and_failures() {
    let hard = changed(
        "teacher-tide",
        &[
            (
                r#""no_show": 0.02"#,
                r#""no_show": 0.3, "batch": { "mean": 3 }, "appointments": { "share": 0.5, "slot_minutes": 30, "no_show": 0.2 }"#,
            ),
            (r#""outcomes": { "failed": 0.02 }"#, r#""outcomes": { "failed": 0.6 }"#),
            (r#""sick": 0.02"#, r#""sick": 0.4"#),
            (r#""lacks": 0.08"#, r#""lacks": 0.5"#),
            (r#""mean": 120"#, r#""mean": 12"#),
            (r#""target""#, r#""hall": { "queue_max": 20, "overtime": false, "calls_max": 1 }, "target""#),
        ],
    );
    for input in [hard, example("teacher-tide")] {
        let model = model(&input);
        for seed in 0..8 {
            let report = model.run(seed);
            assert_eq!(report.balanced, Ok(()), "seed {seed}");
            for counts in &report.counts {
                let went = counts.served + counts.gave_up + counts.balked + counts.turned_away + counts.missed;
                assert!(went <= counts.arrived, "seed {seed}: {counts:?}");
            }
        }
    }
}

#[test]
fn a_tide_shortens_waits_and_slows_the_desk_that_lends() {
    let with = model(&example("teacher-tide"));
    let never = changed("teacher-tide", &[(r#""by": "forecast""#, r#""by": "none""#)]);
    let without = model(&never);
    let run = |model: &onething_sim::centre::Model| {
        (0..12).map(|seed| model.run(seed)).fold((0.0, 0.0, 0), |(waits, desk, opened), report| {
            (
                waits + report.waits[0].mean_minutes(),
                desk + report.tasks["education"].mean_minutes(),
                opened + report.openings.len(),
            )
        })
    };
    let ((tide, slow, opened), (none, fast, never)) = (run(&with), run(&without));
    assert!(opened > 0 && never == 0, "{opened} {never}");
    assert!(tide < 0.8 * none, "waits {tide} with the tide, {none} without");
    assert!(slow > fast, "the desk waits {slow} with the tide, {fast} without");
}

#[test]
fn a_list_of_real_moments_is_met_to_the_minute() {
    let listed = changed("teacher-tide", &[(r#""per_day": 18"#, r#""at": ["2026-04-13T09:05", "2026-04-14T16:00"]"#)]);
    let report = model(&listed).run(1);
    assert_eq!(report.counts[1].arrived, 2);
    assert_eq!(report.by_hour[1].keys().copied().collect::<Vec<_>>(), [(0, 9), (1, 16)]);
}

#[test]
fn a_desk_that_never_catches_up_is_busy_all_the_time_and_no_more() {
    let swamped = changed(
        "teacher-tide",
        &[
            (r#""run_on_days": 8"#, r#""run_on_days": 1, "warm_up_days": 2"#),
            (r#""name": "教育", "kind": "desk", "seats": 5"#, r#""name": "教育", "kind": "desk", "seats": 1"#),
            (r#""gamma", "mean": 20"#, r#""gamma", "mean": 300"#),
            (r#""sick": 0.02, "#, ""),
        ],
    );
    let model = model(&swamped);
    let education = model.groups().iter().position(|name| name == "教育").unwrap();
    for seed in 0..5 {
        let used = model.run(seed).groups[education];
        // Two days of seven hours, without the warm-up and the run-on; what was begun before is counted when it ends, and what
        // has not ended is not.
        assert_eq!(used.staffed_ms, 2 * 7 * 3_600_000, "seed {seed}");
        let share = used.busy_ms as f64 / used.staffed_ms as f64;
        assert!((0.5..1.6).contains(&share), "seed {seed}: {share}");
    }
}

#[test]
fn a_desk_with_too_few_people_for_what_is_kept_apart_is_told() {
    let stuck = |changes: &[(&str, &str)]| {
        let results = simulate(&model(&changed("teacher-tide", changes)), 1, 2, &|| {}).unwrap();
        results.stuck.iter().map(|it| (it.of.clone(), it.queue.clone())).collect::<Vec<_>>()
    };
    // Who reviewed a teacher's application does not decide it.
    let alone = [(r#""name": "教育", "kind": "desk", "seats": 5"#, r#""name": "教育", "kind": "desk", "seats": 1"#)];
    assert_eq!(stuck(&alone), [("教师资格".to_owned(), "education".to_owned())]);
    assert_eq!(stuck(&[]), []);
}

#[test]
fn work_that_rests_overnight_keeps_nobody_at_the_desk() {
    let results = simulate(&model(&example("teacher-tide")), 2026, 1, &|| {}).unwrap();
    let day = |ms: i64| (ms + 8 * 3_600_000).div_euclid(86_400_000);
    assert!(results.openings.iter().all(|it| day(it.from_ms) == day(it.to_ms)), "{:#?}", results.openings);
    // Somebody is at the teachers' own desk on both of the first mornings.
    let mornings =
        results.openings.iter().filter(|it| it.window == "教育-1" && it.from_ms.rem_euclid(86_400_000) == 3_600_000);
    assert!(mornings.count() >= 2);
}

#[test]
fn every_policy_of_a_tide_opens_windows_and_only_none_opens_none() {
    let opened = |policy: &str| {
        let model = model(&changed("teacher-tide", &[(r#"{ "by": "forecast" }"#, policy)]));
        let reports: Vec<_> = (0..6).map(|seed| model.run(seed)).collect();
        assert!(reports.iter().all(|report| report.balanced == Ok(())), "{policy}");
        let waits: f64 = reports.iter().map(|report| report.waits[0].mean_minutes()).sum();
        (reports.iter().map(|report| report.openings.len()).sum::<usize>(), waits, reports)
    };
    let roster = r#"{ "by": "roster", "stretches": [
        { "weekdays": [1, 2, 3, 4], "hours": { "from": "09:15", "to": "11:45" }, "seats": 1 },
        { "weekdays": [1], "hours": { "from": "10:00", "to": "11:30" }, "seats": 1 }] }"#;
    let (none, slow, _) = opened(r#"{ "by": "none" }"#);
    assert_eq!(none, 0);
    for policy in [r#"{ "by": "threshold" }"#, r#"{ "by": "learned", "weeks": 8 }"#, r#"{ "by": "learned" }"#, roster] {
        let (opened, waits, _) = opened(policy);
        assert!(opened > 0 && waits < slow, "{policy}: {opened} openings, waits {waits} instead of {slow}");
    }
    let (openings, _, reports) = opened(roster);
    assert_eq!(openings, 6 * 5, "one each morning and one more on Monday");
    let of_day = |ms: i64| (ms + 8 * 3_600_000).rem_euclid(86_400_000) / 60_000;
    for opening in reports.iter().flat_map(|report| &report.openings) {
        // Asked for at 9:15 or 10:00; whoever comes first finishes what is in hand at the desk.
        assert!((560..660).contains(&of_day(opening.from_ms)), "{opening:?}");
        assert!((690..760).contains(&of_day(opening.to_ms)), "{opening:?}");
    }
}

#[test]
fn a_roster_mans_the_seats_it_says_and_no_others() {
    let roster = r#""roster": [
        { "hours": { "from": "09:00", "to": "17:00" }, "seats": 1 },
        { "weekdays": [1, 3], "hours": { "from": "10:00", "to": "11:30" }, "seats": 2 },
        { "weekdays": [2], "hours": { "from": "11:00", "to": "14:00" }, "seats": 1 }], "queues": ["tide_teacher"]"#;
    let seats = (
        r#""name": "认定窗", "kind": "window", "seats": 2, "queues": ["tide_teacher"]"#,
        format!(r#""name": "认定窗", "kind": "window", "seats": 3, {roster}"#),
    );
    let model = model(&changed(
        "teacher-tide",
        &[
            (seats.0, &seats.1),
            (r#"{ "by": "forecast" }"#, r#"{ "by": "none" }"#),
            (r#""run_on_days": 8"#, r#""hall": { "overtime": false }, "run_on_days": 0"#),
        ],
    ));
    let group = model.groups().iter().position(|name| name == "认定窗").unwrap();
    for seed in 0..5 {
        let report = model.run(seed);
        let hours = report.groups[group].staffed_ms as f64 / 3.6e6;
        // Four days of seven hours, twice two seats for an hour and a half, and two hours about the break; whoever has
        // somebody in front of them finishes.
        let planned = 4.0 * 7.0 + 2.0 * 2.0 * 1.5 + 2.0;
        assert!((planned..planned + 4.0).contains(&hours), "seed {seed}: {hours} instead of {planned}");
        assert!(report.waits[0].count() > 80, "seed {seed}");
    }
}
