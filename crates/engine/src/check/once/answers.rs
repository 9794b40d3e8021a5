//! Every combination of what applicants answer, as far as conditions tell answers apart, and sets of them.
//!
//! A set of combinations is a row of bits, so what holds for thousands of combinations is computed at once.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

use crate::condition::Name;
use crate::condition::space::{Classes, Space, Test};

/// Most combinations looked at one by one. Past it they are chosen so that every two answers stand together in one of
/// them, which finds whatever depends on two answers and may miss what depends on three.
pub(crate) const COMBINATIONS_MAX: usize = 4096;

/// The combinations.
pub(crate) struct Answers {
    pub(crate) space: Space,
    /// For each variable and class, the combinations that have it.
    having: Vec<Vec<FixedBitSet>>,
    /// For each variable that is a field, the combinations with which it is asked.
    asked: Vec<Option<FixedBitSet>>,
    pub(crate) all: FixedBitSet,
    /// How many combinations there are, when they are too many.
    pub(crate) too_many: Option<u128>,
}

/// Where a test may hold and where it surely does, whatever comes out of the steps.
#[derive(Clone, Debug)]
pub(crate) struct Where {
    pub(crate) may: FixedBitSet,
    pub(crate) must: FixedBitSet,
}

impl Answers {
    /// All combinations over a space; `may_be_left_out` says which fields need not be filled in.
    pub(crate) fn new(space: Space, may_be_left_out: impl Fn(&Name) -> bool) -> Self {
        let given: Vec<Vec<usize>> = space
            .variables
            .iter()
            .map(|variable| {
                let left_out = variable.nothing.filter(|_| may_be_left_out(&variable.name));
                let given = |class: &usize| variable.filled & 1 << class != 0 || Some(*class) == left_out;
                (0..variable.classes.len()).filter(given).collect()
            })
            .collect();
        let sizes: Vec<usize> = given.iter().map(Vec::len).collect();
        let count = sizes.iter().fold(1_u128, |count, size| count.saturating_mul(*size as u128));
        let too_many = (count > COMBINATIONS_MAX as u128).then_some(count);
        let rows = if too_many.is_some() { pairwise(&sizes) } else { product(&sizes) };
        let none = FixedBitSet::with_capacity(rows.len());
        let mut having: Vec<Vec<FixedBitSet>> =
            space.variables.iter().map(|variable| vec![none.clone(); variable.classes.len()]).collect();
        for (nth, row) in rows.iter().enumerate() {
            for (at, choice) in row.iter().enumerate() {
                having[at][given[at][*choice]].insert(nth);
            }
        }
        let mut all = none;
        all.insert_range(..);
        let asked = vec![None; space.variables.len()];
        Self { space, having, asked, all, too_many }
    }

    /// No combination.
    pub(crate) fn none(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.all.len())
    }

    /// Says with which combinations a field is asked; with the others it holds nothing. Whether that is new.
    pub(crate) fn ask(&mut self, at: usize, asked: FixedBitSet) -> bool {
        let new = self.asked[at].as_ref() != Some(&asked);
        self.asked[at] = Some(asked);
        new
    }

    /// The combinations with which a field is not asked.
    pub(crate) fn not_asked(&self, at: usize) -> FixedBitSet {
        self.asked[at].as_ref().map_or_else(|| self.none(), |asked| without(&self.all, asked))
    }

    /// Where a test holds.
    pub(crate) fn places(&self, test: &Test) -> Where {
        self.places_with(test, None)
    }

    /// Where a test holds when one variable has this class, whatever was answered.
    pub(crate) fn places_with(&self, test: &Test, fixed: Option<(usize, usize)>) -> Where {
        let same = |set: FixedBitSet| Where { must: set.clone(), may: set };
        match test {
            Test::Known(true) => same(self.all.clone()),
            Test::Known(false) => same(self.none()),
            Test::Open => Where { may: self.all.clone(), must: self.none() },
            Test::Is(at, among) => match fixed {
                Some((fixed, class)) if fixed == *at => {
                    same(if among & 1 << class != 0 { self.all.clone() } else { self.none() })
                }
                _ => same(self.having_one_of(*at, *among)),
            },
            Test::And(a, b) => {
                let (a, b) = (self.places_with(a, fixed), self.places_with(b, fixed));
                Where { may: &a.may & &b.may, must: &a.must & &b.must }
            }
            Test::Or(a, b) => {
                let (a, b) = (self.places_with(a, fixed), self.places_with(b, fixed));
                Where { may: &a.may | &b.may, must: &a.must | &b.must }
            }
            Test::Not(a) => {
                let a = self.places_with(a, fixed);
                Where { may: without(&self.all, &a.must), must: without(&self.all, &a.may) }
            }
        }
    }

    fn having_one_of(&self, at: usize, among: Classes) -> FixedBitSet {
        let mut set = self.none();
        let classes = self.having[at].iter().enumerate().filter(|(class, _)| among & 1 << class != 0);
        classes.for_each(|(_, having)| set.union_with(having));
        if let Some(asked) = &self.asked[at] {
            set.intersect_with(asked);
            if self.space.variables[at].nothing.is_some_and(|nothing| among & 1 << nothing != 0) {
                set.union_with(&without(&self.all, asked));
            }
        }
        set
    }

    /// Where a test depends on a variable: some of its classes give another outcome than others.
    pub(crate) fn depends(&self, test: &Test, at: usize) -> FixedBitSet {
        let mut read = Vec::new();
        test.variables(&mut read);
        let mut depends = self.none();
        if !read.contains(&at) {
            return depends;
        }
        let first = self.places_with(test, Some((at, 0)));
        for class in 1..self.space.variables[at].classes.len() {
            let other = self.places_with(test, Some((at, class)));
            depends.union_with(&(&first.may ^ &other.may));
            depends.union_with(&(&first.must ^ &other.must));
        }
        depends
    }

    /// What was answered in the first of some combinations: only what it takes for a combination to be one of them, in
    /// both languages.
    pub(crate) fn words(&self, combinations: &FixedBitSet) -> (String, String) {
        let Some(first) = combinations.ones().next() else { return (String::new(), String::new()) };
        let mut possible = self.space.everything();
        let mut read = Vec::new();
        for (at, classes) in self.having.iter().enumerate() {
            let asked = self.asked[at].as_ref().is_none_or(|asked| asked.contains(first));
            let Some(class) = classes.iter().position(|having| having.contains(first)).filter(|_| asked) else {
                continue;
            };
            possible[at] = 1 << class;
            read.push((at, class));
        }
        let mut nth = 0;
        while nth < read.len() {
            let mut agreeing = self.all.clone();
            let others = read.iter().enumerate().filter(|(other, _)| *other != nth);
            others.for_each(|(_, (at, class))| agreeing.intersect_with(&self.having[*at][*class]));
            if agreeing.is_subset(combinations) {
                read.remove(nth);
            } else {
                nth += 1;
            }
        }
        let read: Vec<usize> = read.into_iter().map(|(at, _)| at).collect();
        self.space.words(&read, &possible)
    }
}

/// What is in the first set and not in the second.
pub(crate) fn without(one: &FixedBitSet, other: &FixedBitSet) -> FixedBitSet {
    let mut rest = one.clone();
    rest.difference_with(other);
    rest
}

/// All rows of choices, one for each combination.
fn product(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new()];
    for size in sizes {
        let longer = |row: &Vec<usize>| {
            let row = row.clone();
            (0..*size).map(move |choice| row.iter().copied().chain([choice]).collect())
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    rows
}

/// Rows in which every choice of one stands with every choice of every other at least once (Lei and Tai 1998: one
/// parameter after the other, first along the rows, then with new ones).
fn pairwise(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut rows = product(&sizes[..sizes.len().min(2)]);
    for nth in 2..sizes.len() {
        let pairs = |at: usize| (0..sizes[at]).flat_map(move |a| (0..sizes[nth]).map(move |b| (at, a, b)));
        let mut open: BTreeSet<(usize, usize, usize)> = (0..nth).flat_map(pairs).collect();
        for row in &mut rows {
            let gain = |b: usize| row.iter().enumerate().filter(|(at, a)| open.contains(&(*at, **a, b))).count();
            let best = (0..sizes[nth]).rev().max_by_key(|b| gain(*b)).unwrap_or_default();
            row.iter().enumerate().for_each(|(at, a)| _ = open.remove(&(at, *a, best)));
            row.push(best);
        }
        while let Some((at, a, b)) = open.first().copied() {
            let choose = |other: usize| {
                let wanted = (0..sizes[other]).find(|choice| open.contains(&(other, *choice, b)));
                if other == at { a } else { wanted.unwrap_or_default() }
            };
            let mut row: Vec<usize> = (0..nth).map(choose).collect();
            row.iter().enumerate().for_each(|(at, a)| _ = open.remove(&(at, *a, b)));
            row.push(b);
            rows.push(row);
        }
    }
    rows.truncate(COMBINATIONS_MAX);
    rows
}

#[cfg(test)]
mod tests {
    use super::{pairwise, product};

    #[test]
    fn every_two_choices_stand_together_in_few_rows() {
        for (sizes, most) in [(vec![2; 20], 30), (vec![4, 2, 3, 5, 2, 2, 7], 60), (vec![3], 3), (vec![], 1)] {
            let rows = pairwise(&sizes);
            for one in 0..sizes.len() {
                for other in one + 1..sizes.len() {
                    for (a, b) in (0..sizes[one]).flat_map(|a| (0..sizes[other]).map(move |b| (a, b))) {
                        assert!(
                            rows.iter().any(|row| row[one] == a && row[other] == b),
                            "{sizes:?} {one}={a} {other}={b}"
                        );
                    }
                }
            }
            assert!(rows.len() <= most, "{sizes:?}: {}", rows.len());
        }
        assert_eq!(product(&[2, 3]).len(), 6);
    }
}
