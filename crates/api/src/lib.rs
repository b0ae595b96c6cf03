//! The operation: its declaration, the dispatcher, the registry, OpenAPI.
