//! Changes are made by units of work. Nothing else begins a write.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Who may: the unit of work itself; and the counts of digest nonces, where a conflict *is* the answer. The migrations, in
/// the room of the database, have their own way.
const MAY_BEGIN: [&str; 2] = ["api/src/work.rs", "server/src/gate/nonces.rs"];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_but_a_unit_of_work_begins_a_write() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for room in ["api", "authn", "authz", "pki", "server", "telamon", "wire"] {
        sources(&crates.join(room).join("src"), &mut files);
    }
    assert!(files.len() > 300, "the sources are somewhere else");
    let mut begin: Vec<String> = files
        .iter()
        .filter(|file| fs::read_to_string(file).unwrap().contains("begin_write("))
        .map(|file| file.strip_prefix(crates).unwrap().to_str().unwrap().to_owned())
        .collect();
    begin.sort();
    assert_eq!(begin, MAY_BEGIN);
}
