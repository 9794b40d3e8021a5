//! The tokio driver of windows and desks.
