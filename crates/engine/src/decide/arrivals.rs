//! Tokens on their way.

/// Edges that got a token and whose next step was not looked at yet, the last put down first.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrivals(Vec<(u8, u16)>);

impl Arrivals {
    /// Puts edges that got a token on top, the first of them uppermost.
    pub(super) fn put(&mut self, part: u8, edges: impl DoubleEndedIterator<Item = u16>) {
        edges.rev().for_each(|edge| self.0.push((part, edge)));
    }

    pub(super) fn take(&mut self) -> Option<(u8, u16)> {
        self.0.pop()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
