//! The commands that talk to a running OrderWeaver over HTTP.
