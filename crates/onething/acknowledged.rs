//! The file of acknowledged commands, one id a line.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use onething_worker::Happened;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::exit::{BROKEN, Failure};

/// The file.
pub(crate) struct Acknowledged(File);

impl Acknowledged {
    /// Opens it, to go on behind what stands in it.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        OpenOptions::new().create(true).append(true).open(path).map(Self).map_err(|error| {
            let path = path.display();
            Failure::new(BROKEN, format!("写不了 {path}：{error}"), format!("cannot write {path}: {error}"))
        })
    }

    /// Writes each id down as soon as it is heard.
    pub(crate) async fn keep(mut self, mut heard: Receiver<Arc<Happened>>) {
        loop {
            match heard.recv().await {
                Ok(happened) => {
                    // Id and end of line in one write: a kill between two would glue the next id to this one.
                    let line = format!("{}\n", happened.command);
                    if let Err(error) = self.0.write_all(line.as_bytes()) {
                        eprintln!("{error}");
                        return;
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }
}
