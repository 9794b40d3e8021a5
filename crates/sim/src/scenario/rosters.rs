//! What may be wrong with rosters, tides and histories.

use onething_engine::Workflow;
use onething_engine::definition::{Node, QueueName};
use onething_policy::ArrivalRates;

use super::file::Channel;
use super::read::Check;
use super::tide::{Stretch, TideBy, manned};

impl Check<'_> {
    /// Nobody is on duty twice, and no more are than there are seats and people.
    pub(super) fn rosters(&mut self) {
        for (nth, group) in self.document.value.staff.iter().enumerate() {
            if group.target.is_some() && group.queues.iter().any(|queue| self.stands_at(queue)) {
                let (zh, en) = (
                    "这里有人排队等候，目标写在情景的“target”里",
                    "people wait here in person: the scenario's own \"target\" holds",
                );
                self.wrong("E-SCN-029", &format!("/staff/{nth}/target"), zh, en);
            }
            if let Some(people) = group.people.filter(|people| *people < group.seats) {
                let seats = group.seats;
                let zh = format!("有 {seats} 个席位，却只有 {people} 人");
                let en = format!("there are {seats} seats, but only {people} people");
                self.wrong("E-SCN-028", &format!("/staff/{nth}/people"), zh, en);
            }
            let at = format!("/staff/{nth}/roster");
            if !(group.roster.is_empty() || group.hours.is_empty()) {
                let (zh, en) = ("“roster”与“hours”不能同时写", "\"roster\" and \"hours\" must not both stand here");
                self.wrong("E-SCN-022", &at, zh, en);
            }
            self.stretches(&at, &group.roster, group.seats);
        }
    }

    /// Whether people stand in a queue.
    fn stands_at(&self, queue: &str) -> bool {
        let mut arrivals = self.document.value.arrivals.iter().filter(|it| it.channel == Channel::Window);
        arrivals.any(|it| match (&it.queue, &it.package) {
            (Some(own), _) => own == queue,
            (None, Some(package)) => {
                self.workflows.get(package).and_then(|it| intake(it)).is_some_and(|it| it == *queue)
            }
            (None, None) => false,
        })
    }

    fn stretches(&mut self, at: &str, stretches: &[Stretch], seats: u32) {
        for (nth, stretch) in stretches.iter().enumerate() {
            if stretch.hours.from >= stretch.hours.to {
                let (zh, en) = ("开始须早于结束", "it must begin before it ends");
                self.wrong("E-SCN-023", &format!("{at}/{nth}/hours"), zh, en);
                return;
            }
        }
        let most = (0..7).flat_map(|day| manned(stretches, day)).map(|it| it.2).max().unwrap_or(0);
        if most > seats {
            let (zh, en) =
                (format!("同时有 {most} 个，而只有 {seats} 个"), format!("{most} at a time, but there are {seats}"));
            self.wrong("E-SCN-023", at, zh, en);
        }
    }

    /// Whether a table of rates is one.
    pub(super) fn history(&mut self, at: &str, rates: &ArrivalRates) {
        if let Err(error) = rates.check("") {
            let pointer = format!("{at}{}", error.field.replace('.', "/"));
            let zh = format!("到达表在这里不成立：{}", error.got);
            let en = format!("expected {}, but got {}", error.expected, error.got);
            self.wrong("E-SCN-024", &pointer, zh, en);
        }
    }

    pub(super) fn tides(&mut self) {
        let document = self.document;
        for (nth, tide) in document.value.tides.iter().enumerate() {
            let at = format!("/tides/{nth}");
            let served = document.value.staff.iter().flat_map(|it| &it.queues).map(String::as_str);
            if !served.clone().any(|queue| queue == tide.queue) {
                self.unknown(
                    "E-SCN-015",
                    &format!("{at}/queue"),
                    ("人员办理的队列", "queue that anybody serves"),
                    &tide.queue,
                    served,
                );
            }
            for (group, name) in tide.lend.groups.iter().enumerate() {
                if !document.value.staff.iter().any(|it| it.name == *name) {
                    let known = document.value.staff.iter().map(|it| it.name.as_str());
                    self.unknown(
                        "E-SCN-020",
                        &format!("{at}/lend/groups/{group}"),
                        ("人员", "staff group"),
                        name,
                        known,
                    );
                }
            }
            let lenders = document.value.staff.iter().filter(|it| tide.lend.groups.contains(&it.name));
            let few = lenders.filter_map(|it| Some((&it.name, it.people?))).find(|it| it.1 < tide.lend.keep);
            if let Some((name, people)) = few {
                let keep = tide.lend.keep;
                let zh = format!("“{name}”至少留 {keep} 人，却只有 {people} 人");
                let en = format!("{keep} must stay at \"{name}\", but there are only {people} people");
                self.wrong("E-SCN-028", &format!("{at}/lend/keep"), zh, en);
            }
            if tide.open_above_minutes.unwrap_or(20.0) <= tide.close_below_minutes.unwrap_or(5.0) {
                let (zh, en) =
                    ("开窗的等候时间须长于关窗的", "the wait that opens must be longer than the wait that closes");
                self.wrong("E-SCN-021", &format!("{at}/open_above_minutes"), zh, en);
            }
            self.policy(&format!("{at}/policy"), &tide.policy, tide.windows);
            self.stretch(&at, tide.from_day, tide.to_day, &Vec::new());
        }
    }

    fn policy(&mut self, at: &str, policy: &TideBy, windows: u32) {
        match policy {
            TideBy::Roster { stretches } => self.stretches(&format!("{at}/stretches"), stretches, windows),
            TideBy::Learned { rates, weeks } => {
                if let Some(rates) = rates {
                    self.history(&format!("{at}/rates"), rates);
                }
                if rates.is_some() && weeks.is_some() {
                    let (zh, en) = ("“rates”与“weeks”不能同时写", "\"rates\" and \"weeks\" must not both stand here");
                    self.wrong("E-SCN-025", &format!("{at}/weeks"), zh, en);
                }
            }
            TideBy::None | TideBy::Threshold | TideBy::Forecast => {}
        }
    }
}

/// The queue at which a package or matter is handed in.
fn intake(workflow: &Workflow) -> Option<QueueName> {
    let mut steps = workflow.plan(0).graph.steps();
    steps.find(|(_, step)| matches!(step.node, Node::Intake { .. }))?.1.queue
}
