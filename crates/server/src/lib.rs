//! The server: its resources, wiring, configuration.

pub mod app;
pub mod bootstrap;
pub mod config;
pub mod gate;
pub mod health;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod oauth;
pub mod resources;
pub mod transport;
pub mod usage;
