//! The page about the configuration, written from the default file.

use std::fmt::Write as _;

use super::{DEFAULT, known};

/// The page in Markdown: a table for each section, with key, variable, default and description.
pub fn markdown() -> String {
    let mut page =
        String::from("# Configuration\n\nThis page is written from the default file, which `telamon config` prints.\n");
    let mut comment = String::new();
    let mut section = String::new();
    for line in DEFAULT.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push_str(text);
        } else if line.is_empty() {
            write_paragraph(&mut page, &std::mem::take(&mut comment));
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            // Writing to a String cannot fail.
            let _ = write!(page, "\n## `[{name}]`\n");
            write_paragraph(&mut page, &std::mem::take(&mut comment));
            page.push_str("\n| Key | Default | Environment | |\n|---|---|---|---|\n");
        } else if let Some((key, default)) = line.split_once(" = ") {
            let variable = known::variable(&format!("{section}.{key}"));
            let text = std::mem::take(&mut comment);
            let _ = writeln!(page, "| `{key}` | `{default}` | `{variable}` | {} |", text.trim().replace('|', "\\|"));
        }
    }
    page
}

fn write_paragraph(page: &mut String, text: &str) {
    if !text.trim().is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(page, "\n{}\n", text.trim());
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_in_the_repository_is_current() {
        let written = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.md");
        let found = std::fs::read_to_string(written).unwrap();
        assert_eq!(found, super::markdown(), "run: cargo run -p telamon -- config --markdown > docs/config.md");
    }
}
