//! Deciding about conditions: can they hold together, does one take everything, and an example that shows it.
//!
//! Comparisons with constants cut the values of a name into finitely many classes that no condition tells apart: the
//! words of a choice, the stretches between the numbers that are compared with. A condition is then a formula over
//! classes, and a search that halves one name's classes at a time, pruned by three-valued logic, decides it exactly. It
//! gives up after [`SEARCH_STEPS_MAX`] steps and says so.

use std::collections::BTreeMap;

use super::{Condition, Expr, Name, Op, Type, order};
use crate::value::Value;

/// Most steps of one search. A condition has at most 1,000 bytes, so that real ones take a few dozen.
pub(crate) const SEARCH_STEPS_MAX: usize = 20_000;

/// A set of classes of one name.
pub(crate) type Classes = u128;

/// For each name, the classes that are possible.
pub(crate) type Possible = Vec<Classes>;

/// What a name can hold.
#[derive(Clone, Debug)]
pub(crate) struct Holds {
    pub(crate) kind: Type,
    /// Only whole numbers.
    pub(crate) whole: bool,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    /// Whether it can hold nothing: not filled in, or not done yet.
    pub(crate) nothing: bool,
}

impl Holds {
    pub(crate) fn any(kind: Type, nothing: bool) -> Self {
        Self { kind, whole: false, min: None, max: None, nothing }
    }
}

/// A name and its classes, each shown by one of its values; `None` is nothing.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: Name,
    /// As conditions write it.
    written: String,
    pub(crate) classes: Vec<Option<Value>>,
    /// The classes in which something is filled in.
    pub(crate) filled: Classes,
    /// The class of nothing, if that is possible or shares its class with something.
    pub(crate) nothing: Option<usize>,
}

impl Variable {
    /// All of its classes.
    pub(crate) fn all(&self) -> Classes {
        Classes::MAX >> (Classes::BITS as usize - self.classes.len())
    }
}

/// The names that some conditions read.
#[derive(Debug, Default)]
pub(crate) struct Space {
    pub(crate) variables: Vec<Variable>,
    index: BTreeMap<Name, usize>,
}

/// A condition over the classes of a space.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Known(bool),
    /// It reads a name that the space does not have.
    Open,
    Is(usize, Classes),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Search {
    /// These classes do it, whichever is chosen of each name.
    Found(Possible),
    /// Nothing does it.
    Never,
    /// The bound was hit first.
    GaveUp,
}

impl Space {
    /// The space of these conditions. Names that nothing is known of are left out, as are those with more classes than
    /// a set holds; what reads them stays open.
    pub(crate) fn new<'c>(names: &Names, conditions: impl IntoIterator<Item = &'c Condition>) -> Self {
        let mut read: BTreeMap<&Name, Vec<(Op, &Value)>> = BTreeMap::new();
        for condition in conditions {
            comparisons(&condition.expr, &mut |name, one| {
                let compared = read.entry(names.same.get(name).unwrap_or(name)).or_default();
                if !compared.contains(&one) {
                    compared.push(one);
                }
            });
        }
        let mut space = Self::default();
        for (name, compared) in read {
            let Some((written, holds)) = names.known.get(name) else { continue };
            let mut classes: Vec<(Vec<bool>, Option<Value>)> = Vec::new();
            let (mut filled, mut nothing): (Classes, _) = (0, None);
            for value in candidates(holds, &compared) {
                let outcome = |(op, wanted): &(Op, &Value)| op.holds(value.as_ref().and_then(|v| order(v, wanted)));
                let signature: Vec<bool> = compared.iter().map(outcome).collect();
                let class = classes.iter().position(|(known, _)| *known == signature).unwrap_or(classes.len());
                if class >= Classes::BITS as usize {
                    break;
                }
                filled |= if value.is_some() { 1 << class } else { 0 };
                nothing = if value.is_none() { Some(class) } else { nothing };
                match classes.get_mut(class) {
                    Some((_, shown)) if shown.is_none() => *shown = value,
                    Some(_) => {}
                    None => classes.push((signature, value)),
                }
            }
            if classes.len() >= Classes::BITS as usize || classes.is_empty() {
                continue;
            }
            space.index.insert(name.clone(), space.variables.len());
            space.variables.push(Variable {
                name: name.clone(),
                written: written.clone(),
                classes: classes.into_iter().map(|(_, value)| value).collect(),
                filled,
                nothing,
            });
        }
        let same = names.same.iter().filter_map(|(name, of)| Some((name.clone(), space.find(of)?)));
        space.index.extend(same.collect::<Vec<_>>());
        space
    }

    /// Everything is possible.
    pub(crate) fn everything(&self) -> Possible {
        self.variables.iter().map(Variable::all).collect()
    }

    /// Where a name stands among the variables.
    pub(crate) fn find(&self, name: &Name) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// A condition as a test over the classes.
    pub(crate) fn test(&self, condition: &Condition) -> Test {
        self.read(&condition.expr)
    }

    fn read(&self, expr: &Expr) -> Test {
        let among = |name: &Name, holds: &dyn Fn(Option<&Value>) -> bool| {
            let Some(at) = self.find(name) else { return Test::Open };
            let classes = self.variables[at].classes.iter().enumerate();
            let among = classes.filter(|(_, value)| holds(value.as_ref())).fold(0, |set, (class, _)| set | 1 << class);
            Test::Is(at, among)
        };
        let compare = |value: Option<&Value>, op: Op, wanted: &Value| op.holds(value.and_then(|v| order(v, wanted)));
        match expr {
            Expr::Known(known) => Test::Known(*known),
            Expr::And(a, b) => Test::And(self.read(a).into(), self.read(b).into()),
            Expr::Or(a, b) => Test::Or(self.read(a).into(), self.read(b).into()),
            Expr::Not(a) => Test::Not(self.read(a).into()),
            Expr::Compare(name, op, wanted) => among(name, &|value| compare(value, *op, wanted)),
            Expr::In(name, list) => among(name, &|value| list.iter().any(|wanted| compare(value, Op::Equal, wanted))),
        }
    }

    /// Classes in which every test comes out as wanted, within what is possible.
    pub(crate) fn find_case(&self, wanted: &[(&Test, bool)], possible: &Possible) -> Search {
        let mut steps = 0;
        search(wanted, possible.clone(), &mut steps)
    }

    /// One value of each of the names that the tests read, such as `form.area = 300`, in both languages.
    pub(crate) fn example(&self, tests: &[&Test], case: &Possible) -> (String, String) {
        let mut read = Vec::new();
        tests.iter().for_each(|test| test.variables(&mut read));
        let one = |at: &usize| {
            let (any, filled) = (case[*at], case[*at] & self.variables[*at].filled);
            1 << if filled == 0 { any } else { filled }.trailing_zeros()
        };
        let case = (0..case.len()).map(|at| one(&at)).collect();
        self.words(&read, &case)
    }

    /// The values that these names can hold, in both languages.
    pub(crate) fn words(&self, read: &[usize], possible: &Possible) -> (String, String) {
        let mut read = read.to_vec();
        read.sort_unstable();
        read.dedup();
        let shown = |nothing: &str, or: &str| {
            let name = |at: &usize| {
                let variable = &self.variables[*at];
                let classes = variable.classes.iter().enumerate().filter(|(class, _)| possible[*at] & 1 << class != 0);
                let value = |(_, value): (usize, &Option<Value>)| match value {
                    Some(Value::Bool(yes)) => yes.to_string(),
                    Some(Value::Number(n)) => n.to_string(),
                    Some(Value::Text(text)) => format!("'{text}'"),
                    None => nothing.to_owned(),
                };
                format!("{} = {}", variable.written, classes.map(value).collect::<Vec<_>>().join(or))
            };
            read.iter().map(name).collect::<Vec<_>>()
        };
        (shown("（没有）", " 或 ").join("，"), shown("(nothing)", " or ").join(", "))
    }
}

impl Test {
    /// Three-valued: what holds in some of the possible classes only is unknown.
    pub(crate) fn holds(&self, possible: &[Classes]) -> Option<bool> {
        match self {
            Self::Known(known) => Some(*known),
            Self::Open => None,
            Self::Is(at, among) if possible[*at] & !among == 0 => Some(true),
            Self::Is(at, among) if possible[*at] & among == 0 => Some(false),
            Self::Is(..) => None,
            Self::And(a, b) => match a.holds(possible) {
                Some(false) => Some(false),
                Some(true) => b.holds(possible),
                None => b.holds(possible).filter(|holds| !holds),
            },
            Self::Or(a, b) => match a.holds(possible) {
                Some(true) => Some(true),
                Some(false) => b.holds(possible),
                None => b.holds(possible).filter(|holds| *holds),
            },
            Self::Not(a) => a.holds(possible).map(|holds| !holds),
        }
    }

    /// The names it reads, as variables of the space.
    pub(crate) fn variables(&self, into: &mut Vec<usize>) {
        match self {
            Self::Known(_) | Self::Open => {}
            Self::Is(at, _) => into.push(*at),
            Self::And(a, b) | Self::Or(a, b) => {
                a.variables(into);
                b.variables(into);
            }
            Self::Not(a) => a.variables(into),
        }
    }

    /// A comparison that the possible classes leave undecided.
    fn undecided(&self, possible: &[Classes]) -> Option<(usize, Classes)> {
        match self {
            Self::Known(_) | Self::Open => None,
            Self::Is(at, among) => {
                let split = possible[*at] & among != 0 && possible[*at] & !among != 0;
                split.then_some((*at, *among))
            }
            Self::And(a, b) | Self::Or(a, b) => a.undecided(possible).or_else(|| b.undecided(possible)),
            Self::Not(a) => a.undecided(possible),
        }
    }
}

fn search(wanted: &[(&Test, bool)], mut possible: Possible, steps: &mut usize) -> Search {
    *steps += 1;
    if *steps > SEARCH_STEPS_MAX {
        return Search::GaveUp;
    }
    let mut next = None;
    for (test, wish) in wanted {
        match test.holds(&possible) {
            Some(holds) if holds != *wish => return Search::Never,
            Some(_) => {}
            None => next = next.or_else(|| test.undecided(&possible)),
        }
    }
    let Some((at, among)) = next else { return Search::Found(possible) };
    let whole = possible[at];
    for half in [whole & among, whole & !among] {
        possible[at] = half;
        match search(wanted, possible.clone(), steps) {
            Search::Never => {}
            found => return found,
        }
    }
    Search::Never
}

/// The comparisons of a condition.
fn comparisons<'e>(expr: &'e Expr, each: &mut impl FnMut(&'e Name, (Op, &'e Value))) {
    match expr {
        Expr::Known(_) => {}
        Expr::And(a, b) | Expr::Or(a, b) => {
            comparisons(a, each);
            comparisons(b, each);
        }
        Expr::Not(a) => comparisons(a, each),
        Expr::Compare(name, op, value) => each(name, (*op, value)),
        Expr::In(name, list) => list.iter().for_each(|value| each(name, (Op::Equal, value))),
    }
}

/// Values of which every class has at least one.
fn candidates(holds: &Holds, compared: &[(Op, &Value)]) -> Vec<Option<Value>> {
    let mut values: Vec<Option<Value>> = match &holds.kind {
        Type::Bool => [true, false].map(|yes| Some(Value::Bool(yes))).into(),
        Type::Choice(words) => words.iter().map(|word| Some(Value::Text(word.clone()))).collect(),
        Type::Number => {
            let constants = compared.iter().filter_map(|(_, value)| match value {
                Value::Number(n) => Some(*n),
                _ => None,
            });
            numbers(holds, constants.collect()).into_iter().map(|n| Some(Value::Number(n))).collect()
        }
        Type::Date | Type::Text => {
            let mut texts: Vec<&str> = compared
                .iter()
                .filter_map(|(_, value)| match value {
                    Value::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect();
            texts.sort_unstable();
            texts.dedup();
            let others = if holds.kind == Type::Date { days(&texts) } else { vec![other_text(&texts)] };
            let texts = texts.into_iter().map(str::to_owned);
            others.into_iter().chain(texts).map(|text| Some(Value::Text(text))).collect()
        }
    };
    values.extend(holds.nothing.then_some(None));
    values
}

/// The constants that the name can be, and a number from each stretch between them.
fn numbers(holds: &Holds, mut constants: Vec<f64>) -> Vec<f64> {
    constants.sort_by(f64::total_cmp);
    constants.dedup();
    let fits = |n: f64| {
        holds.min.is_none_or(|min| n >= min)
            && holds.max.is_none_or(|max| n <= max)
            && (!holds.whole || n.fract() == 0.0)
    };
    let mut values = Vec::new();
    for nth in 0..=constants.len() {
        let low = nth.checked_sub(1).map(|before| constants[before]);
        let high = constants.get(nth).copied();
        let inside = |n: &f64| low.is_none_or(|low| *n > low) && high.is_none_or(|high| *n < high) && fits(*n);
        let middle = low.zip(high).map(|(low, high)| low + (high - low) / 2.0);
        let near = [
            low.map(|low| low.floor() + 1.0),
            high.map(|high| high.ceil() - 1.0),
            middle,
            holds.min.map(f64::ceil),
            holds.max.map(f64::floor),
            holds.min,
            holds.max,
            low.zip(holds.max).map(|(low, max)| low + (max - low) / 2.0),
            high.zip(holds.min).map(|(high, min)| min + (high - min) / 2.0),
            Some(0.0),
        ];
        values.extend(near.into_iter().flatten().find(inside));
        values.extend(high.filter(|high| fits(*high)));
    }
    values
}

/// A day from each stretch between these days.
fn days(days: &[&str]) -> Vec<String> {
    let parsed: Vec<jiff::civil::Date> = days.iter().filter_map(|day| day.parse().ok()).collect();
    let mut between: Vec<jiff::civil::Date> = Vec::new();
    between.extend(parsed.first().and_then(|day| day.yesterday().ok()));
    between.extend(parsed.iter().filter_map(|day| day.tomorrow().ok()).filter(|day| !parsed.contains(day)));
    between.iter().map(ToString::to_string).collect()
}

/// A text that none of these is.
fn other_text(texts: &[&str]) -> String {
    let mut other = "…".to_owned();
    while texts.contains(&other.as_str()) {
        other.push('…');
    }
    other
}

/// The names that conditions may read, each as it is written, with what it can hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    known: BTreeMap<Name, (String, Holds)>,
    /// Names that hold the same as another one: a field that a question answers.
    same: BTreeMap<Name, Name>,
}

impl Names {
    /// A field of the form, unless a question answers it.
    pub(crate) fn form(&mut self, id: &str, holds: Holds) {
        if !self.same.contains_key(&Name::Form(id.into())) {
            self.known.insert(Name::Form(id.into()), (format!("form.{id}"), holds));
        }
    }

    /// A question; it answers the field of the same id as well.
    pub(crate) fn answer(&mut self, id: &str, kind: Type) {
        let name = Name::Answer(id.into());
        self.same.insert(Name::Form(id.into()), name.clone());
        self.known.insert(name, (format!("answer.{id}"), Holds::any(kind, false)));
    }

    /// The outcome of a step.
    pub(crate) fn outcome(&mut self, node: u16, id: &str, words: &[&str]) {
        let kind = Type::Choice(words.iter().map(|word| (*word).to_owned()).collect());
        self.known.insert(Name::Outcome(node), (format!("outcome.{id}"), Holds::any(kind, true)));
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, Names, Search, Space};
    use crate::condition::{Condition, Scope, Type};

    fn decide(tests: &[(&str, bool)]) -> Option<(String, String)> {
        let words = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let (mut scope, mut names) = (Scope::default(), Names::default());
        let whole = Holds { whole: true, min: Some(0.0), max: Some(10.0), ..Holds::any(Type::Number, false) };
        for (id, holds) in [
            ("n", Holds::any(Type::Number, false)),
            ("maybe", Holds::any(Type::Number, true)),
            ("whole", whole),
            ("yes", Holds::any(Type::Bool, false)),
            ("word", Holds::any(Type::Choice(words), false)),
            ("day", Holds::any(Type::Date, false)),
            ("text", Holds::any(Type::Text, false)),
        ] {
            scope.field(id, holds.kind.clone());
            names.form(id, holds);
        }
        let conditions: Vec<Condition> =
            tests.iter().map(|(text, _)| Condition::compile(text, &scope).expect("a condition")).collect();
        let space = Space::new(&names, &conditions);
        let read: Vec<_> = conditions.iter().map(|condition| space.test(condition)).collect();
        let wanted: Vec<_> = read.iter().zip(tests).map(|(test, (_, wish))| (test, *wish)).collect();
        match space.find_case(&wanted, &space.everything()) {
            Search::Found(case) => Some(space.example(&read.iter().collect::<Vec<_>>(), &case)),
            Search::Never => None,
            Search::GaveUp => panic!("given up: {tests:?}"),
        }
    }

    #[test]
    fn what_can_hold_together_and_what_cannot() {
        for (tests, example) in [
            (&[("form.n >= 300", true), ("form.n < 300", true)][..], None),
            (&[("form.n > 1", true), ("form.n < 2", true)], Some("form.n = 1.5")),
            (&[("form.whole > 1", true), ("form.whole < 2", true)], None),
            (&[("form.whole > 10", true)], None),
            (&[("form.whole < 0", true)], None),
            (&[("form.whole >= 10", true)], Some("form.whole = 10")),
            (&[("form.n != 3", false)], Some("form.n = 3")),
            (&[("form.maybe >= 3", false), ("form.maybe < 3", false)], Some("form.maybe = (nothing)")),
            (&[("form.n >= 3", false), ("form.n < 3", false)], None),
            (&[("form.word in ['a', 'b']", true), ("form.word != 'a'", true)], Some("form.word = 'b'")),
            (&[("form.word != 'a' && form.word != 'b'", true), ("form.word == 'c'", false)], None),
            (&[("form.day > '2026-01-01'", true), ("form.day < '2026-01-02'", true)], None),
            (&[("form.day > '2026-01-01'", true), ("form.day < '2026-01-03'", true)], Some("form.day = '2026-01-02'")),
            (&[("form.text == 'x'", true), ("form.text == 'y'", true)], None),
            (&[("form.text == 'x'", false)], Some("form.text = '…'")),
            (&[("form.yes || form.n > 3", true), ("form.yes", false), ("form.n > 3", false)], None),
            (&[("!(form.yes && form.n > 3)", true), ("form.yes", true)], Some("form.n = 2, form.yes = true")),
        ] {
            let found = decide(tests).map(|(_, en)| en);
            assert_eq!(found.as_deref(), example, "{tests:?}");
        }
    }

    #[test]
    fn the_longest_conditions_are_decided() {
        let many: Vec<String> = (0..60).map(|n| format!("form.n == {n}")).collect();
        let (all, none) = (many.join("||"), many.join("&&"));
        assert_eq!(decide(&[(&all, true), ("form.n > 59", true)]), None);
        assert_eq!(decide(&[(&none, true)]), None);
    }
}
