//! Where in a file a reader is: a chain of keys back to the root. The JSON pointer is written only when there is
//! something to say at that place, which in a good file is never.

use crate::source::child;

/// A place inside a JSON value.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    above: Option<&'a At<'a>>,
    token: Token<'a>,
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// The whole value.
    pub(crate) const ROOT: Self = Self { above: None, token: Token::Index(0) };

    /// The value of a key of the object here.
    pub(crate) fn key(&'a self, key: &'a str) -> Self {
        Self { above: Some(self), token: Token::Key(key) }
    }

    /// An element of the array here.
    pub(crate) fn index(&'a self, index: usize) -> Self {
        Self { above: Some(self), token: Token::Index(index) }
    }

    /// The JSON pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        let Some(above) = self.above else { return String::new() };
        match self.token {
            Token::Key(key) => child(&above.pointer(), key),
            Token::Index(index) => child(&above.pointer(), &index.to_string()),
        }
    }
}
