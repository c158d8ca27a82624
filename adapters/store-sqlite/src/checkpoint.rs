//! Checkpoints: carrying the write-ahead log over into the file, off the writer's thread.

use crate::open::{READER_CACHE_KIB, connect_reader};
use rusqlite::{Connection, OpenFlags};
use std::cell::Cell;
use std::ffi::c_int;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// From so many pages on, a checkpoint is asked for.
const PAGES_WANTED: c_int = 1_000;
/// From so many pages on (64 MiB) the writer helps: nobody else gets it done under full load.
const PAGES_MAX: c_int = 16_000;
/// A background checkpoint repeats until fewer pages than this are left.
const PAGES_LEFT: i64 = 500;
const PASSES_MAX: u32 = 5;

thread_local!(static FRAMES: Cell<c_int> = const { Cell::new(0) });

/// The writer's side: when a checkpoint is wanted.
pub(crate) struct Checkpoints {
    wanted: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    asked_at: c_int,
}

/// Counts the pages in the log, by the hook that SQLite calls after each commit.
pub(crate) fn count_frames(connection: &Connection) {
    connection.wal_hook(Some(|_, frames| {
        FRAMES.set(frames);
        Ok(())
    }));
}

impl Checkpoints {
    /// Called on the writer's thread between two pieces of work, after the answers went out.
    pub fn after_work(&mut self, connection: &Connection) {
        let frames = FRAMES.get();
        if frames < self.asked_at {
            self.asked_at = 0; // the log was reset: it begins anew
        }
        if frames >= PAGES_MAX {
            let _ = pass(connection);
            self.asked_at = 0;
        } else if frames - self.asked_at >= PAGES_WANTED && self.ask() {
            self.asked_at = frames;
        }
    }

    fn ask(&self) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| wanted.try_send(()).is_ok())
    }
}

/// The file is closed only when its last connection is.
impl Drop for Checkpoints {
    fn drop(&mut self) {
        drop(self.wanted.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there has been told by the hook
        }
    }
}

/// Starts the thread; it ends when the writer is gone.
pub(crate) fn start(path: &Path) -> rusqlite::Result<Checkpoints> {
    connect_reader(path, READER_CACHE_KIB)?; // the file can be opened a second time
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_millis(100))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let (wanted, asked) = sync_channel(1);
    let started = thread::Builder::new()
        .name("sqlite-checkpoint".into())
        .spawn(move || run(&connection, &asked));
    if let Err(error) = &started {
        tracing::warn!(%error, "no thread for checkpoints: the writer makes them");
    }
    Ok(Checkpoints { wanted: Some(wanted), thread: started.ok(), asked_at: 0 })
}

fn run(connection: &Connection, asked: &Receiver<()>) {
    while asked.recv().is_ok() {
        for _ in 0..PASSES_MAX {
            match pass(connection) {
                Ok(left) if left > PAGES_LEFT => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "a checkpoint failed; the log keeps everything");
                    break;
                }
            }
        }
    }
}

/// Carries over what no reader needs any more; how many pages are left.
fn pass(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?)
    })
}
