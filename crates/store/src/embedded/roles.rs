//! Roles in the file: looked up now and then, so that nothing of them is held in memory.

use redb::ReadableTable;

use super::rows;
use super::step::Step;
use super::tables::{self, failed};
use crate::board::next_in_time;
use crate::bounds;
use crate::error::StoreError;
use crate::ids::{CentreId, Fence, WorkerId};
use crate::role::{GIVEN_UP, Role};

impl Step<'_, '_> {
    pub(super) fn take_role(
        &mut self,
        centre: &CentreId,
        role: &str,
        holder: &WorkerId,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<Role, StoreError> {
        let key = tables::named(centre, role);
        let was = self.role(&key)?;
        if was.is_none() {
            let prefix = tables::prefix(centre);
            let after = tables::after(&prefix);
            let others = self.tables.roles.range::<&[u8]>(&*prefix..&*after).map_err(failed)?.count();
            bounds::roles(others + 1)?;
        }
        let counters = &mut self.mirror.counters;
        let asked =
            Role::asked(was.clone(), holder, lease_ms, now_ms, || Fence(next_in_time(&mut counters.fence, now_ms)));
        if was.as_ref() != Some(&asked) {
            self.keep_role(&key, &asked)?;
        }
        Ok(asked)
    }

    pub(super) fn say(&mut self, key: &[u8], fence: Fence, word: Vec<u8>, now_ms: i64) -> Result<bool, StoreError> {
        match self.role(key)?.filter(|role| role.is_held_under(fence, now_ms)) {
            Some(role) => self.keep_role(key, &Role { word, ..role }).map(|()| true),
            None => Ok(false),
        }
    }

    pub(super) fn leave_role(&mut self, key: &[u8], fence: Fence) -> Result<(), StoreError> {
        match self.role(key)?.filter(|role| role.fence == fence) {
            Some(role) => self.keep_role(key, &Role { until_ms: GIVEN_UP, ..role }),
            None => Ok(()),
        }
    }

    pub(super) fn role(&self, key: &[u8]) -> Result<Option<Role>, StoreError> {
        let row = self.tables.roles.get(key).map_err(failed)?;
        row.map(|row| rows::decode_role(row.value())).transpose()
    }

    fn keep_role(&mut self, key: &[u8], role: &Role) -> Result<(), StoreError> {
        self.changed = true;
        self.tables.roles.insert(key, &*rows::encode_role(role)).map_err(failed)?;
        Ok(())
    }
}
