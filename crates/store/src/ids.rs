//! Ids, which are stored as the text that they are printed as.

use telamon_wire::{
    ApiKeyId, CaId, ClientId, EventId, IdError, InvitationId, MailId, OrgId, PersonId, ProjectId, RefreshTokenId,
    SecretId, ServiceAccountId, TeamId, UserId,
};

use crate::{Cell, Fault, FromValue, Value};

macro_rules! ids {
    ($($id:ty),+ $(,)?) => { $(
        crate::value::values! {
            $id => Text, |id| id.to_string();
            &$id => Text, |id| id.to_string();
        }

        impl FromValue for $id {
            fn from_cell(cell: Cell<'_>) -> Result<Self, Fault> {
                cell.not_null(cell.text()?)?.parse().map_err(|error: IdError| Fault::Bug(error.into()))
            }
        }
    )+ };
}

ids!(
    OrgId,
    ProjectId,
    PersonId,
    TeamId,
    InvitationId,
    ApiKeyId,
    ServiceAccountId,
    SecretId,
    RefreshTokenId,
    UserId,
    CaId,
    EventId,
    MailId,
    ClientId,
);
