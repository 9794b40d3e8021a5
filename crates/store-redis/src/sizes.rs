//! What a case takes of the server's memory.

use std::collections::BTreeSet;

use onething_store::{CaseId, CentreId, CommandId, Store, StoreError};
use redis::Value;

use crate::keys::CentreKeys;
use crate::net::error::unexpected;
use crate::open::RedisStore;

/// Records of a history read at once.
const PAGE: usize = 500;
/// What a field of a large hash takes beside its name and value: an entry of a table, two strings' headers, the room an
/// allocator leaves.
const FIELD_BYTES: u64 = 72;
/// What a member of a large sorted set takes beside its name: a node with its links, an entry of a table, a header.
const MEMBER_BYTES: u64 = 88;

impl RedisStore {
    /// Asks the server for the keys that are the case's own, and reckons its share of those it has with others.
    pub(crate) async fn bytes_of(&self, centre: &CentreId, case: &CaseId) -> Result<Option<u64>, StoreError> {
        let keys = self.keys(centre)?;
        let Some(loaded) = self.load(centre, case).await? else { return Ok(None) };
        let mut commands: BTreeSet<CommandId> = BTreeSet::new();
        let mut from = 1;
        while from <= loaded.version {
            let page = self.history(centre, case, from, PAGE).await?;
            if page.is_empty() {
                break;
            }
            from += page.len() as u64;
            commands.extend(page.into_iter().map(|record| record.command));
        }
        let mut bytes = self.memory_of(&keys, &keys.history(case)).await?;
        for command in &commands {
            bytes += self.memory_of(&keys, &keys.command(command)).await?;
        }
        let (name, index) = (case.as_str().len(), &loaded.index);
        let texts = [&index.state, &index.package, &index.applicant].map(|text| text.len());
        let row = 8 + 32 + 6 + texts.iter().sum::<usize>() + loaded.state.len();
        let members = texts.iter().map(|text| 2 + text + 1 + name).sum::<usize>() + 2 + name;
        bytes += (name + row + members) as u64 + FIELD_BYTES + 4 * MEMBER_BYTES;
        Ok(Some(bytes))
    }

    /// Nothing for a key that is not there: the record of a command lasts a week.
    async fn memory_of(&self, keys: &CentreKeys, key: &str) -> Result<u64, StoreError> {
        let mut cmd = redis::cmd("MEMORY");
        cmd.arg("USAGE").arg(key).arg("SAMPLES").arg(0);
        match self.ask(keys.slot, cmd).await? {
            Value::Int(bytes) => Ok(bytes.cast_unsigned()),
            Value::Nil => Ok(0),
            other => Err(unexpected("MEMORY USAGE", &other)),
        }
    }
}
