//! From a path to the operations declared for it.
//!
//! A tree of segments. A literal segment wins over a parameter; where it leads nowhere, the parameter is tried. Values
//! are matched as sent and decoded afterwards, so that `%2F` in a value does not end a segment. A parameter that is
//! declared so takes several segments where one of them leads nowhere: some clients send the slash of a value as it is.

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
    /// Whether the value that leads here may hold slashes.
    slashes: bool,
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
    /// Adds a path, or finds it: the index of its leaf. `next` is the index that a new leaf gets; the value of the
    /// parameter `slashes_in` may hold slashes.
    pub fn add(&mut self, path: &'static str, slashes_in: Option<&str>, next: usize) -> usize {
        let (mut node, mut names, mut verb) = (&mut self.root, Vec::new(), None);
        for segment in path.split('/').filter(|s| !s.is_empty()) {
            let (segment, its_verb) = match segment.split_once(':') {
                Some((segment, verb)) => (segment, Some(verb)),
                None => (segment, None),
            };
            verb = its_verb;
            node = if let Some(name) = segment.strip_prefix('{') {
                let name = name.trim_end_matches('}');
                names.push(name);
                let next = node.parameter.get_or_insert_default();
                next.slashes |= slashes_in == Some(name);
                next
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
        let mut values = Vec::new();
        let leaf = descend(&self.root, Some(path.trim_start_matches('/')), &mut values)?;
        Some(decode(leaf, &values))
    }
}

/// Finds the leaf of what is left of a path: `None` where its last segment has been taken.
fn descend<'n, 'p>(node: &'n Node, path: Option<&'p str>, values: &mut Vec<&'p str>) -> Option<&'n Leaf> {
    let Some(path) = path else { return node.leaf.as_ref() };
    let (segment, rest) = path.split_once('/').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    if rest.is_none()
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
    if let Some(leaf) = node.literals.get(segment).and_then(|next| descend(next, rest, values)) {
        return Some(leaf);
    }
    let next = node.parameter.as_ref()?;
    let depth = values.len();
    let cuts = path.match_indices('/').map(|(at, _)| (&path[..at], Some(&path[at + 1..]))).chain([(path, None)]);
    for (value, rest) in cuts.take(if next.slashes { usize::MAX } else { 1 }) {
        if value.is_empty() || value.ends_with('/') {
            return None;
        }
        values.push(value);
        if let Some(leaf) = descend(next, rest, values) {
            return Some(leaf);
        }
        values.truncate(depth);
    }
    None
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
            "/api/atlas/v2/groups/{groupId}/accessList/{entryValue}",
            "/api/atlas/v2/groups/{groupId}/accessList/{entryValue}/status",
        ];
        for (index, path) in paths.into_iter().enumerate() {
            assert_eq!(router.add(path, Some("entryValue"), index), index);
        }
        assert_eq!(router.add("/api/atlas/v2/groups", None, 99), 1, "a path that is there is found again");
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
    fn a_value_holds_slashes_where_that_is_declared() {
        let entry = |path: &str| {
            let (leaf, values) = found(&format!("/api/atlas/v2/groups/g/accessList/{path}"))?;
            values.into_iter().find(|(name, _)| name == "entryValue").map(|(_, value)| (leaf, value))
        };
        let cases = [
            ("192.0.2.0", 8, "192.0.2.0"),
            ("192.0.2.0%2F24", 8, "192.0.2.0/24"),
            ("192.0.2.0/24", 8, "192.0.2.0/24"),
            ("2001:db8::/32", 8, "2001:db8::/32"),
            ("192.0.2.0/status", 9, "192.0.2.0"),
            ("192.0.2.0/24/status", 9, "192.0.2.0/24"),
        ];
        for (path, leaf, value) in cases {
            assert_eq!(entry(path), Some((leaf, value.to_owned())), "{path}");
        }
        for path in ["", "/24", "192.0.2.0/", "192.0.2.0//24"] {
            assert_eq!(entry(path), None, "{path}");
        }
        assert_eq!(found("/api/atlas/v2/groups/g/h"), None, "other values hold none");
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
