//! The materials of a case that are there, each with where it came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::case::Obtained;
use crate::definition::MaterialId;

/// The materials that are there. They are few, so they stand in one row, as they came; written, they stand in order of their
/// ids.
#[derive(Clone, Debug, Default)]
pub struct Materials {
    row: Vec<(MaterialId, Obtained)>,
}

impl Materials {
    /// Whether a material is there.
    #[must_use]
    pub fn contains(&self, id: MaterialId) -> bool {
        self.row.iter().any(|(known, _)| *known == id)
    }

    /// Where a material came from, if it is there.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Obtained> {
        self.row.iter().find(|(known, _)| *known == id).map(|(_, from)| *from)
    }

    /// Every one, in order of the ids.
    #[must_use]
    pub fn in_order(&self) -> Vec<(MaterialId, Obtained)> {
        let mut row = self.row.clone();
        row.sort_unstable_by_key(|(id, _)| *id);
        row
    }

    /// A material came; of one that was there already, where it comes from now.
    pub(crate) fn insert(&mut self, id: MaterialId, from: Obtained) {
        match self.row.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => *known = from,
            None => self.row.push((id, from)),
        }
    }

    /// Strikes out what has one of these ids.
    pub(crate) fn strike(&mut self, ids: &[impl AsRef<str>]) {
        self.row.retain(|(known, _)| !ids.iter().any(|id| *known == id.as_ref()));
    }

    /// Strikes out all, but keeps the room.
    pub(crate) fn clear(&mut self) {
        self.row.clear();
    }
}

/// In whatever order they came.
impl PartialEq for Materials {
    fn eq(&self, other: &Self) -> bool {
        self.in_order() == other.in_order()
    }
}

impl Serialize for Materials {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.in_order())
    }
}

impl<'de> Deserialize<'de> for Materials {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { row: BTreeMap::deserialize(deserializer)?.into_iter().collect() })
    }
}
