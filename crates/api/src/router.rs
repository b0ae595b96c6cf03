//! From a path to the operations declared for it.
//!
//! A tree of segments. A literal segment wins over a parameter; where it leads nowhere, the parameter is tried. Values
//! are matched as sent and decoded afterwards, so that `%2F` in a value does not end a segment.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

/// What a leaf holds is told by its index.
#[derive(Debug, Default)]
pub(crate) struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<&'static str, Self>,
    parameter: Option<Box<Self>>,
    /// The leaf of this path, and the leaves of its custom verbs.
    leaf: Option<Leaf>,
    verbs: HashMap<&'static str, Leaf>,
}

#[derive(Debug)]
struct Leaf {
    index: usize,
    names: Vec<&'static str>,
}

/// A path that was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub index: usize,
    pub values: HashMap<&'static str, String>,
}

/// A value of the path is not UTF-8, or holds U+0000.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadValue(pub &'static str);

impl Router {
    /// Adds a path, or finds it: the index of its leaf. `next` is the index that a new leaf gets.
    pub fn add(&mut self, path: &'static str, next: usize) -> usize {
        let (mut node, mut names, mut verb) = (&mut self.root, Vec::new(), None);
        for segment in path.split('/').filter(|s| !s.is_empty()) {
            let (segment, its_verb) = match segment.split_once(':') {
                Some((segment, verb)) => (segment, Some(verb)),
                None => (segment, None),
            };
            verb = its_verb;
            node = if let Some(name) = segment.strip_prefix('{') {
                names.push(name.trim_end_matches('}'));
                node.parameter.get_or_insert_default()
            } else {
                node.literals.entry(segment).or_default()
            };
        }
        let leaf = Leaf { index: next, names };
        match verb {
            Some(verb) => node.verbs.entry(verb).or_insert(leaf).index,
            None => node.leaf.get_or_insert(leaf).index,
        }
    }

    /// Finds the leaf of a path.
    pub fn find(&self, path: &str) -> Option<Result<Found, BadValue>> {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let mut values = Vec::new();
        let leaf = descend(&self.root, &segments, &mut values)?;
        Some(decode(leaf, &values))
    }
}

fn descend<'n, 'p>(node: &'n Node, segments: &[&'p str], values: &mut Vec<&'p str>) -> Option<&'n Leaf> {
    let Some((segment, rest)) = segments.split_first() else { return node.leaf.as_ref() };
    if rest.is_empty()
        && let Some((before, verb)) = segment.rsplit_once(':')
    {
        if let Some(leaf) = node.literals.get(before).and_then(|next| next.verbs.get(verb)) {
            return Some(leaf);
        }
        if let Some(leaf) = node.parameter.as_ref().filter(|_| !before.is_empty()).and_then(|next| next.verbs.get(verb))
        {
            values.push(before);
            return Some(leaf);
        }
    }
    if let Some(leaf) = node.literals.get(*segment).and_then(|next| descend(next, rest, values)) {
        return Some(leaf);
    }
    let next = node.parameter.as_ref().filter(|_| !segment.is_empty())?;
    let depth = values.len();
    values.push(segment);
    let leaf = descend(next, rest, values);
    if leaf.is_none() {
        values.truncate(depth);
    }
    leaf
}

fn decode(leaf: &Leaf, values: &[&str]) -> Result<Found, BadValue> {
    let mut decoded = HashMap::with_capacity(values.len());
    for (name, value) in leaf.names.iter().zip(values) {
        let text = percent_decode_str(value).decode_utf8().map_err(|_| BadValue(name))?;
        if text.contains('\0') {
            return Err(BadValue(name));
        }
        decoded.insert(*name, text.into_owned());
    }
    Ok(Found { index: leaf.index, values: decoded })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router() -> Router {
        let mut router = Router::default();
        let paths = [
            "/api/atlas/v2",
            "/api/atlas/v2/groups",
            "/api/atlas/v2/groups/{groupId}",
            "/api/atlas/v2/groups/byName/{groupName}",
            "/api/atlas/v2/groups/{groupId}/databaseUsers/{databaseName}/{username}",
            "/api/atlas/v2/groups/{groupId}/databaseUsers/{username}/certs",
            "/api/atlas/v2/groups/{groupId}:migrate",
            "/api/atlas/v2/resourcePolicies:validate",
        ];
        for (index, path) in paths.into_iter().enumerate() {
            assert_eq!(router.add(path, index), index);
        }
        assert_eq!(router.add("/api/atlas/v2/groups", 99), 1, "a path that is there is found again");
        router
    }

    fn found(path: &str) -> Option<(usize, Vec<(String, String)>)> {
        let found = router().find(path)?.unwrap();
        let mut values: Vec<_> = found.values.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        values.sort();
        Some((found.index, values))
    }

    #[test]
    fn literals_win_over_parameters() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(found("/api/atlas/v2"), Some((0, vec![])));
        assert_eq!(found("/api/atlas/v2/groups/abc"), Some((2, vec![pair("groupId", "abc")])));
        assert_eq!(found("/api/atlas/v2/groups/byName/My%20Project"), Some((3, vec![pair("groupName", "My Project")])));
        assert_eq!(found("/api/atlas/v2/groups/byName"), Some((2, vec![pair("groupId", "byName")])));
        assert_eq!(
            found("/api/atlas/v2/groups/g/databaseUsers/admin/certs"),
            Some((5, vec![pair("groupId", "g"), pair("username", "admin")]))
        );
        assert_eq!(
            found("/api/atlas/v2/groups/g/databaseUsers/$external/arn:aws:iam::1:user%2Fx"),
            Some((
                4,
                vec![
                    pair("databaseName", "$external"),
                    pair("groupId", "g"),
                    pair("username", "arn:aws:iam::1:user/x")
                ]
            ))
        );
    }

    #[test]
    fn a_verb_is_split_off_only_where_it_is_declared() {
        assert_eq!(found("/api/atlas/v2/groups/g:migrate").map(|f| f.0), Some(6));
        assert_eq!(found("/api/atlas/v2/groups/g:paint").map(|f| f.1[0].1.clone()), Some("g:paint".to_owned()));
        assert_eq!(found("/api/atlas/v2/resourcePolicies:validate").map(|f| f.0), Some(7));
        assert_eq!(found("/api/atlas/v2/resourcePolicies"), None);
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["/", "", "/api/atlas/v2/", "/api/atlas/v2/nothing", "/api/atlas/v2/groups//databaseUsers/a/certs"]
        {
            assert_eq!(found(path), None, "{path}");
        }
        assert_eq!(router().find("/api/atlas/v2/groups/%FF"), Some(Err(BadValue("groupId"))));
        assert_eq!(router().find("/api/atlas/v2/groups/a%00"), Some(Err(BadValue("groupId"))));
    }
}
