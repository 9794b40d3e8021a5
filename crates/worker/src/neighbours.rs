//! Other centres: how to find them, and what they say they handle.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use onething_engine::Workflow;
use onething_engine::calendar::{Calendar, CalendarFile};
use onething_store::{CentreId, Store};
use serde::{Deserialize, Serialize};

use crate::centre::{Centre, Refusal};

/// Finds other centres, on whichever store they are.
#[async_trait]
pub trait Neighbours: Send + Sync {
    /// The centre of that name; the sentence says why it cannot be reached now.
    ///
    /// # Errors
    /// Nobody knows it, its store does not answer, or it is not at work yet.
    async fn find(&self, centre: &CentreId) -> Result<Arc<Centre>, String>;
}

/// Of a centre that stands alone: none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

#[async_trait]
impl Neighbours for Alone {
    async fn find(&self, centre: &CentreId) -> Result<Arc<Centre>, String> {
        Err(format!("不知道中心 {centre} 在哪里 / where the centre {centre} is, is not known"))
    }
}

/// What a centre handles: what others need to hand a case over to it under its own rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its working days.
    pub calendar: CalendarFile,
    /// Its packages and matters: id to the hash of the definition.
    pub definitions: BTreeMap<String, Arc<str>>,
}

impl Offer {
    /// What a centre says it handles; `None` as long as no process has been at work there.
    ///
    /// # Errors
    /// The store failed, or what it holds cannot be read.
    pub async fn of(store: &dyn Store, centre: &CentreId) -> Result<Option<Self>, Refusal> {
        match store.meta_get(&key(centre)).await? {
            Some(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            None => Ok(None),
        }
    }

    /// Its calendar.
    #[must_use]
    pub fn calendar(&self) -> Option<Calendar> {
        Calendar::new(self.calendar.clone()).ok()
    }
}

impl Centre {
    /// Says what this centre handles, so that others can hand cases over to it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn offer(&self, workflows: impl IntoIterator<Item = &Workflow>) -> Result<(), Refusal> {
        let workflows: Vec<&Workflow> = workflows.into_iter().collect();
        let definitions = workflows.iter().map(|it| (it.id().to_string(), it.hash().clone())).collect();
        let offer = Offer { calendar: self.calendar().file().clone(), definitions };
        let known = Offer::of(&**self.store(), self.id()).await.ok().flatten();
        if known.as_ref() == Some(&offer) {
            return Ok(());
        }
        for workflow in workflows {
            if known.as_ref().and_then(|it| it.definitions.get(&**workflow.id())) != Some(workflow.hash()) {
                self.publish(Arc::new(workflow.clone())).await?;
            }
        }
        // Last: what is offered is there.
        self.store().meta_set(&key(self.id()), &serde_json::to_vec(&offer)?).await?;
        Ok(())
    }

    /// The definition under which this centre handles a package or matter.
    ///
    /// # Errors
    /// It does not, or the store failed.
    pub async fn offered(&self, id: &str) -> Result<Arc<Workflow>, Refusal> {
        let offer = Offer::of(&**self.store(), self.id()).await?;
        let hash = offer.and_then(|offer| offer.definitions.get(id).cloned());
        let hash = hash.ok_or_else(|| Refusal::NotOffered { centre: self.id().clone(), package: id.into() })?;
        self.workflow(&hash).await
    }
}

fn key(centre: &CentreId) -> String {
    format!("offer:{centre}")
}
