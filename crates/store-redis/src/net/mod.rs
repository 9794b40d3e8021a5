//! Sends a command to the node that holds its slot, whatever the topology, and has it answered or failed within
//! [`ANSWER_MAX`]: a dead node is an error, never a hang.
//!
//! Everything sent from here may be sent twice: a reply can be lost on its way. So every script recognizes a call it has
//! seen (see `lua/`), and what is no script is harmless to repeat.

pub(crate) mod error;
mod node;
mod topology;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use onething_store::StoreError;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, ServerErrorKind, Value};
use tokio::time::{Instant, sleep, timeout_at};

pub(crate) use self::node::Login;
use self::node::{Link, Node};
use self::topology::Nodes;
pub(crate) use self::topology::Topology;
use crate::script::Script;

/// How long a caller waits for an answer or an error, retries included.
pub(crate) const ANSWER_MAX: Duration = Duration::from_millis(4500);
/// The first pause before trying again; each is twice the one before, up to the last.
const PAUSE_FIRST: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(400);
/// Redirections followed at once; past it there is a pause between two.
const HASTE_MAX: u32 = 4;

/// Which nodes there are and the connections to them.
pub(crate) struct Net {
    topology: Topology,
    login: Login,
    /// Connections to each node.
    lanes: usize,
    nodes: Mutex<BTreeMap<String, Arc<Node>>>,
    known: Mutex<Option<Arc<Nodes>>>,
    /// Only one asks the topology at a time.
    asking: tokio::sync::Mutex<()>,
}

/// What is sent in one go, on one connection.
pub(crate) struct Request<'a> {
    /// The command; the answer is its answer.
    pub(crate) cmd: Cmd,
    /// The script it calls.
    pub(crate) script: Option<&'a Script>,
    /// A command sent right behind it on the same connection, whose answer comes second.
    pub(crate) then: Option<Cmd>,
}

/// What the server said: the answer to the command, and to the one behind it.
pub(crate) type Answers = (Value, Option<Value>);

/// What to do about a failure.
enum Remedy {
    /// Try again at once, this time at another node.
    Elsewhere,
    /// The server does not know the script yet.
    Load,
    /// Try again at this node, for this once.
    Ask(String),
    /// Look for the nodes anew and try again.
    Again,
    /// There is none.
    None,
}

impl Net {
    pub(crate) fn new(topology: Topology, login: Login, lanes: usize) -> Self {
        Self {
            topology,
            login,
            lanes,
            nodes: Mutex::default(),
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Sends a request to the node that holds `slot`.
    pub(crate) async fn send(&self, slot: u16, request: &Request<'_>) -> Result<Answers, StoreError> {
        let mut trying = Trying::new();
        loop {
            let attempt = self.attempt(slot, trying.asked.take(), request);
            match timeout_at(trying.deadline, attempt).await {
                Ok(Ok(answers)) => return Ok(answers),
                Ok(Err(failure)) => trying.again(self, failure).await?,
                Err(_) => return Err(error::silent(&self.topology, trying.attempts)),
            }
        }
    }

    async fn attempt(&self, slot: u16, asked: Option<String>, request: &Request<'_>) -> Result<Answers, RedisError> {
        let asking = asked.is_some();
        let address = match asked {
            Some(address) => address,
            None => self.nodes().await?.holder(slot)?.to_owned(),
        };
        let node = self.node(&address);
        let link = node.link(&self.login).await?;
        let mut answer = exchange(&link, asking, request).await;
        if let (Err(failure), Some(script)) = (&answer, request.script)
            && matches!(remedy(failure), Remedy::Load)
        {
            let mut load = redis::cmd("SCRIPT");
            load.arg("LOAD").arg(script.text);
            link.connection().send_packed_command(&load).await?;
            answer = exchange(&link, asking, request).await;
        }
        if let Err(failure) = &answer
            && node::broken(failure)
        {
            node.drop_link(&link).await;
        }
        answer
    }

    /// The nodes there are, as last known.
    async fn nodes(&self) -> Result<Arc<Nodes>, RedisError> {
        if let Some(nodes) = self.known() {
            return Ok(nodes);
        }
        let _one = self.asking.lock().await;
        if let Some(nodes) = self.known() {
            return Ok(nodes);
        }
        let nodes = Arc::new(self.topology.find(&self.login, self.addresses()).await?);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(nodes.clone());
        Ok(nodes)
    }

    fn known(&self) -> Option<Arc<Nodes>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The next who needs to know asks again.
    fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Every node met so far.
    fn addresses(&self) -> Vec<String> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn node(&self, address: &str) -> Arc<Node> {
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let node = nodes.entry(address.to_owned());
        node.or_insert_with(|| Arc::new(Node::new(address, self.lanes))).clone()
    }

    /// A connection of its own to the node that holds `slot`, which hands on what the server pushes.
    pub(crate) async fn pushing(
        &self,
        slot: u16,
        push: impl Fn(redis::PushInfo) + Send + Sync + 'static,
    ) -> Result<redis::aio::MultiplexedConnection, RedisError> {
        let nodes = self.nodes().await?;
        let connection = node::pushing(nodes.holder(slot)?, &self.login, push).await;
        if connection.is_err() {
            self.forget();
        }
        connection
    }

    /// Asks each node that takes commands (one, or the masters of a cluster) about itself: its address and its answers,
    /// one of which may be that it does not want to say. Nodes that others named are looked for anew while `replaced`
    /// finds in the answers of one that it takes no commands any more.
    pub(crate) async fn survey(
        &self,
        questions: &[Cmd],
        replaced: fn(&[Value]) -> bool,
    ) -> Result<Vec<(String, Vec<Value>)>, StoreError> {
        let mut trying = Trying::new();
        loop {
            match timeout_at(trying.deadline, self.survey_once(questions, replaced)).await {
                Ok(Ok(told)) => return Ok(told),
                Ok(Err(failure)) => trying.again(self, failure).await?,
                Err(_) => return Err(error::silent(&self.topology, trying.attempts)),
            }
        }
    }

    async fn survey_once(
        &self,
        questions: &[Cmd],
        replaced: fn(&[Value]) -> bool,
    ) -> Result<Vec<(String, Vec<Value>)>, RedisError> {
        let named = !matches!(self.topology, Topology::Single(_));
        let mut told = Vec::new();
        for address in self.nodes().await?.masters() {
            let node = self.node(&address);
            let link = node.link(&self.login).await?;
            let mut answers = Vec::new();
            for question in questions {
                let answer = link.connection().send_packed_command(question).await;
                if let Err(failure) = &answer
                    && node::broken(failure)
                {
                    node.drop_link(&link).await;
                }
                answers.push(answer?);
            }
            if named && replaced(&answers) {
                let kind = ErrorKind::Server(ServerErrorKind::ReadOnly);
                return Err(RedisError::from((kind, "this is no master any more", address)));
            }
            told.push((address, answers));
        }
        Ok(told)
    }
}

/// The attempts at one thing, within [`ANSWER_MAX`].
struct Trying {
    deadline: Instant,
    /// How many there were, with the one under way.
    attempts: u32,
    pause: Duration,
    /// The node that the next attempt is to ask, whatever is known of the nodes.
    asked: Option<String>,
}

impl Trying {
    fn new() -> Self {
        Self { deadline: Instant::now() + ANSWER_MAX, attempts: 1, pause: PAUSE_FIRST, asked: None }
    }

    /// Prepares the next attempt after a failure; an error if there is no remedy or no time left.
    async fn again(&mut self, net: &Net, failure: RedisError) -> Result<(), StoreError> {
        let rest = match remedy(&failure) {
            Remedy::None => return Err(error::refused(failure)),
            // Told in the attempt itself, which loads it.
            Remedy::Load => Duration::ZERO,
            Remedy::Ask(address) => {
                self.asked = Some(address);
                Duration::ZERO
            }
            Remedy::Elsewhere => {
                net.forget();
                if self.attempts <= HASTE_MAX { Duration::ZERO } else { self.pause }
            }
            Remedy::Again => {
                net.forget();
                self.pause
            }
        };
        if Instant::now() + rest >= self.deadline {
            return Err(error::unreachable(&net.topology, failure, self.attempts));
        }
        if !rest.is_zero() {
            sleep(rest).await;
            self.pause = (self.pause * 2).min(PAUSE_MAX);
        }
        self.attempts += 1;
        Ok(())
    }
}

async fn exchange(link: &Link, asking: bool, request: &Request<'_>) -> Result<Answers, RedisError> {
    let mut connection = link.connection();
    if !asking && request.then.is_none() {
        return Ok((connection.send_packed_command(&request.cmd).await?.extract_error()?, None));
    }
    let mut pipe = Pipeline::new();
    if asking {
        pipe.cmd("ASKING").ignore();
    }
    pipe.add_command(request.cmd.clone());
    let mut count = 1;
    if let Some(then) = &request.then {
        pipe.add_command(then.clone());
        count += 1;
    }
    let offset = usize::from(asking);
    let mut answers = connection.send_packed_commands(&pipe, offset, count).await?.into_iter();
    let first = answers.next().unwrap_or(Value::Nil).extract_error()?;
    let second = answers.next().map(Value::extract_error).transpose()?;
    Ok((first, second))
}

fn remedy(failure: &RedisError) -> Remedy {
    if failure.kind() == ErrorKind::AuthenticationFailed {
        return Remedy::None;
    }
    match failure.code() {
        Some("MOVED") => Remedy::Elsewhere,
        Some("ASK") => failure.redirect_node().map_or(Remedy::Again, |(address, _)| Remedy::Ask(address.to_owned())),
        Some("NOSCRIPT") => Remedy::Load,
        Some("LOADING" | "READONLY" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "BUSY" | "UNBLOCKED") => {
            Remedy::Again
        }
        Some(_) => Remedy::None,
        None if node::broken(failure) || failure.is_cluster_error() => Remedy::Again,
        None => Remedy::None,
    }
}
