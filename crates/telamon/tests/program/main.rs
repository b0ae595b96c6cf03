//! The program as its users meet it: the real binary, started, called, signalled and killed.
#![expect(clippy::unwrap_used, reason = "a failure in a test is a panic")]

mod crash;
mod dev;
mod doctor;
mod lasting;
mod revocation;
mod support;
mod upkeep;
mod why;
