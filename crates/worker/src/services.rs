//! Automatic steps: the programs that do them, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::handler::{Handler, Verdict, Work};

/// Programs by name. A step that names one nobody registered fails, so that its retries end in an incident.
#[derive(Clone, Default)]
pub struct Programs {
    by_name: BTreeMap<String, Arc<dyn Handler>>,
}

impl Programs {
    /// Registers a program under the name that definitions use.
    #[must_use]
    pub fn with(mut self, name: &str, program: Arc<dyn Handler>) -> Self {
        self.by_name.insert(name.to_owned(), program);
        self
    }
}

#[async_trait]
impl Handler for Programs {
    async fn handle(&self, work: &Work) -> Verdict {
        let onething_engine::definition::Node::Service { handler, .. } = &work.step().node else {
            return Verdict::Decline;
        };
        match self.by_name.get(handler) {
            Some(program) => program.handle(work).await,
            None => Verdict::Fail(format!("没有名为 {handler} 的程序 / no program is called {handler}").into()),
        }
    }
}
