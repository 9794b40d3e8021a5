//! What is broken in the source: told with its place, imported as it stands.

use super::graph::{To, Ways};
use super::source::{Service, State};
use super::tally::Tally;

/// The state in which an instance begins: the first one without a name. When every state has one, DIGIT itself cannot
/// begin; then the flags are all there is to go by.
pub(super) fn start(service: &Service, tally: &mut Tally<'_>) -> usize {
    let states = &service.states;
    let flagged = |state: &State| state.says_start && state.name.is_some();
    if let Some(start) = states.iter().position(|state| state.name.is_none()) {
        for state in states.iter().filter(|state| flagged(state)) {
            tally.lost(
                "isStartState",
                format!("{}/isStartState", state.pointer),
                "DIGIT 从没有名称的状态开始，这个标记不起作用",
                "DIGIT begins in the state without a name: this flag does nothing",
            );
        }
        return start;
    }
    let start = states.iter().position(flagged).unwrap_or(0);
    let taken = states.get(start).map_or("—", |state| state.title());
    let said = (
        format!("没有起始状态：DIGIT 从名称为空的状态开始，这里没有；改从“{taken}”开始"),
        format!("there is no start: DIGIT begins in a state without a name, and here is none; taken is \"{taken}\""),
    );
    let help = ("加一个 state 为 null 的状态", "add a state whose \"state\" is null");
    tally.broken("E-DIGIT-005", &format!("{}/states", service.pointer), said, help);
    start
}

/// Everything else.
pub(super) fn look(service: &Service, ways: &Ways, tally: &mut Tally<'_>) {
    twice(service, tally);
    roles(service, tally);
    ends(service, ways, tally);
    reached(service, ways, tally);
}

fn twice(service: &Service, tally: &mut Tally<'_>) {
    for (nth, state) in service.states.iter().enumerate() {
        if let Some(earlier) = service.states[..nth].iter().find(|earlier| earlier.name == state.name) {
            let said = (
                format!("状态“{}”与 {} 重复：按名称只找得到前一个", state.title(), earlier.pointer),
                format!(
                    "the state \"{}\" stands twice, first at {}: by its name only that one is found",
                    state.title(),
                    earlier.pointer
                ),
            );
            tally.broken("E-DIGIT-006", &state.pointer, said, ("合并或改名", "merge them, or rename one"));
        }
        for (nth, action) in state.actions.iter().enumerate() {
            let same = |earlier: &&super::source::Action| earlier.name.eq_ignore_ascii_case(&action.name);
            if let Some(earlier) = state.actions[..nth].iter().find(same) {
                let said = (
                    format!("动作“{}”与 {} 重复：DIGIT 只执行前一个", action.name, earlier.pointer),
                    format!(
                        "the action \"{}\" stands twice, first at {}: DIGIT only ever takes that one",
                        action.name, earlier.pointer
                    ),
                );
                tally.broken("E-DIGIT-007", &action.pointer, said, ("合并或改名", "merge them, or rename one"));
            }
        }
    }
}

fn roles(service: &Service, tally: &mut Tally<'_>) {
    for action in service.states.iter().flat_map(|state| &state.actions).filter(|action| action.roles.is_empty()) {
        let said = (
            format!("动作“{}”没有角色，谁也不能执行", action.name),
            format!("the action \"{}\" has no roles: nobody can take it", action.name),
        );
        tally.broken(
            "E-DIGIT-008",
            &action.pointer,
            said,
            ("在 roles 里写明由谁执行", "say in \"roles\" who takes it"),
        );
    }
}

fn ends(service: &Service, ways: &Ways, tally: &mut Tally<'_>) {
    for (nth, state) in service.states.iter().enumerate() {
        let begins = nth == ways.start || state.says_start;
        if begins && state.ends {
            let said = (
                format!("状态“{}”既是开始又是结束", state.title()),
                format!("the state \"{}\" is both a start and an end", state.title()),
            );
            let help = ("去掉 isStartState 或 isTerminateState", "take away isStartState or isTerminateState");
            tally.broken("E-DIGIT-009", &state.pointer, said, help);
        } else if state.ends && !state.actions.is_empty() {
            let said = (
                format!("结束状态“{}”还有动作：导入为可以就此结束，也可以继续", state.title()),
                format!(
                    "the terminal state \"{}\" has actions: imported as a step that may end there or go on",
                    state.title()
                ),
            );
            let help =
                ("如果确实还要办理，去掉 isTerminateState", "if there is more to do, take away isTerminateState");
            tally.unusual("W-DIGIT-002", &state.pointer, said, help);
        } else if !state.ends && state.actions.is_empty() {
            let said = (
                format!("状态“{}”没有动作，又不是结束状态：办件到此就再也走不动", state.title()),
                format!(
                    "the state \"{}\" has no actions and is no end: a case that comes here is stuck",
                    state.title()
                ),
            );
            let help = ("加上动作，或标 isTerminateState", "add an action, or mark it isTerminateState");
            tally.broken("E-DIGIT-010", &state.pointer, said, help);
        }
    }
}

/// What cannot be reached from the start, and from where no end can be reached.
fn reached(service: &Service, ways: &Ways, tally: &mut Tally<'_>) {
    let states = &service.states;
    let after = |state: usize| {
        ways.out[state].iter().flat_map(|way| match way.to {
            To::State(next) => Some(next),
            To::Nowhere(_) => None,
        })
    };
    let mut seen = vec![false; states.len()];
    let mut todo = vec![ways.start];
    while let Some(state) = todo.pop() {
        if state < states.len() && !std::mem::replace(&mut seen[state], true) {
            todo.extend(after(state));
        }
    }
    // States without actions are told of as dead ends, and are not told of again.
    let mut good: Vec<bool> = states.iter().map(|state| state.ends || state.actions.is_empty()).collect();
    while let Some(more) = (0..states.len()).find(|state| !good[*state] && after(*state).any(|next| good[next])) {
        good[more] = true;
    }
    for (nth, state) in states.iter().enumerate() {
        if !seen[nth] {
            let said = (
                format!("从开始走不到状态“{}”", state.title()),
                format!("the state \"{}\" cannot be reached from the start", state.title()),
            );
            let help =
                ("让某个动作的 nextState 指向它，或删去它", "let the nextState of an action name it, or remove it");
            tally.broken("E-DIGIT-011", &state.pointer, said, help);
        } else if !good[nth] {
            let said = (
                format!("从状态“{}”走不到任何结束状态", state.title()),
                format!("no terminal state can be reached from \"{}\"", state.title()),
            );
            let help = ("给这一圈加一条出路", "give this round a way out");
            tally.broken("E-DIGIT-012", &state.pointer, said, help);
        }
    }
}
