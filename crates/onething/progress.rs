//! How far something has got: a bar with the time left. Only a terminal shows it, and nothing of it stays.

use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use crate::exit::{STOPPED, wait_for};
use crate::stop;

/// How often the time left is written anew while nothing is done.
const TICK_EVERY: Duration = Duration::from_millis(500);

/// A bar for so many steps, as wide as the terminal allows.
pub(crate) fn bar(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} 剩余 left {left}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉░");
    let left = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // Before the first step nobody knows; and a bar that cannot be written is no reason to stop.
        let _ = match state.pos() {
            0 => out.write_char('?'),
            _ => write!(out, "{:#}", HumanDuration(state.eta())),
        };
    };
    let bar = ProgressBar::new(steps).with_style(style.with_key("left", left));
    bar.enable_steady_tick(TICK_EVERY);
    bar
}

/// The same for work that holds nothing which must be brought to its end: asked to stop, the program wipes the bar, says so
/// and is gone.
pub(crate) fn bar_of_what_may_stop(steps: u64) -> ProgressBar {
    let bar = bar(steps);
    let shown = bar.clone();
    std::thread::spawn(move || {
        let asked = async {
            stop::asked().await;
            Ok(())
        };
        if wait_for(asked).is_ok() {
            shown.finish_and_clear();
            eprintln!("已停，没有结果 / stopped, without a result");
            std::process::exit(i32::from(STOPPED));
        }
    });
    bar
}
