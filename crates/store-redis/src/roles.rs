//! What one process at a time does for all, in a hash of the centre.

use onething_store::bounds::{self, ROLES_MAX};
use onething_store::{CentreId, Fence, Role, StoreError, WorkerId};
use redis::{Cmd, Value};

use crate::net::error::unexpected;
use crate::open::{RedisStore, called};
use crate::reply::Parts;
use crate::rows;
use crate::script;

impl RedisStore {
    pub(crate) async fn ask_for_role(
        &self,
        centre: &CentreId,
        role: &str,
        holder: &WorkerId,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<Role, StoreError> {
        bounds::role(role, holder, lease_ms)?;
        let now_ms = rows::time(now_ms)?;
        let ask = |cmd: &mut Cmd| {
            cmd.arg("take").arg(now_ms).arg(holder.as_str()).arg(lease_ms).arg(ROLES_MAX);
        };
        let mut parts = Parts::new("a role", self.role_script(centre, role, ask).await?)?;
        if parts.is_empty() {
            bounds::roles(ROLES_MAX + 1)?;
        }
        let holder = parts.text()?.into();
        Ok(Role { holder, fence: Fence(parts.unsigned()?), until_ms: parts.int()?, word: parts.bytes()? })
    }

    pub(crate) async fn say_as(
        &self,
        centre: &CentreId,
        role: &str,
        fence: Fence,
        word: &[u8],
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        bounds::word(role, word)?;
        let now_ms = rows::time(now_ms)?;
        let say = |cmd: &mut Cmd| {
            cmd.arg("say").arg(now_ms).arg(fence.0).arg(word);
        };
        match self.role_script(centre, role, say).await? {
            Value::Int(said) => Ok(said == 1),
            other => Err(unexpected("a word", &other)),
        }
    }

    pub(crate) async fn give_up_role(&self, centre: &CentreId, role: &str, fence: Fence) -> Result<(), StoreError> {
        let leave = |cmd: &mut Cmd| {
            cmd.arg("leave").arg(fence.0);
        };
        self.role_script(centre, role, leave).await.map(drop)
    }

    pub(crate) async fn read_role(&self, centre: &CentreId, role: &str) -> Result<Option<Role>, StoreError> {
        let keys = self.keys(centre)?;
        let mut cmd = redis::cmd("HGET");
        cmd.arg(&keys.roles).arg(role);
        match self.ask(keys.slot, cmd).await? {
            Value::Nil => Ok(None),
            Value::BulkString(row) => rows::decode_role(&row).map(Some),
            other => Err(unexpected("a role", &other)),
        }
    }

    async fn role_script(
        &self,
        centre: &CentreId,
        role: &str,
        rest: impl FnOnce(&mut Cmd),
    ) -> Result<Value, StoreError> {
        let keys = self.keys(centre)?;
        let mut cmd = called(&script::ROLE);
        cmd.arg(2).arg(&keys.roles).arg(&keys.counters).arg(role);
        rest(&mut cmd);
        self.call(keys.slot, &script::ROLE, cmd).await
    }
}
