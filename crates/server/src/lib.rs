//! The server: its resources, wiring, configuration.
