//! What scripts and commands answer, as the types of the trait.

use onething_store::{
    Claimed, DueTimer, Fence, Lease, LostLease, OutboxEntry, StandingPlace, StandingTask, StoreError, TaskId, TimerId,
    WorkerId,
};
use redis::Value;

use crate::keys;
use crate::net::error::unexpected;
use crate::rows;

/// The parts of an answer, one after the other.
pub(crate) struct Parts {
    what: &'static str,
    rest: std::vec::IntoIter<Value>,
}

impl Parts {
    pub(crate) fn new(what: &'static str, answer: Value) -> Result<Self, StoreError> {
        match answer {
            Value::Array(parts) => Ok(Self { what, rest: parts.into_iter() }),
            other => Err(unexpected(what, &other)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.len() == 0
    }

    pub(crate) fn next(&mut self) -> Result<Value, StoreError> {
        self.rest.next().ok_or_else(|| unexpected(self.what, &Value::Nil))
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.next()? {
            Value::BulkString(bytes) => Ok(bytes),
            other => Err(unexpected(self.what, &other)),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes).map_err(|error| unexpected(self.what, &Value::BulkString(error.into_bytes())))
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        match self.next()? {
            Value::Int(number) => Ok(number),
            other => Err(unexpected(self.what, &other)),
        }
    }

    /// An integer that is there, or the empty text.
    pub(crate) fn int_or_none(&mut self) -> Result<Option<i64>, StoreError> {
        match self.next()? {
            Value::Int(number) => Ok(Some(number)),
            Value::BulkString(bytes) if bytes.is_empty() => Ok(None),
            other => Err(unexpected(self.what, &other)),
        }
    }

    pub(crate) fn unsigned<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        let number = self.int()?;
        T::try_from(number).map_err(|_| unexpected(self.what, &Value::Int(number)))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let bytes = self.bytes()?;
        <[u8; N]>::try_from(bytes).map_err(|bytes| unexpected(self.what, &Value::BulkString(bytes)))
    }

    pub(crate) fn parts(&mut self) -> Result<Self, StoreError> {
        let what = self.what;
        Self::new(what, self.next()?)
    }

    pub(crate) fn task(&mut self) -> Result<TaskId, StoreError> {
        let name = self.text()?;
        let (case, number) = keys::split(&name).ok_or_else(|| unexpected(self.what, &Value::SimpleString(name)))?;
        Ok(TaskId { case, number })
    }

    /// Where a scan goes on.
    pub(crate) fn cursor(&mut self) -> Result<u64, StoreError> {
        let text = self.text()?;
        text.parse().map_err(|_| unexpected(self.what, &Value::SimpleString(text)))
    }

    /// What `tasks.lua` says of one task.
    pub(crate) fn standing(&mut self) -> Result<StandingTask, StoreError> {
        let (task, queue) = (self.task()?, self.text()?.into());
        let (class, ready_at_ms, attempts) = (self.unsigned()?, self.int()?, self.unsigned()?);
        let (payload, place, until_ms) = (self.bytes()?, self.text()?, self.int()?);
        let place = match place.as_str() {
            "waiting" => StandingPlace::Waiting,
            "held" => StandingPlace::Held { until_ms },
            _ => StandingPlace::Nowhere,
        };
        Ok(StandingTask { task, queue, class, ready_at_ms, attempts, payload, place })
    }

    pub(crate) fn lost(&mut self) -> Result<LostLease, StoreError> {
        let why = self.text()?;
        match why.as_str() {
            "expired" => Ok(LostLease::Expired),
            "taken" => Ok(LostLease::TakenByOther),
            "gone" => Ok(LostLease::Gone),
            _ => Err(unexpected(self.what, &Value::SimpleString(why))),
        }
    }

    /// What `told` of `board.lua` says; nothing if it is empty.
    pub(crate) fn claimed(mut self, worker: &WorkerId) -> Result<Option<Claimed>, StoreError> {
        if self.is_empty() {
            return Ok(None);
        }
        let task = self.task()?;
        let lease = Lease { task, worker: worker.clone(), fence: Fence(self.unsigned()?) };
        let until_ms = self.int()?;
        let queue = self.text()?.into();
        let (class, attempts, payload) = (self.unsigned()?, self.unsigned()?, self.bytes()?);
        let row = self.bytes()?;
        let case = if row.is_empty() { None } else { Some(Box::new(rows::decode_case(&row)?)) };
        Ok(Some(Claimed { lease, until_ms, queue, class, attempts, payload, case }))
    }
}

/// Names and scores by turns.
pub(crate) fn timers(answer: Value) -> Result<Vec<DueTimer>, StoreError> {
    let what = "due timers";
    let (mut parts, mut timers) = (Parts::new(what, answer)?, Vec::new());
    while !parts.is_empty() {
        let TaskId { case, number } = parts.task()?;
        let score = parts.text()?;
        let due: f64 = score.parse().map_err(|_| unexpected(what, &Value::SimpleString(score)))?;
        // Exact: what is written is within 2^51.
        timers.push(DueTimer { due_ms: due as i64, timer: TimerId { case, number } });
    }
    Ok(timers)
}

/// Entries of the outbox: an id, and the fields in the order in which `commit.lua` wrote them.
pub(crate) fn messages(answer: Value) -> Result<Vec<OutboxEntry>, StoreError> {
    let what = "messages";
    let (mut entries, mut messages) = (Parts::new(what, answer)?, Vec::new());
    while !entries.is_empty() {
        let mut entry = entries.parts()?;
        let id = entry.text()?;
        let sequence = id.split('-').next().and_then(|number| number.parse().ok());
        let sequence = sequence.ok_or_else(|| unexpected(what, &Value::SimpleString(id)))?;
        let mut fields = entry.parts()?;
        let mut field = || fields.bytes().and_then(|_| fields.bytes());
        let (case, at, topic, payload) = (field()?, field()?, field()?, field()?);
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).map_err(|error| unexpected(what, &Value::BulkString(error.into_bytes())))
        };
        let at = text(at)?;
        let at_ms = at.parse().map_err(|_| unexpected(what, &Value::SimpleString(at)))?;
        messages.push(OutboxEntry { sequence, case: text(case)?.into(), at_ms, topic: text(topic)?, payload });
    }
    Ok(messages)
}
