//! A wire between two that can be cut: a TCP proxy.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What is read at once.
const BUFFER_BYTES: usize = 16 * 1024;

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// It arrives.
    Whole,
    /// Nothing arrives, and nobody is told: connections seem to be there.
    Silent,
    /// Connections are broken, and new ones too.
    Cut,
}

/// A proxy at work, for as long as it is kept.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    wire: Arc<watch::Sender<Wire>>,
    /// Where it leads.
    target: Arc<watch::Sender<u16>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Listens at a port of its own. It leads nowhere yet.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let wire = Arc::new(watch::Sender::new(Wire::Whole));
        let target = Arc::new(watch::Sender::new(0));
        let accepting = tokio::spawn(accept(listener, wire.clone(), target.clone()));
        Ok(Self { port, wire, target, accepting })
    }

    /// From now on it leads to that port.
    pub fn lead_to(&self, port: u16) {
        self.target.send_replace(port);
    }

    /// From now on that becomes of what is sent.
    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.set(Wire::Cut);
    }
}

async fn accept(
    listener: TcpListener,
    wire: Arc<watch::Sender<Wire>>,
    target: Arc<watch::Sender<u16>>,
) {
    loop {
        // Without a file descriptor for it nobody is served; the next one may have one.
        let Ok((near, _)) = listener.accept().await else { continue };
        let port = *target.borrow();
        tokio::spawn(serve(near, port, wire.subscribe()));
    }
}

/// Until one of the two has gone or the wire is cut.
async fn serve(mut near: TcpStream, port: u16, wire: watch::Receiver<Wire>) {
    let mut cut = wire.clone();
    tokio::select! {
        biased;
        _ = cut.wait_for(|wire| *wire == Wire::Cut) => {
            let _ = near.set_zero_linger(); // a reset, where the system can
        }
        _ = carry_both(&mut near, port, wire) => {}
    }
}

async fn carry_both(
    near: &mut TcpStream,
    port: u16,
    mut wire: watch::Receiver<Wire>,
) -> io::Result<()> {
    until_heard(&mut wire).await;
    let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((near_in, near_out), (far_in, far_out)) = (near.split(), far.split());
    let there = carry(near_in, far_out, wire.clone());
    tokio::try_join!(there, carry(far_in, near_out, wire)).map(|_| ())
}

async fn carry(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut wire: watch::Receiver<Wire>,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = from.read(&mut buffer).await?;
        until_heard(&mut wire).await;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
    }
}

/// Until what is sent arrives.
async fn until_heard(wire: &mut watch::Receiver<Wire>) {
    // The sender lives as long as its proxy; without one the wire is cut anyway.
    let _ = wire.wait_for(|wire| *wire != Wire::Silent).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    /// Somebody who says everything twice, behind a proxy.
    async fn behind_a_proxy() -> (Proxy, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let proxy = Proxy::start().await.expect("a proxy");
        proxy.lead_to(listener.local_addr().expect("an address").port());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(async move {
                    while let Ok(byte) = stream.read_u8().await {
                        let _ = stream.write_all(&[byte, byte]).await;
                    }
                });
            }
        });
        let near = TcpStream::connect(("127.0.0.1", proxy.port)).await.expect("a connection");
        (proxy, near)
    }

    async fn answer(near: &mut TcpStream, byte: u8) -> io::Result<[u8; 2]> {
        near.write_u8(byte).await?;
        let mut answer = [0; 2];
        near.read_exact(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn what_was_sent_into_a_silence_arrives_when_it_is_over() {
        let (proxy, mut near) = behind_a_proxy().await;
        assert_eq!(answer(&mut near, 1).await.expect("an answer"), [1, 1]);
        proxy.set(Wire::Silent);
        near.write_u8(2).await.expect("sent");
        let mut heard = [0; 2];
        let silence = timeout(Duration::from_millis(50), near.read_exact(&mut heard)).await;
        assert!(silence.is_err(), "{heard:?}");
        proxy.set(Wire::Whole);
        near.read_exact(&mut heard).await.expect("an answer");
        assert_eq!(heard, [2, 2]);
    }

    #[tokio::test]
    async fn a_wire_that_is_cut_breaks_its_connections_and_new_ones_until_it_is_whole() {
        let (proxy, mut near) = behind_a_proxy().await;
        assert_eq!(answer(&mut near, 1).await.expect("an answer"), [1, 1]);
        proxy.set(Wire::Cut);
        assert!(answer(&mut near, 2).await.is_err());
        let again = TcpStream::connect(("127.0.0.1", proxy.port)).await;
        assert!(answer(&mut again.expect("a connection"), 3).await.is_err());
        proxy.set(Wire::Whole);
        let again = TcpStream::connect(("127.0.0.1", proxy.port)).await;
        assert_eq!(answer(&mut again.expect("a connection"), 4).await.expect("an answer"), [4, 4]);
    }
}
