//! What stands on the wire: media types, errors, pages, ids and timestamps.
//!
//! Nothing in here does I/O, and nothing in here knows where the time or a random number comes from: both are
//! handed in through [`Clock`] and [`Entropy`].

mod body;
mod entropy;
mod error;
mod error_code;
mod id;
mod media;
mod page;
mod time;

pub use body::{RequestBody, parse_body};
pub use entropy::{Entropy, random_array};
pub use error::{ApiError, Failure, FieldViolation, Result};
pub use error_code::ErrorCode;
pub use id::{
    ApiKeyId, CaId, ClientId, EventId, Id, IdError, InvitationId, MailId, OrgId, PersonId, ProjectId, RefreshTokenId,
    SecretId, ServiceAccountId, TeamId, UserId,
};
pub use media::{Accept, MediaType, Version, parse_accept, request_media_type_is_accepted};
pub use page::{Link, OutOfRange, Page, PageQuery, page_links, parse_bool};
pub use time::{Clock, Timestamp};
