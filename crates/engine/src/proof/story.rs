//! A flaw in words: which way a case goes, and what is wrong when it has come there.

use std::collections::BTreeSet;

use super::{Flaw, Model, Reason};
use crate::text::Title;

/// Most steps of a run that are told; a longer one is cut in the middle.
const STEPS_MAX: usize = 40;

impl Flaw {
    /// The nodes of the run, in the order in which they fire.
    pub fn nodes(&self) -> impl Iterator<Item = u32> + '_ {
        self.run.iter().map(|firing| firing.node)
    }

    /// Tells the run and what is wrong at its end.
    #[must_use]
    pub fn told(&self, model: &Model, name: impl Fn(u32) -> String) -> Title {
        let (zh, en) = self.end(model, &name);
        if self.run.is_empty() {
            return Title::new(zh, en);
        }
        let (way_zh, way_en) = self.way(model, &name);
        Title::new(format!("这样走：{way_zh}。{zh}"), format!("go this way: {way_en}; {en}"))
    }

    fn way(&self, model: &Model, name: &impl Fn(u32) -> String) -> (String, String) {
        let mut told: Vec<(String, String)> = Vec::new();
        for (nth, firing) in self.run.iter().enumerate() {
            let id = name(firing.node);
            let ways = model.edges.iter().filter(|edge| edge.0 == firing.node).count();
            // A choice is told by where it goes, unless that is what comes next anyway.
            let towards: Vec<u32> = firing.put.iter().map(|edge| model.edges[*edge as usize].1).collect();
            let obvious = matches!((towards.as_slice(), self.run.get(nth + 1)), ([to], Some(next)) if next.node == *to);
            if firing.put.len() < ways && !obvious && !towards.is_empty() {
                let names: Vec<String> = towards.into_iter().map(name).collect();
                told.push((
                    format!("{id}（走向 {}）", names.join("、")),
                    format!("{id} (towards {})", names.join(" and ")),
                ));
            } else {
                told.push((id.clone(), id));
            }
        }
        if told.len() > STEPS_MAX {
            let left_out = told.len() - STEPS_MAX;
            let cut = (format!("……（略 {left_out} 步）"), format!("... ({left_out} steps left out)"));
            told.splice(STEPS_MAX / 2..STEPS_MAX / 2 + left_out, [cut]);
        }
        let (zh, en): (Vec<String>, Vec<String>) = told.into_iter().unzip();
        (zh.join(" → "), en.join(", then "))
    }

    fn end(&self, model: &Model, name: &impl Fn(u32) -> String) -> (String, String) {
        let id = name(self.node);
        match self.reason {
            Reason::Deadlock => {
                let into: Vec<usize> =
                    (0..model.edges.len()).filter(|edge| model.edges[*edge].1 == self.node).collect();
                let empty = into.iter().filter(|edge| !self.marked.contains(&(**edge as u32)));
                let from: BTreeSet<u32> = empty.map(|edge| model.edges[*edge].0).collect();
                let names: Vec<String> = from.into_iter().map(name).collect();
                if names.is_empty() {
                    return (format!("这时到了“{id}”就再也走不下去"), format!("now nothing leads on from \"{id}\""));
                }
                (
                    format!("这时“{id}”永远等不到从 {} 来的一路", names.join("、")),
                    format!("now \"{id}\" waits for ever for the way from {}", names.join(" and ")),
                )
            }
            Reason::Unsafe => (
                format!("这时“{id}”同时有两份在办"),
                format!("now \"{id}\" is reached a second time while the first is still there"),
            ),
            Reason::Livelock => {
                let at: BTreeSet<u32> = self.marked.iter().map(|edge| model.edges[*edge as usize].1).collect();
                let names: Vec<String> = at.into_iter().map(name).collect();
                (
                    format!("从这里（{}）起只能来回打转，到不了任何结束", names.join("、")),
                    format!("from here ({}) a case can only go round: no end can be reached", names.join(" and ")),
                )
            }
            Reason::Dead => {
                (format!("没有一种走法会经过“{id}”"), format!("no way through the graph ever comes to \"{id}\""))
            }
        }
    }
}
