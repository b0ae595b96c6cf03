//! All operations of a program, checked against each other.

use std::collections::{BTreeMap, HashSet};

use http::Method;
use telamon_wire::Version;

use crate::{
    EndpointSet, Operation,
    router::{BadValue, Found, Router},
};

/// All operations of a program.
pub struct Registry {
    operations: Vec<Operation>,
    router: Router,
    /// For each path: the operations of each method, as indexes.
    leaves: Vec<BTreeMap<String, Vec<usize>>>,
}

/// Two declarations that cannot stand beside each other.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Conflict {
    /// Two shapes of one operation hold on the same date.
    #[error("{0} and {1} are declared for the same method, path and dates")]
    Dates(String, String),
    /// Two operations have the same id but not the same method and path.
    #[error("the operation id {0} is declared twice")]
    Id(&'static str),
}

pub(crate) enum Match<'r> {
    Operation(&'r Operation, Found),
    /// The path is there, the method is not: these are.
    WrongMethod(Vec<&'r str>),
    /// The path and method are there, but not on the date asked for.
    WrongVersion,
    BadValue(BadValue),
    Nothing,
}

impl Registry {
    /// Puts operations together; two that overlap are an error.
    pub fn new(operations: Vec<Operation>) -> Result<Self, Conflict> {
        let mut router = Router::default();
        let mut leaves: Vec<BTreeMap<String, Vec<usize>>> = Vec::new();
        let mut ids: BTreeMap<&str, (&Method, &str)> = BTreeMap::new();
        for (index, operation) in operations.iter().enumerate() {
            let place = (&operation.method, operation.path);
            if *ids.entry(operation.id).or_insert(place) != place {
                return Err(Conflict::Id(operation.id));
            }
            let leaf = router.add(operation.path, leaves.len());
            if leaf == leaves.len() {
                leaves.push(BTreeMap::new());
            }
            let shapes = leaves[leaf].entry(operation.method.to_string()).or_default();
            if let Some(other) = shapes.iter().map(|&i| &operations[i]).find(|other| overlap(operation, other)) {
                return Err(Conflict::Dates(format!("{other:?}"), format!("{operation:?}")));
            }
            shapes.push(index);
        }
        Ok(Self { operations, router, leaves })
    }

    /// All operations, in the order of declaration.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// All endpoint sets, each once, in the order of first use.
    pub fn endpoint_sets(&self) -> Vec<&'static EndpointSet> {
        let mut seen = HashSet::new();
        self.operations.iter().map(|operation| operation.rate).filter(|set| seen.insert(set.id)).collect()
    }

    pub(crate) fn find(&self, method: &Method, path: &str, version: Option<Version>) -> Match<'_> {
        let found = match self.router.find(path) {
            None => return Match::Nothing,
            Some(Err(bad)) => return Match::BadValue(bad),
            Some(Ok(found)) => found,
        };
        let methods = &self.leaves[found.index];
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        let Some(shapes) = methods.get(method) else {
            return Match::WrongMethod(methods.keys().map(String::as_str).collect());
        };
        let asked = version.and_then(|asked| shapes.iter().map(|&i| &self.operations[i]).find(|o| o.covers(asked)));
        asked.map_or(Match::WrongVersion, |operation| Match::Operation(operation, found))
    }
}

fn overlap(a: &Operation, b: &Operation) -> bool {
    (a.preview && b.preview) || a.covers(b.since) || b.covers(a.since)
}
