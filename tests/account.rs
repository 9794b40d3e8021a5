//! A checker outside the system: what must be true of a centre's histories, whatever broke while they came about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use onething_engine::apply;
use onething_engine::case::Case;
use onething_engine::event::Event;
use onething_store::{CaseId, CentreId, Filter, Record, Store, Verdict};
use onething_worker::Recorded;

const PAGE: usize = 500;

/// What the histories of a centre say, each of which was found to be whole.
#[derive(Default)]
pub(crate) struct Account {
    /// The commands that stand in them, with who gave each; each in one of them, in one place.
    pub(crate) commands: BTreeMap<String, String>,
    /// Those of them that opened a case, one for each case.
    pub(crate) submissions: BTreeSet<String>,
    /// When the first and the last event happened, by legal time.
    pub(crate) span: Option<(i64, i64)>,
}

/// Reads every history of a centre and proves that
/// - it verifies, and the state is what it says; the case is over;
/// - each command stands in one history only, its records beside each other;
/// - it holds nothing unasked: it begins with the one submission, and what else it holds completes a step or fires a timer
///   that it had opened or set before, each step completed once and under one fence.
pub(crate) async fn of(store: &dyn Store, centre: &CentreId) -> Account {
    let (mut account, mut after): (Account, Option<CaseId>) = (Account::default(), None);
    loop {
        let cases = store.search(centre, &Filter::default(), after.as_ref(), PAGE).await.unwrap();
        for found in &cases {
            account.take(store, centre, &found.case).await;
        }
        match cases.last() {
            Some(last) if cases.len() == PAGE => after = Some(last.case.clone()),
            _ => return account,
        }
    }
}

impl Account {
    async fn take(&mut self, store: &dyn Store, centre: &CentreId, case: &CaseId) {
        let verdict = store.verify(centre, case).await.unwrap();
        assert!(matches!(verdict, Some(Verdict::Intact { .. })), "{case}: {verdict:?}");
        let (mut read, mut from) = (Reading::of(case), 1);
        loop {
            let page = store.history(centre, case, from, PAGE).await.unwrap();
            if page.is_empty() {
                break;
            }
            from += page.len() as u64;
            page.iter().for_each(|record| read.take(record));
        }
        let state: Case = serde_json::from_slice(&store.load(centre, case).await.unwrap().unwrap().state).unwrap();
        assert_eq!(read.rebuilt, state, "{case}");
        assert!(state.status.is_closed(), "{case} is not over: {:?}", state.status);
        let Reading { commands, moments, .. } = read;
        for (number, (command, by)) in commands.into_iter().enumerate() {
            if number == 0 {
                self.submissions.insert(command.clone());
            }
            let twice = self.commands.insert(command.clone(), by);
            assert_eq!(twice, None, "{command} stands in {case}, and also elsewhere");
        }
        let (first, last) = self.span.unwrap_or(moments);
        self.span = Some((first.min(moments.0), last.max(moments.1)));
    }

    /// What was acknowledged is there.
    pub(crate) fn holds<'a>(&self, acknowledged: impl IntoIterator<Item = &'a str>) {
        for command in acknowledged {
            assert!(self.commands.contains_key(command), "{command} was acknowledged and is lost");
        }
    }
}

/// One history as it is read.
struct Reading<'a> {
    case: &'a CaseId,
    rebuilt: Case,
    /// With who gave them, in order.
    commands: Vec<(String, String)>,
    /// Steps that were opened, and those that were completed.
    opened: BTreeSet<u32>,
    closed: BTreeSet<u32>,
    timers: BTreeSet<u32>,
    moments: (i64, i64),
}

impl<'a> Reading<'a> {
    fn of(case: &'a CaseId) -> Self {
        let (opened, closed, timers) = Default::default();
        Self { case, rebuilt: Case::default(), commands: Vec::new(), opened, closed, timers, moments: (i64::MAX, 0) }
    }

    fn take(&mut self, record: &Record) {
        let case = self.case;
        let recorded: Recorded = serde_json::from_slice(&record.payload).unwrap();
        let command = record.command.as_str();
        if self.commands.last().is_none_or(|(last, _)| last != command) {
            let twice = self.commands.iter().any(|(before, _)| before == command);
            assert!(!twice, "{case}: {command} was done, and at {} again", record.version);
            assert!(self.is_asked(command, &recorded), "{case}: nobody asked for {command}");
            self.commands.push((command.to_owned(), recorded.by.to_string()));
        }
        match &recorded.event {
            Event::TaskOpened { task, .. } => drop(self.opened.insert(*task)),
            Event::TimerSet { timer, .. } => drop(self.timers.insert(*timer)),
            Event::TaskClosed { task, .. } => {
                assert!(self.closed.insert(*task), "{case}: the step {task} was completed twice");
            }
            _ => {}
        }
        self.moments = (self.moments.0.min(recorded.at), self.moments.1.max(recorded.at));
        apply(&mut self.rebuilt, &recorded.event, recorded.at);
    }

    /// The submission comes first. A step's command names its task and its fence, a timer's its timer; what an applicant
    /// answers names the step that waited for it.
    fn is_asked(&self, command: &str, recorded: &Recorded) -> bool {
        let stands = |task: u32| self.opened.contains(&task) && !self.closed.contains(&task);
        if self.commands.is_empty() {
            return matches!(recorded.event, Event::Submitted(_));
        }
        let answered = ["supply/", "answer/"].iter().find_map(|word| command.strip_prefix(word));
        if let Some(answered) = answered {
            let task = answered.strip_prefix(self.case.as_str()).and_then(|rest| rest.strip_prefix('#'));
            return task.and_then(|task| task.parse().ok()).is_some_and(stands);
        }
        let Some(rest) = command.strip_prefix(self.case.as_str()) else { return false };
        if let Some(timer) = rest.strip_prefix('@') {
            return timer.parse().is_ok_and(|timer| self.timers.contains(&timer));
        }
        let step = rest.strip_prefix('#').and_then(|rest| rest.split_once('/'));
        step.is_some_and(|(task, fence)| fence.parse::<u64>().is_ok() && task.parse().is_ok_and(stands))
    }
}

/// The lines of a file of acknowledged commands. The last may have been cut by a kill.
pub(crate) fn acknowledged(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
    whole.lines().map(str::to_owned).collect()
}
