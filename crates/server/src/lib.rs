//! The server: its resources, wiring, configuration.

pub mod app;
mod attempts;
pub mod bootstrap;
pub mod config;
pub mod console;
pub mod control_plane;
pub mod device;
pub mod gate;
pub mod health;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod mail;
pub mod mongodb;
pub mod oauth;
pub mod resources;
pub mod retention;
mod sign_in;
pub mod slow_hash;
pub mod transport;
pub mod usage;
