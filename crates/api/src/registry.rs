//! All operations of a program, checked against each other.

use std::collections::BTreeMap;

use http::Method;
use telamon_wire::Version;

use crate::{
    Operation,
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
            let leaf = router.add(operation.path, operation.slashes_in, leaves.len());
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
        let answers = |o: &&Operation| !o.versioned || version.is_some_and(|asked| o.covers(asked));
        let shape = shapes.iter().map(|&i| &self.operations[i]).find(answers);
        shape.map_or(Match::WrongVersion, |operation| Match::Operation(operation, found))
    }
}

fn overlap(a: &Operation, b: &Operation) -> bool {
    (a.preview && b.preview) || a.covers(b.since) || b.covers(a.since)
}

#[cfg(test)]
mod tests {
    use telamon_wire::Result;

    use super::*;
    use crate::{Cx, EndpointSet, NoContent, Public, RateScope, operation::Builder};

    static SET: EndpointSet = EndpointSet { id: "set", name: "A set", scope: RateScope::Ip, capacity: 1, refill: 1 };
    const OLD: Version = Version::V2023_01_01;
    const NEW: Version = Version::V2024_08_05;

    async fn nothing(_: &mut Cx<Public>, (): &()) -> Result<NoContent> {
        Ok(NoContent)
    }

    fn declared(id: &'static str, path: &'static str) -> Builder<Public> {
        Operation::get(path).operation::<Public>(id, "Tag", Public::unauthenticated(), &SET).summary("Does nothing")
    }

    fn resolved(registry: &Registry, asked: Version) -> Option<Version> {
        match registry.find(&Method::GET, "/a", Some(asked)) {
            Match::Operation(operation, _) => Some(operation.since),
            _ => None,
        }
    }

    #[test]
    fn the_newest_shape_not_after_the_date_answers() {
        let shapes = vec![
            declared("a", "/a").until(NEW, Version::Date(2027, 7, 1)).handler(nothing),
            declared("a", "/a").since(NEW).also_preview().handler(nothing),
        ];
        let registry = Registry::new(shapes).unwrap();
        let cases = [
            (Version::Date(2022, 12, 31), None),
            (OLD, Some(OLD)),
            (Version::Date(2024, 8, 4), Some(OLD)),
            (NEW, Some(NEW)),
            (Version::Date(2043, 1, 1), Some(NEW)),
            (Version::Preview, Some(NEW)),
        ];
        for (asked, expected) in cases {
            assert_eq!(resolved(&registry, asked), expected, "{asked}");
        }
    }

    #[test]
    fn a_shape_of_preview_alone_answers_no_date() {
        let registry = Registry::new(vec![declared("a", "/a").only_preview().handler(nothing)]).unwrap();
        assert_eq!(resolved(&registry, Version::Preview), Some(Version::Preview));
        assert_eq!(resolved(&registry, Version::Date(2043, 1, 1)), None);
        let both = vec![declared("a", "/a").only_preview().handler(nothing), declared("a", "/a").handler(nothing)];
        assert!(Registry::new(both).is_ok());
    }

    #[test]
    fn declarations_that_contradict_each_other_are_refused() {
        let conflict = |operations| Registry::new(operations).err();
        let both = vec![declared("a", "/a").handler(nothing), declared("a", "/a").since(NEW).handler(nothing)];
        assert_eq!(
            conflict(both),
            Some(Conflict::Dates("GET /a (a from 2023-01-01)".into(), "GET /a (a from 2024-08-05)".into()))
        );
        let twice = vec![declared("a", "/a").handler(nothing), declared("a", "/b").handler(nothing)];
        assert_eq!(conflict(twice), Some(Conflict::Id("a")));
    }
}
