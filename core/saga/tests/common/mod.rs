//! A world around the walk of a saga: definitions of every shape, participants that misbehave on
//! demand, a clock, and rules that hold after every event.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod definitions;
pub mod participants;
pub mod rules;
pub mod script;
pub mod world;
