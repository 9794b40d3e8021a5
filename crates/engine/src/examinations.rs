//! What applications come to, found once for all who hand in the same.

use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::application::{names, refused};
use crate::calendar::{Calendar, Millis};
use crate::case::{Content, Obtained};
use crate::command::{Dossier, Submission};
use crate::definition::MaterialId;
use crate::rejection::{Problem, Rejection};
use crate::settled::Settled;
use crate::workflow::Workflow;

/// Most examinations that are remembered.
const EXAMINATIONS_MAX: usize = 16_384;

/// What a dossier comes to under a definition.
#[derive(Debug)]
pub(crate) struct Examined {
    pub(crate) content: Arc<Content>,
    /// The materials handed in, each with whether it is a document or a commitment.
    pub(crate) brought: Arc<[(MaterialId, Obtained)]>,
    /// The chosen parts that accept in certain periods only.
    pub(crate) periods: Vec<u8>,
    /// What is wrong with it.
    pub(crate) problems: Vec<Problem>,
}

/// What is the same for many dossiers that differ in what stands in the form, each kept once: it stays in the cache.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alike {
    pub(crate) required: Pool<Arc<[MaterialId]>>,
    pub(crate) chosen: Pool<Arc<[u8]>>,
    pub(crate) settled: Pool<Arc<Settled>>,
    pub(crate) brought: Pool<Arc<[(MaterialId, Obtained)]>>,
}

/// Values of which equal ones are kept once.
#[derive(Clone, Debug)]
pub(crate) struct Pool<T>(FxHashSet<T>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(FxHashSet::default())
    }
}

impl<T: Clone + Eq + Hash> Pool<T> {
    /// The value that is kept for all that are equal to this one.
    pub(crate) fn keep(&mut self, value: T) -> T {
        if let Some(known) = self.0.get(&value) {
            return known.clone();
        }
        self.0.insert(value.clone());
        value
    }
}

/// Examinations of applications. The very same dossier under the very same definition is examined once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examinations(Arc<Memory>);

#[derive(Clone, Debug, Default)]
struct Memory {
    known: FxHashMap<Subject, Arc<Known>>,
    alike: Alike,
}

/// Where definition and dossier lie in memory: [`Known`] keeps them there.
type Subject = (usize, usize);

/// What the examination of a subject found. Its content keeps the hash of the definition.
#[derive(Debug)]
struct Known {
    examined: Examined,
    _dossier: Arc<Dossier>,
}

impl Examinations {
    /// Remembers what a dossier comes to.
    ///
    /// # Errors
    /// What is wrong with its answers.
    pub(crate) fn foresee(&mut self, workflow: &Workflow, dossier: &Arc<Dossier>) -> Result<(), Vec<Problem>> {
        let subject = subject(workflow, dossier);
        if self.0.known.contains_key(&subject) {
            return Ok(());
        }
        let memory = Arc::make_mut(&mut self.0);
        if memory.known.len() >= EXAMINATIONS_MAX {
            *memory = Memory::default();
        }
        let examined = workflow.examine(dossier, &mut memory.alike)?;
        memory.known.insert(subject, Known { examined, _dossier: dossier.clone() }.into());
        Ok(())
    }

    /// Examines what is handed in. Everything that is wrong is said at once.
    ///
    /// # Errors
    /// Something is wrong with it.
    pub(crate) fn examine(
        &mut self,
        workflow: &Workflow,
        submission: &Submission,
        calendar: &Calendar,
        now: Millis,
    ) -> Result<&Examined, Rejection> {
        let mut problems = names(submission);
        if let Err(wrong) = self.foresee(workflow, &submission.dossier) {
            problems.extend(wrong);
            return Err(refused(problems));
        }
        let examined = &self.0.known[&subject(workflow, &submission.dossier)].examined;
        problems.extend(examined.problems.iter().cloned());
        problems.extend(workflow.wrong_day(&examined.periods, calendar, now));
        if problems.is_empty() { Ok(examined) } else { Err(refused(problems)) }
    }

    /// Whether two dossiers that were examined come to the same under a definition, and all that happens to a case with the
    /// one would happen with the other: nothing reads answers or form again once the case runs.
    pub(crate) fn are_alike(&self, workflow: &Workflow, one: &Arc<Dossier>, other: &Arc<Dossier>) -> bool {
        let found = |dossier| self.0.known.get(&subject(workflow, dossier)).map(|known| &known.examined);
        let (Some(one), Some(other)) = (found(one), found(other)) else { return false };
        let same = Arc::ptr_eq(&one.content.required, &other.content.required)
            && Arc::ptr_eq(&one.content.chosen, &other.content.chosen)
            && one.content.settled.is_same(&other.content.settled)
            && Arc::ptr_eq(&one.brought, &other.brought);
        same && one.problems.is_empty() && other.problems.is_empty() && !workflow.reads_later()
    }
}

fn subject(workflow: &Workflow, dossier: &Arc<Dossier>) -> Subject {
    (workflow.hash.as_ptr().addr(), Arc::as_ptr(dossier).addr())
}
