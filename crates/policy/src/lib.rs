//! Who is served next: queues, windows, tides.
