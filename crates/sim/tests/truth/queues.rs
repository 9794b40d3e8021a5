//! Stations in their long run.

use onething_sim::duration::Duration;
use onething_sim::stations::{Inflow, Network, Shift, Station};
use onething_sim::theory::{flows, md1_wait, mg1_wait, mmc, two_or_more_classes, with_patience, with_room};

use crate::against::{Measure, Rule, check, run};

const HOUR_MS: i64 = 3_600_000;
/// More than ever wait.
const ROOM: usize = 1_000_000;

/// One station, run for so many hours of which the first fifth warms it up.
fn one(station: Station, per_hour: &[f64], hours: i64) -> Network {
    let inflows = per_hour.iter().zip(0..).map(|(per_hour, class)| Inflow::steady(0, class, *per_hour)).collect();
    Network { stations: vec![station], inflows, warm_up_ms: hours / 5 * HOUR_MS, end_ms: hours * HOUR_MS }
}

#[test]
fn mm1_and_mmc_wait_as_erlang_says() {
    // Arrivals an hour, minutes of service, windows: the rows of the service hall, and hours to run.
    for (per_hour, minutes, windows, hours, within) in [
        (5.0, 10.0, 1, 20_000, 0.10),
        (20.0, 10.0, 4, 8_000, 0.10),
        (20.0, 11.0, 4, 20_000, 0.15),
        (61.0 / 7.0, 12.0, 2, 15_000, 0.10),
        (61.0 / 7.0, 12.0, 3, 8_000, 0.06),
        (61.0 / 7.0, 15.0, 3, 8_000, 0.10),
        (61.0 / 7.0, 15.0, 4, 8_000, 0.08),
        (24.0, 12.0, 6, 8_000, 0.08),
    ] {
        let exact = mmc(windows, per_hour / 60.0, minutes);
        let network = one(Station::steady(windows, Duration::exponential(minutes)), &[per_hour], hours);
        let measures = [
            Measure { name: "wait", of: &|it| it.stations[0].waits.mean(), exact: exact.wait, within },
            Measure {
                name: "share that waits",
                of: &|it| it.stations[0].waited as f64 / it.stations[0].arrivals as f64,
                exact: exact.waits,
                within: 0.05,
            },
            Measure { name: "queue", of: &|it| it.queue(0), exact: exact.queue, within },
        ];
        check(&format!("M/M/{windows}"), &network, Rule::Plain, ROOM, &measures);
        if windows % 2 == 0 {
            let shorter = Network { end_ms: network.end_ms / 2, warm_up_ms: network.warm_up_ms / 2, ..network };
            let [wait, waits, _] = measures;
            let rough = Measure { within: 2.0 * within, ..wait };
            check(&format!("M/M/{windows}"), &shorter, Rule::Hall, ROOM, &[rough, waits]);
        }
    }
}

#[test]
fn the_row_at_fifteen_percent_longer_service_waits_an_hour() {
    let exact = mmc(4, 20.0 / 60.0, 11.5);
    let network = one(Station::steady(4, Duration::exponential(11.5)), &[20.0], 60_000);
    let wait = Measure { name: "wait", of: &|it| it.stations[0].waits.mean(), exact: exact.wait, within: 0.15 };
    check("M/M/4 at 0.958", &network, Rule::Plain, ROOM, &[wait]);
}

#[test]
fn a_room_that_is_full_turns_people_away() {
    let (servers, room) = (3, 6);
    let chain = with_room(servers, room, 20.0 / 60.0, 10.0);
    let network = one(Station::steady(3, Duration::exponential(10.0)), &[20.0], 3_000);
    let taken = 20.0 / 60.0 * (1.0 - chain.share(room));
    let measures = [
        Measure {
            name: "share refused",
            of: &|it| it.stations[0].refusals as f64 / it.stations[0].arrivals as f64,
            exact: chain.share(room),
            within: 0.05,
        },
        Measure {
            name: "wait of those taken",
            of: &|it| it.stations[0].waits.mean(),
            exact: chain.queue(servers) / taken,
            within: 0.03,
        },
    ];
    for rule in [Rule::Plain, Rule::Hall] {
        check("M/M/3/6", &network, rule, room - servers, &measures);
    }
}

#[test]
fn impatience_is_erlang_a() {
    // More work than the windows can do: only those who give up keep it stable.
    let chain = with_patience(3, 20.0 / 60.0, 12.0, 45.0);
    let station =
        Station { patience: Some(Duration::exponential(45.0)), ..Station::steady(3, Duration::exponential(12.0)) };
    let network = one(station, &[20.0], 3_000);
    let queue = chain.queue(3);
    let measures = [
        Measure { name: "queue", of: &|it| it.queue(0), exact: queue, within: 0.04 },
        Measure {
            name: "share that gives up",
            of: &|it| it.stations[0].gave_up as f64 / it.stations[0].arrivals as f64,
            exact: queue / 45.0 / (20.0 / 60.0),
            within: 0.04,
        },
        Measure {
            name: "share that waits",
            of: &|it| it.stations[0].waited as f64 / it.stations[0].arrivals as f64,
            exact: 1.0 - (0..3).map(|number| chain.share(number)).sum::<f64>(),
            within: 0.02,
        },
    ];
    for rule in [Rule::Plain, Rule::Hall] {
        check("M/M/3+M", &network, rule, ROOM, &measures);
    }
}

#[test]
fn one_window_with_any_service_time_is_pollaczek_and_khinchine() {
    let rate = 4.5;
    for (name, service) in [
        ("M/D/1", Duration::fixed(10.0)),
        ("M/G/1 lognormal", Duration::Lognormal { mean: 10.0, cv: 0.7 }),
        ("M/G/1 gamma", Duration::Gamma { mean: 10.0, cv: 0.5 }),
        ("M/G/1 Weibull", Duration::Weibull { mean: 10.0, shape: 1.5 }),
        ("M/G/1 empirical", Duration::empirical(vec![5.0, 5.0, 20.0])),
    ] {
        let exact = mg1_wait(rate / 60.0, service.mean(), service.cv());
        if service.cv() == 0.0 {
            assert_eq!(exact, md1_wait(rate / 60.0, 10.0));
        }
        let network = one(Station::steady(1, service), &[rate], 10_000);
        let wait = Measure { name: "wait", of: &|it| it.stations[0].waits.mean(), exact, within: 0.08 };
        check(name, &network, Rule::Plain, ROOM, &[wait]);
    }
}

#[test]
fn urgent_classes_go_first_as_cobham_says() {
    let rates = [1.0, 1.5, 2.0];
    let exact = two_or_more_classes(&rates.map(|rate| rate / 60.0), 10.0);
    let network = one(Station::steady(1, Duration::exponential(10.0)), &rates, 5_000);
    let measures = [
        Measure { name: "first", of: &|it| it.stations[0].waits_by_class[0].mean(), exact: exact[0], within: 0.06 },
        Measure { name: "second", of: &|it| it.stations[0].waits_by_class[1].mean(), exact: exact[1], within: 0.08 },
        Measure { name: "third", of: &|it| it.stations[0].waits_by_class[2].mean(), exact: exact[2], within: 0.15 },
    ];
    for rule in [Rule::Plain, Rule::Hall] {
        check("priority M/M/1", &network, rule, ROOM, &measures);
    }
}

#[test]
fn a_network_with_a_way_back_is_jacksons() {
    // A window, two desks, 15 in 100 sent back to the window, the issuing window.
    let onward = [vec![(0.6, 1), (0.4, 2)], vec![(0.15, 0), (0.85, 3)], vec![(0.15, 0), (0.85, 3)], vec![]];
    let (windows, minutes) = ([4, 3, 3, 1], [10.0, 12.0, 15.0, 2.5]);
    let station = |nth: usize| Station {
        onward: onward[nth].clone(),
        ..Station::steady(windows[nth], Duration::exponential(minutes[nth]))
    };
    let network = Network {
        stations: (0..4).map(station).collect(),
        inflows: vec![Inflow::steady(0, 0, 16.0)],
        warm_up_ms: 1_000 * HOUR_MS,
        end_ms: 5_000 * HOUR_MS,
    };
    let shares =
        |from: usize| (0..4).map(|to| onward[from].iter().find(|it| it.1 == to).map_or(0.0, |it| it.0)).collect();
    let outside = [16.0 / 60.0, 0.0, 0.0, 0.0];
    let flows = flows(&outside, &(0..4).map(shares).collect::<Vec<_>>());
    let queues: Vec<f64> = (0..4).map(|nth| mmc(windows[nth], flows[nth], minutes[nth]).queue).collect();
    let inside: f64 = (0..4).map(|nth| queues[nth] + flows[nth] * minutes[nth]).sum();
    let mut measures: Vec<Measure<'_>> = vec![
        Measure { name: "queue at the window", of: &|it| it.queue(0), exact: queues[0], within: 0.10 },
        Measure { name: "queue at desk 1", of: &|it| it.queue(1), exact: queues[1], within: 0.10 },
        Measure { name: "queue at desk 2", of: &|it| it.queue(2), exact: queues[2], within: 0.10 },
        Measure { name: "queue at the issuing window", of: &|it| it.queue(3), exact: queues[3], within: 0.10 },
    ];
    measures.push(Measure { name: "stay", of: &|it| it.stay_minutes(), exact: inside / outside[0], within: 0.05 });
    check("Jackson", &network, Rule::Plain, ROOM, &measures);
}

#[test]
fn the_hall_serves_as_the_textbook_where_the_textbook_has_a_rule() {
    // Windows close while they serve and open again before they are through.
    let shifts = (0..200).map(|nth| Shift { from_ms: nth * HOUR_MS / 2, servers: [3, 1, 4, 2][nth as usize % 4] });
    let station = Station {
        shifts: shifts.collect(),
        patience: Some(Duration::exponential(30.0)),
        ..Station::steady(0, Duration::exponential(10.0))
    };
    let network = one(station, &[4.0, 6.0, 8.0], 100);
    for seed in 0..20 {
        let [hall, plain] = [Rule::Hall, Rule::Plain].map(|rule| run(&network, rule, 7, seed));
        assert_eq!(format!("{:?}", hall.stations), format!("{:?}", plain.stations), "seed {seed}");
    }
}
