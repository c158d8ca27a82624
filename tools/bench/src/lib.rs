//! The benchmark: load on a real server, figures, and whether what must hold still does.
