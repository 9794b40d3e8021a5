//! What durable means.
