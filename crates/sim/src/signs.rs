//! What people call the queues. A definition names a queue by an id; the sign over it says the department.

use std::collections::BTreeMap;

use onething_engine::definition::Node;
use onething_engine::{INCIDENT_QUEUE, Workflow};

/// The signs over the windows that belong to no department.
const WINDOWS: [(&str, &str); 4] =
    [("comprehensive", "综合窗口"), ("issuing", "出件窗口"), ("seal", "制证用印"), (INCIDENT_QUEUE, "故障处理")];
/// Queues of a tide begin so.
const TIDE: &str = "tide";
/// Where the name of a department begins to be particular.
const PARTICULAR: [char; 3] = ['（', '、', '/'];

/// The signs over the queues.
#[derive(Clone, Debug, Default)]
pub struct Signs(BTreeMap<String, String>);

impl Signs {
    /// Reads them from the definitions: a desk is called after the department whose steps it does.
    pub fn of<'a>(workflows: impl IntoIterator<Item = &'a Workflow>) -> Self {
        let mut signs: BTreeMap<String, String> = BTreeMap::new();
        for plan in workflows.into_iter().flat_map(Workflow::plans) {
            let department = plan.department.zh.split(PARTICULAR).next().unwrap_or_default();
            for (_, step) in plan.graph.steps() {
                let desk = matches!(step.node, Node::Review { .. } | Node::Decide { .. } | Node::Issue { .. });
                if let (Some(queue), true) = (step.queue.as_deref(), desk) {
                    signs.entry(queue.to_owned()).or_insert_with(|| department.to_owned());
                }
            }
        }
        signs.extend(WINDOWS.map(|(queue, sign)| (queue.to_owned(), sign.to_owned())));
        Self(signs)
    }

    /// Names queues that no definition has.
    #[must_use]
    pub fn with(mut self, others: impl IntoIterator<Item = (String, String)>) -> Self {
        for (queue, sign) in others {
            self.0.entry(queue).or_insert(sign);
        }
        self
    }

    /// The sign over a queue; its id where nobody has named it.
    #[must_use]
    pub fn sign(&self, queue: &str) -> String {
        match self.0.get(queue) {
            Some(sign) => sign.clone(),
            None if queue.starts_with(TIDE) => "潮汐窗口".to_owned(),
            None => queue.to_owned(),
        }
    }

    /// The sign over a queue, and its id for whoever looks for it in a file.
    #[must_use]
    pub fn of_queue(&self, queue: &str) -> String {
        let sign = self.sign(queue);
        if sign == queue { sign } else { format!("{sign} {queue}") }
    }
}
