//! The looks of what people read. Colour appears on a terminal only, and not if `NO_COLOR` is set.

use anstyle::{AnsiColor, Style};

/// A heading.
pub(crate) const HEADING: Style = Style::new().bold();
/// Something that is fine.
pub(crate) const FINE: Style = AnsiColor::Green.on_default();
/// Something to know.
pub(crate) const NOTE: Style = AnsiColor::Yellow.on_default().bold();
/// Something wrong.
pub(crate) const PROBLEM: Style = AnsiColor::Red.on_default().bold();
/// Something to paste.
pub(crate) const COMMAND: Style = AnsiColor::Cyan.on_default();
