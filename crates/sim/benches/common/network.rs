//! The matter of the approval network: an intake with a loop to supplement, three reviews side by side, decision, issue.

use onething_engine::{Checked, InputFile, check};

/// The matter, checked, with the working calendar.
pub(crate) fn approval_network() -> Checked {
    let file = |name: &str, bytes: &[u8]| InputFile { name: name.to_owned(), bytes: bytes.to_vec() };
    let known = check(&[
        file("network.json", include_bytes!("network.json")),
        file("cn.json", include_bytes!("../../../../workflows/calendars/cn.json")),
    ]);
    assert!(known.is_good(), "{:#?}", known.diagnostics);
    known
}
