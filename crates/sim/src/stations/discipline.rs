//! Who is served next, and by whom.

/// A server takes a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The server, by number.
    pub server: u32,
    /// The customer, by number.
    pub customer: u32,
}

/// The rule of one station. A number means one customer from when it arrives until it has been served or has left;
/// then it may be given to another. Every call may let services start, in the order in which they are appended.
pub trait Discipline {
    /// A server comes.
    fn open(&mut self, now_ms: i64, server: u32, starts: &mut Vec<Start>);
    /// A server goes as soon as it has finished whom it serves.
    fn close(&mut self, now_ms: i64, server: u32);
    /// A customer comes; false: there is no room.
    fn arrive(&mut self, now_ms: i64, customer: u32, class: u8, starts: &mut Vec<Start>) -> bool;
    /// A customer who waits gives up.
    fn leave(&mut self, now_ms: i64, customer: u32);
    /// A server is through with a customer.
    fn finish(&mut self, now_ms: i64, server: u32, customer: u32, starts: &mut Vec<Start>);
}
