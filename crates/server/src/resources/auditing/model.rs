//! What a change makes of the configuration, and what a filter may look like.

use telamon_wire::{ApiError, ErrorCode};

use super::wire::{AuditLog, AuditLogChange, ConfigurationType};

/// Takes over what a change names. `INVALID_ATTRIBUTE` for a filter that is no object.
pub fn apply(settings: &mut AuditLog, change: &AuditLogChange) -> Result<(), ApiError> {
    let keep = |value: &mut bool, change: Option<bool>| *value = change.unwrap_or(*value);
    keep(&mut settings.audit_authorization_success, change.audit_authorization_success);
    keep(&mut settings.enabled, change.enabled);
    match change.audit_filter.as_deref() {
        None => {}
        Some("") => {
            settings.audit_filter = None;
            settings.configuration_type = ConfigurationType::None;
        }
        Some(filter) if is_object(filter) => {
            settings.audit_filter = Some(filter.to_owned());
            settings.configuration_type = ConfigurationType::FilterJson;
        }
        Some(_) => {
            let error = ApiError::new(ErrorCode::INVALID_ATTRIBUTE).with("auditFilter");
            return Err(error.with("It must be a JSON object, written as a text."));
        }
    }
    Ok(())
}

/// Whether a text is one object, by its braces, brackets and quotes. Strict JSON is not demanded: people write filters as
/// MongoDB's shell does, with single quotes and bare keys.
fn is_object(text: &str) -> bool {
    let text = text.trim();
    let (mut open, mut quote, mut escaped) = (Vec::new(), None, false);
    for (place, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(end) if c == end => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '\'' => quote = Some(c),
                '{' => open.push('}'),
                '[' => open.push(']'),
                '}' | ']' if open.pop() != Some(c) => return false,
                _ => {}
            },
        }
        // The first brace closes with the last character, and not before.
        if open.is_empty() && place + c.len_utf8() != text.len() {
            return false;
        }
    }
    text.starts_with('{') && open.is_empty() && quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_one_object() {
        for good in ["{}", " {\n  \"atype\": \"authenticate\"\n}\n", "{ 'a': { $in: ['}', \"\\\"\"] } }", "{'é': 'ü'}"]
        {
            assert!(is_object(good), "{good}");
        }
        for wrong in ["", " ", "x", "[]", "{", "}", "{} {}", "{]}", "{\"a\": \"}", "x{}", "{}x", "'{}'"] {
            assert!(!is_object(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_change_touches_what_it_names() {
        let mut settings = AuditLog::default();
        let change = |filter: Option<&str>, enabled| AuditLogChange {
            audit_filter: filter.map(str::to_owned),
            enabled,
            ..AuditLogChange::default()
        };
        apply(&mut settings, &change(Some("{ }\n"), Some(true))).unwrap();
        let full = AuditLog {
            audit_authorization_success: false,
            audit_filter: Some("{ }\n".to_owned()),
            configuration_type: ConfigurationType::FilterJson,
            enabled: true,
        };
        assert_eq!(settings, full);
        apply(&mut settings, &change(None, Some(false))).unwrap();
        assert_eq!(settings, AuditLog { enabled: false, ..full });
        assert_eq!(apply(&mut settings, &change(Some("x"), None)).unwrap_err().code, ErrorCode::INVALID_ATTRIBUTE);
        apply(&mut settings, &change(Some(""), None)).unwrap();
        assert_eq!(settings, AuditLog::default());
    }
}
