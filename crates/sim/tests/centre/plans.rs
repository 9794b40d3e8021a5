//! Plans against theory, and what holds of every plan.

use onething_engine::InputFile;
use onething_sim::centre::Model;
use onething_sim::plan::{DeskDayRow, DeskRow, NoPlan, Plan, Progress, Weakness, Wishes, plan};
use onething_sim::scenario::{self, Scenario};
use onething_sim::theory::Need;

use crate::support::known;

struct Silent;

impl Progress for Silent {
    fn expects(&self, _: u64) {}
    fn done(&self) {}
}

const WISHES: Wishes =
    Wishes { wait_minutes: 15.0, share: 0.9, limits: 0.95, shift_minutes: 120, seed: 7, replications: 12 };

/// People who come with a question, and a desk that can lend three of its four. Illustrative.
fn text(arrivals: &str, days: u32, tides: &str) -> String {
    format!(
        r#"{{ "$schema": "schema/scenario.schema.json", "format": "1", "kind": "scenario", "id": "peak",
  "title": {{ "zh": "高峰", "en": "peak" }}, "note": {{ "zh": "示例", "en": "illustrative" }},
  "calendar": "cn", "from": "2026-04-13", "days": {days}, "seed": 7, "replications": 12,
  "target": {{ "wait_minutes": 15, "share": 0.9 }},
  "staff": [
    {{ "name": "综窗", "kind": "window", "seats": 4, "queues": ["comprehensive"], "cost_hour": 60 }},
    {{ "name": "后台", "kind": "desk", "seats": 4, "queues": ["files"], "cost_hour": 80 }}
  ],
  "arrivals": [{{ "name": "来访", "visit": {{ "type": "exponential", "mean": 12 }}, "queue": "comprehensive", {arrivals} }}],
  "tides": [{tides}] }}"#
    )
}

const PEAK: &str = r#""per_day": 70, "weekdays": [1.3, 1, 1, 0.9, 0.8, 0, 0], "profile": [
    { "hours": { "from": "09:00", "to": "10:00" }, "share": 1 }, { "hours": { "from": "10:00", "to": "11:00" }, "share": 4 },
    { "hours": { "from": "11:00", "to": "11:45" }, "share": 1 }, { "hours": { "from": "13:00", "to": "16:45" }, "share": 4 }]"#;
const TIDE: &str = r#"{ "name": "潮汐", "queue": "comprehensive", "windows": 3, "service_minutes": 12, "lend": { "groups": ["后台"], "keep": 1 } }"#;

fn read(text: String) -> Scenario {
    let input = InputFile { name: "peak.json".to_owned(), bytes: text.into_bytes() };
    scenario::read(&input, &known()).unwrap_or_else(|found| panic!("{found:#?}"))
}

fn planned(scenario: &Scenario, wishes: Wishes) -> Plan {
    plan(scenario, &wishes, &Silent).unwrap_or_else(|why| panic!("{wishes:?}: {why}"))
}

/// Quarter-hours of duty at the windows and at the tide's.
fn duty(plan: &Plan) -> (u32, u32) {
    plan.quarters.iter().fold((0, 0), |sum, it| (sum.0 + it.seats, sum.1 + it.tidal))
}

#[test]
fn under_constant_arrivals_the_plan_is_erlangs_fewest() {
    // Ten an hour at 12 minutes, with shifts as long as the day.
    let scenario = read(text(r#""per_day": 70"#, 20, ""));
    for share in [0.6, 0.89] {
        let wishes = Wishes { wait_minutes: 12.0, share, shift_minutes: 1440, ..WISHES };
        let fewest = Need { load: 2.0, wait: 1.0, beyond: 1.0 - share, variability: 1.0 }.fewest();
        let plan = planned(&scenario, wishes);
        let seats: Vec<u32> = plan.quarters.iter().map(|it| it.seats).collect();
        assert!(seats.iter().all(|seats| *seats == fewest), "{share}: {fewest} by Erlang, {seats:?}");
        assert!(plan.planned.kept, "{share}");
    }
}

#[test]
fn more_is_never_cheaper() {
    let scenario = read(text(PEAK, 5, TIDE));
    let cost = |wait_minutes: f64, share: f64| {
        let plan = planned(&scenario, Wishes { wait_minutes, share, ..WISHES });
        let (standing, tidal) = duty(&plan);
        f64::from(standing) * 15.0 + f64::from(tidal) * 20.0
    };
    for ladder in [[(20.0, 0.5), (20.0, 0.8), (20.0, 0.96)], [(60.0, 0.85), (20.0, 0.85), (4.0, 0.85)]] {
        let costs = ladder.map(|(wait, share)| cost(wait, share));
        assert!(costs[0] <= costs[1] && costs[1] <= costs[2], "{ladder:?}: {costs:?}");
        assert!(costs[0] < costs[2], "{ladder:?}: {costs:?}");
    }
}

#[test]
fn a_plan_keeps_the_target_costs_less_than_the_naive_one_and_runs() {
    let scenario = read(text(PEAK, 5, TIDE));
    let plan = planned(&scenario, WISHES);
    assert!(plan.planned.kept && plan.planned.cells.len() == 5, "{:#?}", plan.planned);
    assert!(plan.planned.cells.iter().all(|it| it.service.mean >= 0.9), "{:#?}", plan.planned.cells);
    assert!(plan.planned.cost.mean + plan.planned.cost.half < 0.9 * plan.naive.cost.mean, "{:#?}", plan.planned);
    assert!(plan.naive.kept, "{:#?}", plan.naive);
    // Shifts and openings are as long as they must be, and man what the quarter-hours say.
    let minute =
        |text: &str| text.split_once(':').map(|(h, m)| h.parse::<i64>().unwrap() * 60 + m.parse::<i64>().unwrap());
    for shift in &plan.shifts {
        let least = if shift.tidal { 60 } else { 120 };
        assert!(minute(&shift.to).unwrap() - minute(&shift.from).unwrap() >= least, "{shift:?}");
    }
    let of_shifts: i64 = plan
        .shifts
        .iter()
        .flat_map(|shift| (minute(&shift.from).unwrap()..minute(&shift.to).unwrap()).step_by(15))
        .filter(|at| !(720..780).contains(at))
        .count() as i64;
    let (standing, tidal) = duty(&plan);
    assert_eq!(of_shifts, i64::from(standing + tidal));
    // What is written is a scenario, and runs as it was judged.
    let mut written = plan.file.clone();
    written.id = "planned".to_owned();
    let bytes = serde_json::to_vec(&written).unwrap();
    let again = scenario::read(&InputFile { name: "planned.json".to_owned(), bytes }, &known());
    let model = Model::new(again.unwrap_or_else(|found| panic!("{found:#?}"))).unwrap();
    let hours: f64 = (0..12).map(|seed| model.run(seed).groups[0].staffed_ms as f64 / 3.6e6 / 12.0).sum();
    assert!((hours - f64::from(standing) / 4.0).abs() < 3.0, "{hours} hours, {standing} quarter-hours");
    // More people break it, and the first to break stands first.
    assert!(plan.strain.broken.iter().any(|it| it.what == Weakness::Target), "{:#?}", plan.strain);
    assert!(plan.strain.broken.windows(2).all(|pair| pair[0].factor <= pair[1].factor), "{:#?}", plan.strain);
    assert!(plan.strain.service.mean < plan.planned.service.mean);
}

#[test]
fn one_seed_gives_one_plan_whatever_the_threads() {
    let scenario = read(text(PEAK, 5, TIDE));
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let plan = pool.install(|| planned(&scenario, Wishes { seed, ..WISHES }));
        (serde_json::to_string(&plan).unwrap(), serde_json::to_string(&plan.file).unwrap())
    };
    let one = on(1, 3);
    assert_eq!(one, on(3, 3));
    assert_ne!(one, on(1, 4));
    let behind = read(desks("company-seal", 63.0, r#""seats": 9, "queues": ["public_security"]"#, ""));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let plan = pool.install(|| planned(&behind, WISHES));
        (serde_json::to_string(&plan).unwrap(), serde_json::to_string(&plan.file).unwrap())
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn no_more_are_planned_than_there_are_people_and_who_is_missing_is_said() {
    let with = |people: u32| {
        let mut scenario = read(text(PEAK, 5, ""));
        (scenario.file.staff[0].seats, scenario.file.staff[0].people) = (2, Some(people));
        planned(&scenario, WISHES)
    };
    let most = |plan: &Plan| plan.quarters.iter().map(|it| it.seats).max().unwrap();
    let few = with(2);
    assert!(most(&few) == 2 && !few.planned.kept, "{:#?}", few.shortages);
    assert!(
        few.shortages.iter().all(|it| it.group == "综窗" && it.people == 2 && it.needed > 2),
        "{:#?}",
        few.shortages
    );
    let short_on: Vec<u8> = few.shortages.iter().map(|it| it.weekday).collect();
    let kept_on = |weekday: u8| few.planned.cells.iter().all(|it| it.weekday != weekday || it.service.mean >= 0.9);
    assert!((1..=5).all(|weekday| kept_on(weekday) != short_on.contains(&weekday)), "{:#?}", few.planned.cells);
    // With as many as are said to be needed the target is kept, and nobody is missing.
    let needed = few.shortages.iter().map(|it| it.needed).max().unwrap();
    let enough = with(needed);
    assert!(most(&enough) <= needed && enough.planned.kept && enough.shortages.is_empty(), "{:#?}", enough.shortages);
}

/// Applications handed in online, and the desks that decide on them. Illustrative.
fn desks(package: &str, per_day: f64, seats: &str, steps: &str) -> String {
    format!(
        r#"{{ "$schema": "schema/scenario.schema.json", "format": "1", "kind": "scenario", "id": "peak",
  "title": {{ "zh": "后台", "en": "desks" }}, "note": {{ "zh": "示例", "en": "illustrative" }},
  "calendar": "cn", "from": "2026-04-13", "days": 10, "run_on_days": 5, "seed": 7, "replications": 12,
  "target": {{ "wait_minutes": 15, "share": 0.9 }},
  "staff": [
    {{ "name": "收件", "kind": "window", "seats": 9, "queues": ["comprehensive"], "cost_hour": 60 }},
    {{ "name": "审批", "kind": "desk", {seats}, "cost_hour": 80 }},
    {{ "name": "出件", "kind": "issuing", "seats": 2, "queues": ["issuing", "seal"], "cost_hour": 50 }}
  ],
  "arrivals": [{{ "name": "申请", "package": "{package}", "channel": "online", "per_day": {per_day} }}],
  "steps": [
    {{ "step": "intake", "takes": {{ "type": "fixed", "minutes": 1 }} }},
    {{ "step": "decide", "takes": {{ "type": "exponential", "mean": 20 }} }},
    {{ "step": "issue", "takes": {{ "type": "fixed", "minutes": 0 }} }},
    {{ "step": "deliver", "takes": {{ "type": "fixed", "minutes": 1 }} }},
    {{ "step": "service", "takes": {{ "type": "fixed", "minutes": 0 }} }},
    {{ "step": "collect", "takes": {{ "type": "fixed", "minutes": 60 }} }}{steps}
  ] }}"#
    )
}

fn row<'p>(plan: &'p Plan, group: &str) -> &'p DeskRow {
    plan.desks.iter().find(|it| it.group == group).unwrap_or_else(|| panic!("{group} in {:#?}", plan.desks))
}

#[test]
fn a_desk_with_a_limit_gets_erlangs_fewest() {
    // Nine an hour at 20 minutes; 0.125 working days of seven hours are 52.5 minutes, of which the decision takes 20.
    let scenario = read(desks("company-seal", 63.0, r#""seats": 9, "queues": ["public_security"]"#, ""));
    for (limits, seats) in [(0.95, 5), (0.85, 4)] {
        let plan = planned(&scenario, Wishes { limits, ..WISHES });
        let desk = row(&plan, "审批");
        let erlang = |load: f64| Need { load, wait: 32.5 / 20.0, beyond: 1.0 - limits, variability: 1.0 }.fewest();
        assert_eq!(erlang(3.0), seats, "by Erlang");
        assert!(desk.wait_minutes.is_some_and(|it| (it - 32.5).abs() < 1e-9), "{desk:#?}");
        assert!(desk.days.len() == 5 && desk.days.iter().all(|it| (it.load - 3.0).abs() < 0.3), "{desk:#?}");
        // The mean of the drawn decisions is not quite 20 minutes, which may cost or save one.
        assert!(desk.days.iter().all(|it| it.formulas[0].abs_diff(erlang(it.load)) <= 1), "{desk:#?}");
        assert!(desk.days.iter().all(|it| it.seats.abs_diff(it.formulas[0]) <= 1), "{desk:#?}");
        // On some days one less will do, on all of them it will not.
        let [people, fewest] = [|it: &DeskDayRow| it.seats, |it: &DeskDayRow| it.formulas[0]]
            .map(|of| desk.days.iter().map(of).sum::<u32>());
        assert!((fewest - 4..=fewest).contains(&people), "{desk:#?}");
        assert!(desk.in_time.is_some_and(|it| it.mean >= limits) && plan.planned.desks_kept, "{desk:#?}");
        // However many decide, one decision in fourteen takes longer than the limit: exp(-52.5 / 20).
        let kept = &plan.limits_kept[0];
        assert!(kept.kept && (kept.best - 0.928).abs() < 0.01 && kept.planned.mean >= limits * kept.best, "{kept:#?}");
        assert!(desk.cost.mean < desk.cost_as_is.mean && plan.quarters.is_empty());
        assert!(!plan.strain.broken.is_empty(), "{:#?}", plan.strain);
    }
}

#[test]
fn a_desk_says_who_is_missing_and_may_have_a_target_of_its_own() {
    let seats = |more: &str| format!(r#""seats": 3, "queues": ["public_security"]{more}"#);
    let with = |more: &str, limits: f64| {
        planned(&read(desks("company-seal", 63.0, &seats(more), "")), Wishes { limits, ..WISHES })
    };
    let few = with(r#", "people": 4"#, 0.95);
    assert!(row(&few, "审批").planned == 4 && !few.planned.desks_kept, "{:#?}", few.desks);
    assert!(!few.shortages.is_empty(), "nobody is missing");
    assert!(
        few.shortages.iter().all(|it| it.group == "审批" && it.people == 4 && it.needed == 5),
        "{:#?}",
        few.shortages
    );
    // Whoever may wait two hours needs fewer, and no fewer than a week's work; but a limit that is to be kept is kept.
    let two_hours = r#", "people": 4, "target": { "wait_minutes": 120, "share": 0.9 }"#;
    assert_eq!(row(&with(two_hours, 0.85), "审批").days.iter().map(|it| it.seats).sum::<u32>(), 20);
    let own = with(two_hours, 0.2);
    let desk = row(&own, "审批");
    assert_eq!((desk.wait_minutes, desk.share, own.shortages.len()), (Some(120.0), 0.9, 0), "{desk:#?}");
    let (people, load) = desk.days.iter().fold((0.0, 0.0), |sum, it| (sum.0 + f64::from(it.seats), sum.1 + it.load));
    assert!((load / 0.95..19.5).contains(&people) && desk.utilisation < 0.96, "{desk:#?}");
}

#[test]
fn two_people_sit_where_nobody_may_decide_on_their_own_review() {
    let review = r#", { "step": "review", "takes": { "type": "fixed", "minutes": 5 } }"#;
    let scenario = read(desks("outdoor-sign-permit", 5.0, r#""seats": 1, "queues": ["urban_management"]"#, review));
    let plan = planned(&scenario, WISHES);
    let desk = row(&plan, "审批");
    assert!(desk.planned >= 2 && plan.planned.desks_kept, "{desk:#?}");
    assert!(desk.in_time_as_is.is_some_and(|it| it.mean < 0.9), "alone nobody can decide: {desk:#?}");
}

#[test]
fn those_who_must_stay_stay_while_a_tide_borrows() {
    let plan = planned(&read(text(PEAK, 5, TIDE)), WISHES);
    let desk = row(&plan, "后台");
    assert!(desk.lent > 0 && desk.keep == Some(1), "{desk:#?}");
    let lent = |weekday: u8| {
        let here = plan.quarters.iter().filter(|it| it.weekday == weekday);
        here.map(|it| it.tidal).max().unwrap()
    };
    assert!(desk.days.iter().all(|it| it.seats == 1 + lent(it.weekday)), "{desk:#?}");
}

#[test]
fn what_cannot_be_planned_is_said() {
    // Who comes a minute before the break waits an hour, however many sit there.
    let scenario =
        read(text(r#""per_day": 0, "at": ["2026-04-13T11:59:59", "2026-04-13T11:59:59", "2026-04-13T12:30"]"#, 1, ""));
    let why = plan(&scenario, &Wishes { wait_minutes: 5.0, ..WISHES }, &Silent).err().unwrap();
    assert!(matches!(&why, NoPlan::OutOfReach { of, weekday: 1, .. } if of == "综窗"), "{why}");
    let mut online = read(text(PEAK, 5, ""));
    online.file.arrivals[0].channel = onething_sim::scenario::Channel::Online;
    let why = plan(&online, &WISHES, &Silent).err().unwrap();
    assert!(matches!(why, NoPlan::Nothing), "{why}");
}
