//! The methods of the store.

use async_trait::async_trait;
use onething_store::{
    CaseId, CentreId, ChainHash, Claim, Claimed, CommandId, Commit, CommitOutcome, DueTimer, Fence, Filter, Found,
    Index, Lease, Loaded, OutboxEntry, Page, Queue, QueueDepth, Record, ReleaseOutcome, RenewOutcome, Reply, Role,
    StandingTask, Store, StoreError, Verdict, Verifier, WaitingTask, WorkerId, bounds,
};
use redis::Value;
use tokio::sync::watch;

use crate::bell;
use crate::commit::Answer;
use crate::keys;
use crate::net::error::unexpected;
use crate::open::{Call, Durability, RedisStore, called};
use crate::reply::{self, Parts};
use crate::rows;
use crate::script;

/// Times a commit is linked anew because its case's chain is elsewhere, although its version is not: it takes a
/// failover in between, so that more than a few are an error.
const RELINKS_MAX: u32 = 4;
/// Records of a history read at once by a verification.
const PAGE: usize = 500;

#[async_trait]
impl Store for RedisStore {
    fn chain(&self) -> ChainHash {
        self.chain
    }

    async fn commit(&self, commit: Commit) -> Result<CommitOutcome, StoreError> {
        bounds::commit(&commit)?;
        let keys = self.keys(&commit.centre)?;
        self.list(&commit.centre).await?;
        let horizon_ms = u64::try_from(self.options.command_horizon.as_millis()).unwrap_or(u64::MAX >> 8);
        let replicated = self.options.durability != Durability::Local;
        let call = Call { nonce: &self.nonce(), horizon_ms: horizon_ms.max(1), replicated };
        let mut head = self.head_before(&keys, &commit).await?;
        for _ in 0..RELINKS_MAX {
            match self.commit_once(&keys, &commit, head, &call).await? {
                (Answer::Head(actual), _) => head = actual,
                (Answer::Outcome(outcome), after) => {
                    if let CommitOutcome::Committed { claimed, .. } = &*outcome {
                        let (version, head) = after.head();
                        self.remember(&commit.centre, &commit.case, version, head);
                        self.remember_claimed(&commit.centre, claimed.as_ref());
                    }
                    return Ok(*outcome);
                }
            }
        }
        Err(StoreError::Corrupt { what: format!("the head of case {}", commit.case) })
    }

    async fn claim(&self, centre: &CentreId, claim: &Claim, now_ms: i64) -> Result<Option<Claimed>, StoreError> {
        bounds::claim(claim)?;
        let keys = self.keys(centre)?;
        let mut cmd = called(&script::CLAIM);
        cmd.arg(8).arg(&keys.board()).arg(keys.claim(&claim.worker));
        cmd.arg(rows::time(now_ms)?).arg(&self.nonce()[..]).arg(claim.worker.as_str());
        cmd.arg(claim.only.as_ref().map_or_else(String::new, keys::task)).arg(claim.lease_ms).arg(claim.ageing_ms);
        for queue in &claim.queues {
            cmd.arg(queue.as_str());
        }
        let answer = self.call(keys.slot, &script::CLAIM, cmd).await?;
        let claimed = Parts::new("a claim", answer)?.claimed(&claim.worker)?;
        self.remember_claimed(centre, claimed.as_ref());
        Ok(claimed)
    }

    async fn renew(
        &self,
        centre: &CentreId,
        lease: &Lease,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<RenewOutcome, StoreError> {
        bounds::lease_ms(lease_ms)?;
        let keys = self.keys(centre)?;
        let mut cmd = called(&script::RENEW);
        cmd.arg(7).arg(&keys.board()).arg(rows::time(now_ms)?).arg(keys::task(&lease.task));
        cmd.arg(lease.worker.as_str()).arg(lease.fence.0).arg(lease_ms);
        let mut parts = Parts::new("a renewal", self.call(keys.slot, &script::RENEW, cmd).await?)?;
        match parts.text()?.as_str() {
            "renewed" => Ok(RenewOutcome::Renewed { until_ms: parts.int()? }),
            _ => Ok(RenewOutcome::Lost(parts.lost()?)),
        }
    }

    async fn release(
        &self,
        centre: &CentreId,
        lease: &Lease,
        ready_at_ms: i64,
        now_ms: i64,
    ) -> Result<ReleaseOutcome, StoreError> {
        let keys = self.keys(centre)?;
        let mut cmd = called(&script::RELEASE);
        cmd.arg(8).arg(&keys.board()).arg(&keys.bell).arg(rows::time(now_ms)?).arg(keys::task(&lease.task));
        cmd.arg(lease.worker.as_str()).arg(lease.fence.0).arg(rows::time(ready_at_ms)?);
        let mut parts = Parts::new("a release", self.call(keys.slot, &script::RELEASE, cmd).await?)?;
        match parts.text()?.as_str() {
            "released" => Ok(ReleaseOutcome::Released),
            _ => Ok(ReleaseOutcome::Lost(parts.lost()?)),
        }
    }

    async fn queues(
        &self,
        centre: &CentreId,
        after: Option<&Queue>,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<QueueDepth>, StoreError> {
        bounds::list(limit)?;
        let keys = self.keys(centre)?;
        let mut cmd = called(&script::QUEUES);
        cmd.arg(8).arg(&keys.board()).arg(&keys.arrivals).arg(rows::time(now_ms)?);
        let mut parts = Parts::new("queues", self.call(keys.slot, &script::QUEUES, cmd).await?)?;
        let mut depths = Vec::new();
        while !parts.is_empty() {
            let queue: Queue = parts.text()?.into();
            let (tasks, leased): (u64, u64) = (parts.unsigned()?, parts.unsigned()?);
            let (waiting, oldest_ready_at_ms) = (tasks.saturating_sub(leased), parts.int_or_none()?);
            let arrived = parts.unsigned()?;
            if after.is_none_or(|after| queue > *after) {
                depths.push(QueueDepth { queue, waiting, leased, oldest_ready_at_ms, arrived });
            }
        }
        depths.sort_by(|one, other| one.queue.cmp(&other.queue));
        depths.truncate(limit);
        Ok(depths)
    }

    async fn queued(
        &self,
        centre: &CentreId,
        queue: &Queue,
        limit: usize,
        now_ms: i64,
    ) -> Result<Vec<WaitingTask>, StoreError> {
        bounds::list(limit)?;
        let keys = self.keys(centre)?;
        let mut cmd = called(&script::QUEUED);
        cmd.arg(7).arg(&keys.board()).arg(rows::time(now_ms)?).arg(queue.as_str()).arg(limit);
        let mut parts = Parts::new("a queue", self.call(keys.slot, &script::QUEUED, cmd).await?)?;
        let mut waiting = Vec::new();
        while !parts.is_empty() {
            waiting.push(WaitingTask {
                task: parts.task()?,
                class: parts.unsigned()?,
                ready_at_ms: parts.int()?,
                attempts: parts.unsigned()?,
                payload: parts.bytes()?,
            });
        }
        Ok(waiting)
    }

    async fn due_timers(&self, centre: &CentreId, now_ms: i64, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        bounds::list(limit)?;
        let keys = self.keys(centre)?;
        let mut cmd = redis::cmd("ZRANGEBYSCORE");
        cmd.arg(&keys.timers).arg("-inf").arg(now_ms).arg("WITHSCORES").arg("LIMIT").arg(0).arg(limit);
        reply::timers(self.ask(keys.slot, cmd).await?)
    }

    async fn tasks(&self, centre: &CentreId, cursor: u64, limit: usize) -> Result<Page<StandingTask>, StoreError> {
        bounds::list(limit)?;
        let keys = self.keys(centre)?;
        let mut cmd = called(&script::TASKS);
        cmd.arg(7).arg(&keys.board()).arg(cursor).arg(limit.max(1));
        let mut parts = Parts::new("tasks", self.call(keys.slot, &script::TASKS, cmd).await?)?;
        let (next, mut entries) = (parts.cursor()?, Vec::new());
        while !parts.is_empty() {
            entries.push(parts.standing()?);
        }
        Ok(Page { entries, next })
    }

    async fn timers(&self, centre: &CentreId, cursor: u64, limit: usize) -> Result<Page<DueTimer>, StoreError> {
        bounds::list(limit)?;
        let keys = self.keys(centre)?;
        let mut cmd = redis::cmd("ZSCAN");
        cmd.arg(&keys.timers).arg(cursor).arg("COUNT").arg(limit.max(1));
        let mut parts = Parts::new("timers", self.ask(keys.slot, cmd).await?)?;
        let next = parts.cursor()?;
        Ok(Page { entries: reply::timers(parts.next()?)?, next })
    }

    async fn load(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Loaded>, StoreError> {
        let keys = self.keys(centre)?;
        let mut cmd = redis::cmd("HGET");
        cmd.arg(&keys.cases).arg(case.as_str());
        match self.ask(keys.slot, cmd).await? {
            Value::Nil => Ok(None),
            Value::BulkString(row) => {
                let loaded = rows::decode_case(&row)?;
                self.remember(centre, case, loaded.version, loaded.head);
                Ok(Some(loaded))
            }
            other => Err(unexpected("a load", &other)),
        }
    }

    async fn history(
        &self,
        centre: &CentreId,
        case: &CaseId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        bounds::list(limit)?;
        let (from, keys) = (from.max(1), self.keys(centre)?);
        if limit == 0 || from >= u64::MAX >> 2 {
            return Ok(Vec::new());
        }
        let rows = self.rows(&keys, case, from, limit).await?;
        (from..).zip(rows).map(|(version, row)| rows::decode_record(version, &row)).collect()
    }

    async fn verify(&self, centre: &CentreId, case: &CaseId) -> Result<Option<Verdict>, StoreError> {
        let keys = self.keys(centre)?;
        let Some(standing) = self.where_is(&keys, case).await? else { return Ok(None) };
        let mut verifier = Verifier::new(self.chain, centre, case);
        let mut from = 1;
        // What is appended meanwhile is not looked at; what was surplus then, is.
        while from <= standing.records {
            let limit = PAGE.min(usize::try_from(standing.records - from + 1).unwrap_or(PAGE));
            let page = self.rows(&keys, case, from, limit).await?;
            if page.is_empty() {
                break;
            }
            for row in page {
                let Ok(record) = rows::decode_record(from, &row) else { return Ok(Some(verifier.unreadable())) };
                if let Err(verdict) = verifier.take(&record) {
                    return Ok(Some(verdict));
                }
                from += 1;
            }
        }
        Ok(Some(verifier.finish(standing.version, standing.head)))
    }

    async fn reply_of(&self, centre: &CentreId, command: &CommandId) -> Result<Option<Reply>, StoreError> {
        let keys = self.keys(centre)?;
        let mut cmd = redis::cmd("GET");
        cmd.arg(keys.command(command));
        let (answer, acknowledged) = self.acknowledged(keys.slot, None, cmd).await?;
        match answer {
            Value::Nil => Ok(None),
            // Whoever hears the answer takes the command for done.
            Value::BulkString(row) => acknowledged.and_then(|()| Ok(Some(rows::decode_command(&row)?))),
            other => Err(unexpected("a reply", &other)),
        }
    }

    async fn search(
        &self,
        centre: &CentreId,
        filter: &Filter,
        after: Option<&CaseId>,
        limit: usize,
    ) -> Result<Vec<Found>, StoreError> {
        bounds::list(limit)?;
        let keys = self.keys(centre)?;
        let prefix = match filter {
            // From what finds fewest cases to what finds most.
            Filter { applicant: Some(applicant), .. } => format!("a\0{applicant}\0"),
            Filter { package: Some(package), .. } => format!("p\0{package}\0"),
            Filter { state: Some(state), .. } => format!("s\0{state}\0"),
            _ => "c\0".to_owned(),
        };
        let end = format!("({}\x01", &prefix[..prefix.len() - 1]);
        let (mut after, mut found) = (after.cloned(), Vec::new());
        while found.len() < limit {
            let begin = match &after {
                Some(case) => format!("({prefix}{case}"),
                None => format!("[{prefix}"),
            };
            let mut cmd = called(&script::SEARCH);
            cmd.arg(2).arg(&keys.cases).arg(&keys.index).arg(begin).arg(&end).arg(prefix.len()).arg(limit);
            let mut parts = Parts::new("a search", self.call(keys.slot, &script::SEARCH, cmd).await?)?;
            let mut seen = 0;
            while !parts.is_empty() {
                seen += 1;
                let case = CaseId::from(parts.text()?);
                let index = Index { state: parts.text()?, package: parts.text()?, applicant: parts.text()? };
                after = Some(case.clone());
                if filter.matches(&index) && found.len() < limit {
                    found.push(Found { case, index });
                }
            }
            if seen < limit {
                break;
            }
        }
        Ok(found)
    }

    async fn case_count(&self, centre: &CentreId) -> Result<u64, StoreError> {
        let keys = self.keys(centre)?;
        let mut cmd = redis::cmd("HLEN");
        cmd.arg(&keys.cases);
        match self.ask(keys.slot, cmd).await? {
            Value::Int(count) => Ok(count.cast_unsigned()),
            other => Err(unexpected("a count", &other)),
        }
    }

    async fn case_bytes(&self, centre: &CentreId, case: &CaseId) -> Result<Option<u64>, StoreError> {
        self.bytes_of(centre, case).await
    }

    async fn centres(&self, after: Option<&CentreId>, limit: usize) -> Result<Vec<CentreId>, StoreError> {
        bounds::list(limit)?;
        let (mut after, mut centres) = (after.cloned(), Vec::new());
        while centres.len() < limit {
            let begin = after.as_ref().map_or_else(|| "-".to_owned(), |after| format!("({after}"));
            let mut cmd = redis::cmd("ZRANGEBYLEX");
            cmd.arg(keys::CENTRES).arg(begin).arg("+").arg("LIMIT").arg(0).arg(limit);
            let mut parts = Parts::new("centres", self.ask(keys::slot(keys::CENTRES), cmd).await?)?;
            if parts.is_empty() {
                break;
            }
            while !parts.is_empty() && centres.len() < limit {
                let centre = CentreId::from(parts.text()?);
                after = Some(centre.clone());
                // Listed before its first case came, which may have been refused.
                if self.case_count(&centre).await? > 0 {
                    centres.push(centre);
                }
            }
        }
        Ok(centres)
    }

    async fn outbox_read(&self, centre: &CentreId, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        bounds::list(limit)?;
        let keys = self.keys(centre)?;
        let Some(from) = after.checked_add(1).filter(|_| limit > 0) else { return Ok(Vec::new()) };
        let mut cmd = redis::cmd("XRANGE");
        cmd.arg(&keys.outbox).arg(format!("{from}-0")).arg("+").arg("COUNT").arg(limit);
        reply::messages(self.ask(keys.slot, cmd).await?)
    }

    async fn outbox_ack(&self, centre: &CentreId, sequences: &[u64]) -> Result<(), StoreError> {
        bounds::acknowledged(sequences)?;
        if sequences.is_empty() {
            return Ok(());
        }
        let keys = self.keys(centre)?;
        let mut cmd = redis::cmd("XDEL");
        cmd.arg(&keys.outbox);
        for sequence in sequences {
            cmd.arg(format!("{sequence}-0"));
        }
        self.ask(keys.slot, cmd).await.map(drop)
    }

    async fn take_role(
        &self,
        centre: &CentreId,
        role: &str,
        holder: &WorkerId,
        lease_ms: u64,
        now_ms: i64,
    ) -> Result<Role, StoreError> {
        self.ask_for_role(centre, role, holder, lease_ms, now_ms).await
    }

    async fn say(
        &self,
        centre: &CentreId,
        role: &str,
        fence: Fence,
        word: &[u8],
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        self.say_as(centre, role, fence, word, now_ms).await
    }

    async fn leave_role(&self, centre: &CentreId, role: &str, fence: Fence) -> Result<(), StoreError> {
        self.give_up_role(centre, role, fence).await
    }

    async fn role(&self, centre: &CentreId, role: &str) -> Result<Option<Role>, StoreError> {
        self.read_role(centre, role).await
    }

    async fn bell(&self, centre: &CentreId) -> Result<Option<watch::Receiver<u64>>, StoreError> {
        Ok(Some(bell::listen(self.net.clone(), self.keys(centre)?)))
    }

    async fn time(&self, centre: &CentreId) -> Result<Option<i64>, StoreError> {
        let keys = self.keys(centre)?;
        let mut parts = Parts::new("TIME", self.ask(keys.slot, redis::cmd("TIME")).await?)?;
        let mut number = || parts.text().map(|text| text.parse::<i64>().unwrap_or_default());
        let (seconds, micros) = (number()?, number()?);
        Ok(Some(seconds * 1000 + micros / 1000))
    }

    async fn put_blob(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        bounds::blob(key, bytes)?;
        let name = keys::blob(key);
        let mut cmd = called(&script::BLOB);
        cmd.arg(1).arg(&name).arg(bytes);
        let (answer, acknowledged) = self.acknowledged(keys::slot(&name), Some(&script::BLOB), cmd).await?;
        match answer {
            // Cases will rely on it.
            Value::Int(1) => acknowledged,
            Value::Int(_) => Err(StoreError::BlobTaken { key: key.to_owned() }),
            other => Err(unexpected("a blob", &other)),
        }
    }

    async fn get_blob(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(&keys::blob(key)).await
    }

    async fn meta_set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        bounds::setting(key, value)?;
        let name = keys::meta(key);
        let mut cmd = redis::cmd("SET");
        cmd.arg(&name).arg(value);
        self.ask(keys::slot(&name), cmd).await.map(drop)
    }

    async fn meta_get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(&keys::meta(key)).await
    }
}
