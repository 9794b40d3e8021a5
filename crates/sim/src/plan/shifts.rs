//! Numbers of seats by quarter-hour become shifts that people can work.

/// A stretch of duty: indexes of open quarter-hours, the end not included.
pub(super) type Shift = (usize, usize);

/// Shifts of at least `least` quarter-hours that man every quarter-hour with what it needs.
pub(super) fn cover(need: &[u32], least: usize) -> Vec<Shift> {
    let (length, least) = (need.len(), least.clamp(1, need.len().max(1)));
    let mut shifts = Vec::new();
    let mut manned = vec![0; length];
    while let Some(from) = (0..length).find(|&at| manned[at] < need[at]) {
        let run = (from..length).take_while(|&at| manned[at] < need[at]).count();
        let run = run.max(least);
        let from = from.min(length - run);
        shifts.push((from, from + run));
        manned[from..from + run].iter_mut().for_each(|seats| *seats += 1);
    }
    shifts
}

/// How many are on duty in each of `length` quarter-hours.
pub(super) fn manned(shifts: &[Shift], length: usize) -> Vec<u32> {
    (0..length).map(|at| shifts.iter().filter(|it| (it.0..it.1).contains(&at)).count() as u32).collect()
}

/// Quarter-hours of duty of all together.
pub(super) fn quarters(shifts: &[Shift]) -> usize {
    shifts.iter().map(|it| it.1 - it.0).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_man_what_is_needed_and_are_long_enough() {
        let check = |need: &[u32], least: usize, expect: &[Shift]| {
            let shifts = cover(need, least);
            assert_eq!(shifts, expect, "{need:?}, {least}");
            let manned = manned(&shifts, need.len());
            assert!(manned.iter().zip(need).all(|(is, must)| is >= must));
            assert!(shifts.iter().all(|it| it.1 - it.0 >= least.min(need.len())));
        };
        check(&[1, 1, 1, 1], 1, &[(0, 4)]);
        check(&[1, 2, 2, 1], 1, &[(0, 4), (1, 3)]);
        check(&[1, 2, 1, 2], 1, &[(0, 4), (1, 2), (3, 4)]);
        check(&[1, 2, 1, 2], 3, &[(0, 4), (1, 4)]);
        // Too late for a whole shift: it begins earlier.
        check(&[0, 0, 0, 1], 3, &[(1, 4)]);
        check(&[0, 3, 0, 0], 2, &[(1, 3), (1, 3), (1, 3)]);
        check(&[2], 9, &[(0, 1), (0, 1)]);
        check(&[], 4, &[]);
    }
}
