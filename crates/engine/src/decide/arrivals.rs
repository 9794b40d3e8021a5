//! Tokens on their way.

use crate::net::EdgeSet;

/// Edges that got a token and whose next step was not looked at yet, the last put down first.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrivals {
    /// Most steps have one way out, so the stack is seldom touched.
    next: Option<(u8, u16)>,
    others: Vec<(u8, u16)>,
}

impl Arrivals {
    /// Puts those of a step's ways out that got a token on top, the first of them uppermost.
    pub(super) fn put(&mut self, part: u8, outs: &[u16], put: &EdgeSet) {
        for &edge in outs.iter().rev().filter(|edge| put.contains(**edge)) {
            if let Some(under) = self.next.replace((part, edge)) {
                self.others.push(under);
            }
        }
    }

    pub(super) fn take(&mut self) -> Option<(u8, u16)> {
        self.next.take().or_else(|| self.others.pop())
    }

    pub(super) fn clear(&mut self) {
        self.next = None;
        self.others.clear();
    }
}
