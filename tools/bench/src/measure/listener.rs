//! Which process listens on a port of this machine.

use std::fs;
use std::path::Path;

/// A socket that listens, in the fourth column of `/proc/net/tcp`.
const LISTENS: &str = "0A";

/// The process that listens on that port of this machine; nothing if there is none, or if it is
/// somebody else's and we may not know.
pub fn listener(port: u16) -> Option<u32> {
    let page = |path| fs::read_to_string(path).unwrap_or_default();
    let pages = page("/proc/net/tcp") + &page("/proc/net/tcp6");
    let socket = format!("socket:[{}]", inode(&pages, port)?);
    let entries = fs::read_dir("/proc").ok()?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| holds(*pid, &socket)).min()
}

/// The number of the socket.
fn inode(pages: &str, port: u16) -> Option<&str> {
    let end = format!(":{port:04X}");
    pages.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, _, _, _, _, _, inode, ..] = words[..] else { return None };
        (local.ends_with(&end) && state == LISTENS).then_some(inode)
    })
}

fn holds(pid: u32, socket: &str) -> bool {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let targets = entries.filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.into_iter().any(|target| target == Path::new(socket))
}

#[cfg(test)]
mod tests {
    use super::{inode, listener};
    use std::net::TcpListener;

    #[test]
    fn the_process_behind_a_port_is_found() {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("an address").port();
        assert_eq!(listener(port), Some(std::process::id()));
        drop(socket);
        assert_eq!(listener(port), None);
    }

    #[test]
    fn a_connection_to_a_port_is_no_listener() {
        let line = |state| format!("0: 0100007F:1F90 00000000:0000 {state} 0:0 0:0 0 0 0 77 1\n");
        assert_eq!(inode(&line("0A"), 0x1F90), Some("77"));
        assert_eq!(inode(&line("01"), 0x1F90), None);
        assert_eq!(inode(&line("0A"), 0x1F9), None);
    }
}
