//! Wakes those who wait for work: each commit that queues something rings the bell of its centre.
//!
//! A ring in the moment of a reconnection is lost, so that each new connection rings once by itself, and whoever waits
//! looks by itself now and then.

use std::sync::Arc;
use std::time::Duration;

use redis::PushKind;
use redis::aio::MultiplexedConnection;
use tokio::sync::{mpsc, watch};

use crate::keys::CentreKeys;
use crate::net::Net;

/// How often the connection is tried: a silent one may be dead.
const PROBE_EVERY: Duration = Duration::from_secs(2);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_millis(300);

/// Listens until nobody listens any more.
pub(crate) fn listen(net: Arc<Net>, keys: Arc<CentreKeys>) -> watch::Receiver<u64> {
    let (ring, heard) = watch::channel(0);
    let ring = Arc::new(ring);
    tokio::spawn(async move {
        tokio::select! {
            () = ring.closed() => {}
            () = keep(&net, &keys, &ring) => {}
        }
    });
    heard
}

async fn keep(net: &Net, keys: &CentreKeys, ring: &Arc<watch::Sender<u64>>) {
    loop {
        let (lost, mut broken) = mpsc::unbounded_channel();
        let rung = ring.clone();
        let push = move |info: redis::PushInfo| match info.kind {
            // Handed on at once: every task in between would be a wait for it.
            PushKind::SMessage => rung.send_modify(|count| *count += 1),
            // Where nobody hears it the connection is about to be closed.
            PushKind::Disconnection | PushKind::SUnsubscribe => drop(lost.send(())),
            _ => {}
        };
        if let Ok(mut connection) = net.pushing(keys.slot, push).await
            && subscribe(&mut connection, &keys.bell).await
        {
            ring.send_modify(|count| *count += 1);
            loop {
                tokio::select! {
                    _ = broken.recv() => break,
                    () = tokio::time::sleep(PROBE_EVERY) => {
                        if connection.send_packed_command(&redis::cmd("PING")).await.is_err() {
                            break;
                        }
                    }
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn subscribe(connection: &mut MultiplexedConnection, channel: &str) -> bool {
    let mut cmd = redis::cmd("SSUBSCRIBE");
    cmd.arg(channel);
    let answer = connection.send_packed_command(&cmd).await;
    answer.is_ok_and(|answer| answer.extract_error().is_ok())
}
