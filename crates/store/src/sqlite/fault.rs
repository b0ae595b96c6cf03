//! What SQLite's errors mean to the callers.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::Fault;
use crate::fault::unavailable;

pub(crate) fn fault_of(error: rusqlite::Error) -> Fault {
    let rusqlite::Error::SqliteFailure(code, message) = &error else {
        return Fault::Bug(error.into());
    };
    match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            return Fault::Unique(unique_key(message.as_deref().unwrap_or_default()));
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => return Fault::ForeignKey,
        _ => {}
    }
    match code.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::OutOfMemory
        | ErrorCode::OperationInterrupted
        | ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::NotADatabase => unavailable(&error),
        _ => Fault::Bug(error.into()),
    }
}

/// `UNIQUE constraint failed: org.id, org.name` names the columns: `org.id,name`. With an index over expressions it
/// says `index 'org_name_folded'`: that name.
fn unique_key(message: &str) -> String {
    let key = message.split_once(": ").map_or(message, |(_, key)| key);
    if let Some(index) = key.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let mut columns = key.split(", ");
    let mut name = columns.next().unwrap_or_default().to_owned();
    for column in columns {
        name.push(',');
        name.push_str(column.rsplit_once('.').map_or(column, |(_, column)| column));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_key_is_named_by_its_columns_or_its_index() {
        assert_eq!(unique_key("UNIQUE constraint failed: org.name"), "org.name");
        assert_eq!(unique_key("UNIQUE constraint failed: project.org_id, project.name"), "project.org_id,name");
        assert_eq!(unique_key("UNIQUE constraint failed: index 'org_folded'"), "org_folded");
    }
}
