//! The test attribute that runs a test on both database engines.
