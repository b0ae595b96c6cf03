//! The SQL of device authorizations and refresh tokens.

use telamon_store::{Fault, FromRow, Row, Sql, Tx, args, sql};
use telamon_wire::{PersonId, RefreshTokenId, Timestamp};

/// A program that asks, as the person who decides sees it.
#[derive(Clone, Debug)]
pub struct Asking {
    /// How the program calls itself.
    pub client_id: String,
    /// What it asks for.
    pub scope: String,
    /// From where it asked.
    pub address: String,
    /// When.
    pub asked_at: Timestamp,
}

/// A program that asks, as the program itself sees it.
pub struct Answered {
    pub client_id: String,
    pub scope: String,
    pub status: String,
    pub person: Option<PersonId>,
    pub expires_at: Timestamp,
}

/// A sign-in of a program.
#[derive(Clone)]
pub struct SignIn {
    pub id: RefreshTokenId,
    pub person: PersonId,
    pub client_id: String,
    pub scope: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub replaced_at: Timestamp,
    pub seed: String,
    /// Which of its refresh tokens is the newest.
    pub generation: i64,
}

pub const APPROVED: &str = "APPROVED";
pub const DENIED: &str = "DENIED";

static ASK: Sql = sql!(
    "INSERT INTO device_authorization
     (device_code_hash, user_code_mac, client_id, scope, address, status, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, 'PENDING', $6, $7) ON CONFLICT (user_code_mac) DO NOTHING"
);
static ASKING: Sql = sql!(
    "SELECT client_id, scope, address, created_at FROM device_authorization
     WHERE user_code_mac = $1 AND status = 'PENDING' AND expires_at > $2"
);
static DECIDE: Sql = sql!(
    "UPDATE device_authorization SET status = $2, person_id = $3
     WHERE user_code_mac = $1 AND status = 'PENDING' AND expires_at > $4"
);
static ANSWERED: Sql = sql!(
    "SELECT client_id, scope, status, person_id, expires_at FROM device_authorization WHERE device_code_hash = $1"
);
static USE_UP: Sql = sql!("DELETE FROM device_authorization WHERE device_code_hash = $1");

static BEGIN: Sql = sql!(
    "INSERT INTO refresh_token
     (id, person_id, client_id, scope, created_at, expires_at, replaced_at, seed, generation)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
);
static SIGN_IN: Sql = sql!(
    "SELECT id, person_id, client_id, scope, created_at, expires_at, replaced_at, seed, generation FROM refresh_token
     WHERE id = $1 AND ended_at IS NULL"
);
static REPLACE: Sql = sql!(
    "UPDATE refresh_token SET generation = $2, replaced_at = $3, expires_at = $4 WHERE id = $1 AND ended_at IS NULL"
);
static END: Sql = sql!("UPDATE refresh_token SET ended_at = $3 WHERE id = $1 AND client_id = $2 AND ended_at IS NULL");

impl FromRow for Asking {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self { client_id: row.get(0)?, scope: row.get(1)?, address: row.get(2)?, asked_at: row.get(3)? })
    }
}

impl FromRow for Answered {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            client_id: row.get(0)?,
            scope: row.get(1)?,
            status: row.get(2)?,
            person: row.get(3)?,
            expires_at: row.get(4)?,
        })
    }
}

impl FromRow for SignIn {
    fn from_row(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            person: row.get(1)?,
            client_id: row.get(2)?,
            scope: row.get(3)?,
            created_at: row.get(4)?,
            expires_at: row.get(5)?,
            replaced_at: row.get(6)?,
            seed: row.get(7)?,
            generation: row.get(8)?,
        })
    }
}

/// Keeps what a program asks for; `false` if another one waits with the same user code.
pub async fn ask(
    tx: &mut Tx,
    device_code: &[u8; 32],
    user_code: &[u8; 32],
    asking: &Asking,
    expires_at: Timestamp,
) -> Result<bool, Fault> {
    let Asking { client_id, scope, address, asked_at } = asking;
    let values = args![device_code, user_code, client_id, scope, address, asked_at, expires_at];
    Ok(tx.run(ASK, &values).await? == 1)
}

/// Who waits with that user code.
pub async fn asking(tx: &mut Tx, user_code: &[u8; 32], now: Timestamp) -> Result<Option<Asking>, Fault> {
    tx.optional(ASKING, &args![user_code, now]).await
}

/// Keeps what a person decided; `false` if nobody waits with that user code any more.
pub async fn decide(
    tx: &mut Tx,
    user_code: &[u8; 32],
    status: &'static str,
    person: PersonId,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.run(DECIDE, &args![user_code, status, person, now]).await? == 1)
}

/// What became of a device code.
pub async fn answered(tx: &mut Tx, device_code: &[u8; 32]) -> Result<Option<Answered>, Fault> {
    tx.optional(ANSWERED, &args![device_code]).await
}

/// Uses up a device code; `false` if another request did.
pub async fn use_up(tx: &mut Tx, device_code: &[u8; 32]) -> Result<bool, Fault> {
    Ok(tx.run(USE_UP, &args![device_code]).await? == 1)
}

/// Begins a sign-in.
pub async fn begin(tx: &mut Tx, sign_in: &SignIn) -> Result<(), Fault> {
    let SignIn { id, person, client_id, scope, created_at, expires_at, replaced_at, seed, generation } = sign_in;
    let values = args![id, person, client_id, scope, created_at, expires_at, replaced_at, seed, *generation];
    tx.run(BEGIN, &values).await.map(drop)
}

/// The sign-in of that id, unless it was ended.
pub async fn sign_in(tx: &mut Tx, id: RefreshTokenId) -> Result<Option<SignIn>, Fault> {
    tx.optional(SIGN_IN, &args![id]).await
}

/// Replaces the refresh token of a sign-in by that of another generation.
pub async fn replace(
    tx: &mut Tx,
    id: RefreshTokenId,
    generation: i64,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    tx.run(REPLACE, &args![id, generation, now, expires_at]).await.map(drop)
}

/// Ends a sign-in of that program; whether it had not ended yet. Its row stays as that of one that has.
pub async fn end(tx: &mut Tx, id: RefreshTokenId, client_id: &str, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.run(END, &args![id, client_id, now]).await? == 1)
}
