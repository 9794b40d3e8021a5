//! Tokens on their way.

use crate::net::EdgeSet;

/// Edges that got a token and whose next step was not looked at yet, the last put down first.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// Most steps have one way out, so the stack is seldom touched.
    next: Option<(u8, u16)>,
    others: Vec<(u8, u16)>,
}

impl Arrivals {
    /// Puts edges of a part on top, the first of them uppermost.
    pub(super) fn put(&mut self, part: u8, edges: &EdgeSet) {
        let mut edges = edges.iter().map(|edge| (part, edge));
        let Some(first) = edges.next() else { return };
        self.others.extend(self.next.replace(first));
        let from = self.others.len();
        self.others.extend(edges);
        self.others[from..].reverse();
    }

    pub(super) fn take(&mut self) -> Option<(u8, u16)> {
        self.next.take().or_else(|| self.others.pop())
    }

    pub(super) fn clear(&mut self) {
        self.next = None;
        self.others.clear();
    }
}
