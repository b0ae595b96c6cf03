//! How the value of an attribute is written.

use std::fmt::Write as _;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Characters beyond ASCII stay; what is written reads back as it was.
    Raw,
    /// What OpenSSL prints for `-nameopt RFC2253`: each byte from 0x80 on becomes `\XX`, and a number sign that is the
    /// whole value has no backslash, because OpenSSL takes it for the last character rather than the first.
    OpenSsl,
}

/// What RFC 2253 calls special gets a backslash, control characters become `\XX`. An equals sign needs no escape.
pub(super) fn escaped(value: &str, style: Style) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::with_capacity(value.len() + 8);
    for (at, c) in value.chars().enumerate() {
        let special = match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
            '#' => at == 0 && !(style == Style::OpenSsl && last == 0),
            ' ' => at == 0 || at == last,
            _ => false,
        };
        if special {
            text.push('\\');
            text.push(c);
        } else if c.is_ascii_control() || (style == Style::OpenSsl && !c.is_ascii()) {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\{byte:02X}");
            }
        } else {
            text.push(c);
        }
    }
    text
}
