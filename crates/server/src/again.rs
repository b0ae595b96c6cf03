//! Changes outside the dispatcher that met another change.

use telamon_wire::Failure;

/// How often such a change is tried.
const ATTEMPTS: usize = 5;

/// Makes a change, and makes it again if another one got in the way.
pub async fn again<T, Fut>(change: impl Fn() -> Fut) -> Result<T, Failure>
where
    Fut: Future<Output = Result<T, Failure>>,
{
    for _ in 1..ATTEMPTS {
        match change().await {
            Err(Failure::Retry) => {}
            settled => return settled,
        }
    }
    change().await
}
