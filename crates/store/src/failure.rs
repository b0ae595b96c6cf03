//! What a fault of the database means to a request.

use telamon_wire::Failure;

use crate::Fault;

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Retry => Self::Retry,
            Fault::Unavailable => Self::Unavailable("the database".to_owned()),
            // A violation that nobody expected: where one is possible, the call site maps it to an error of the API.
            other => Self::Bug(Box::new(other)),
        }
    }
}
