//! Sagas as data.
