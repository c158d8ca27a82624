//! Ctrl-C for commands that compute: they hear of it and say what they have reached.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use terminal::Exit;

/// Becomes true when the user presses Ctrl-C; who presses it again doesn't wait.
pub fn listen() -> Arc<AtomicBool> {
    let is_asked = Arc::new(AtomicBool::new(false));
    let heard = is_asked.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        // Without it Ctrl-C ends the process as the system does.
        let Ok(runtime) = runtime else { return };
        while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            if heard.swap(true, Ordering::Relaxed) {
                std::process::exit(Exit::Interrupted as i32);
            }
        }
    });
    is_asked
}
