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

/// Most dossiers that are foreseen; past them all are forgotten.
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

/// Examinations of applications. Of a dossier that was foreseen under a definition it is known what it comes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Examinations {
    foreseen: Arc<Foreseen>,
    /// What was found last of a dossier that was not.
    last: Option<Arc<Examined>>,
}

#[derive(Clone, Debug, Default)]
struct Foreseen {
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
    /// Examines a dossier that will be handed in, perhaps often. One with wrong answers is not remembered.
    pub(crate) fn foresee(&mut self, workflow: &Workflow, dossier: &Arc<Dossier>) {
        let foreseen = Arc::make_mut(&mut self.foreseen);
        if foreseen.known.len() >= EXAMINATIONS_MAX {
            *foreseen = Foreseen::default();
        }
        if let Ok(examined) = workflow.examine(dossier, &mut foreseen.alike) {
            let known = Known { examined, _dossier: dossier.clone() };
            foreseen.known.insert(subject(workflow, dossier), known.into());
        }
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
        let dossier = &submission.dossier;
        let examined = match self.foreseen.known.get(&subject(workflow, dossier)) {
            Some(known) => &known.examined,
            None => match workflow.examine(dossier, &mut Alike::default()) {
                Ok(examined) => self.last.insert(examined.into()),
                Err(wrong) => {
                    problems.extend(wrong);
                    return Err(refused(problems));
                }
            },
        };
        problems.extend(examined.problems.iter().cloned());
        problems.extend(workflow.wrong_day(&examined.periods, calendar, now));
        if problems.is_empty() { Ok(examined) } else { Err(refused(problems)) }
    }

    /// Whether two dossiers that were foreseen come to the same under a definition, and all that happens to a case with the
    /// one would happen with the other: nothing reads answers or form again once the case runs.
    pub(crate) fn are_alike(&self, workflow: &Workflow, one: &Arc<Dossier>, other: &Arc<Dossier>) -> bool {
        let found = |dossier| self.foreseen.known.get(&subject(workflow, dossier)).map(|known| &known.examined);
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
