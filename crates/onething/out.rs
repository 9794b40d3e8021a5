//! Printing. A reader that has seen enough (`| head -1`) closes the pipe: what is still to say is dropped, and the
//! command ends with the code it would have ended with. Any other failure to write, such as a full disk, is an error.
//!
//! The macros take the place of the standard library's in the whole program, because those panic.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

use crate::exit::BROKEN;

macro_rules! print {
    ($($part:tt)*) => { $crate::out::say(format_args!($($part)*), "") };
}

macro_rules! println {
    () => { $crate::out::say(format_args!(""), "\n") };
    ($($part:tt)*) => { $crate::out::say(format_args!($($part)*), "\n") };
}

macro_rules! eprint {
    ($($part:tt)*) => { $crate::out::tell(format_args!($($part)*), "") };
}

macro_rules! eprintln {
    () => { $crate::out::tell(format_args!(""), "\n") };
    ($($part:tt)*) => { $crate::out::tell(format_args!($($part)*), "\n") };
}

/// Writes to standard output.
pub(crate) fn say(text: Arguments<'_>, end: &str) {
    let mut out = std::io::stdout().lock();
    let written = out.write_fmt(text).and_then(|()| out.write_all(end.as_bytes())).and_then(|()| out.flush());
    if let Err(error) = written.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
    {
        drop(out);
        eprintln!("写不了标准输出：{error}\ncannot write to standard output: {error}");
        std::process::exit(i32::from(BROKEN));
    }
}

/// Writes to standard error. When that fails there is nobody left to tell.
pub(crate) fn tell(text: Arguments<'_>, end: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_fmt(text).and_then(|()| out.write_all(end.as_bytes()));
}
