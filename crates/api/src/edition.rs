//! The editions of the API: what a path says of the shapes that its client wants.
//!
//! `/api/atlas/v2` is negotiated: `Accept` names a date. The editions before it have one date each, and know nothing of
//! `Accept`, limits of rate or the end of shapes; their clients ask for more than a page holds, and spell access lists as
//! they were called then. They answer from the same operations, so nothing is declared for them.

use std::borrow::Cow;

use telamon_wire::Version;

/// An edition of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// `/api/atlas/v2`, and every path that belongs to no other: `Accept` names a date.
    V2,
    /// `/api/atlas/v1.0`: the shapes of 2023-01-01.
    V1_0,
    /// `/api/atlas/v1.5`: the shapes of 2023-02-01.
    V1_5,
}

impl Edition {
    const fn base(self) -> &'static str {
        match self {
            Self::V2 => "/api/atlas/v2",
            Self::V1_0 => "/api/atlas/v1.0",
            Self::V1_5 => "/api/atlas/v1.5",
        }
    }

    /// The edition that a path belongs to.
    pub(crate) fn of(path: &str) -> Self {
        let holds = |edition: &Self| under(path, edition.base()).is_some();
        [Self::V1_0, Self::V1_5].into_iter().find(holds).unwrap_or(Self::V2)
    }

    /// Whether a request says by `Accept` which shapes it wants.
    pub(crate) const fn is_negotiated(self) -> bool {
        matches!(self, Self::V2)
    }

    /// The path under which the operation of a request is declared.
    pub(crate) fn declared_path(self, path: &str) -> Cow<'_, str> {
        match (self, under(path, self.base())) {
            (Self::V1_0 | Self::V1_5, Some(rest)) => {
                // Older clients end the paths of lists in a slash.
                let rest = rest.strip_suffix('/').unwrap_or(rest);
                Cow::Owned(format!("{}{}", Self::V2.base(), present_spelling(rest)))
            }
            _ => Cow::Borrowed(path),
        }
    }

    /// The version whose shapes a request wants.
    pub(crate) fn version(self, accepted: Option<Version>) -> Option<Version> {
        match self {
            Self::V2 => accepted,
            Self::V1_0 => Some(Version::V2023_01_01),
            Self::V1_5 => Some(Version::V2023_02_01),
        }
    }

    /// The path of a link: that of both older editions leads to `v1.0`, as the service prints it.
    pub(crate) fn link(self, path: &str) -> Cow<'_, str> {
        match (self, under(path, Self::V2.base())) {
            (Self::V1_0 | Self::V1_5, Some(rest)) => Cow::Owned(format!("{}{rest}", Self::V1_0.base())),
            _ => Cow::Borrowed(path),
        }
    }
}

/// What follows `base` in a path, if the path is there or below.
fn under<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    path.strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Older clients know access lists by their first name.
fn present_spelling(rest: &str) -> Cow<'_, str> {
    let mut segments: Vec<&str> = rest.split('/').collect();
    let list = match segments.as_mut_slice() {
        // A project may have the name `whitelist`.
        [_, "groups", "byName", ..] => return Cow::Borrowed(rest),
        [_, "groups", _, list, ..] | [_, "orgs", _, "apiKeys", _, list, ..] if *list == "whitelist" => list,
        _ => return Cow::Borrowed(rest),
    };
    *list = "accessList";
    Cow::Owned(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_a_whole_segment_of_the_path() {
        for (path, edition) in [
            ("/api/atlas/v2/groups", Edition::V2),
            ("/api/atlas/v1.0", Edition::V1_0),
            ("/api/atlas/v1.0/groups", Edition::V1_0),
            ("/api/atlas/v1.5/groups/g/clusters", Edition::V1_5),
            ("/api/private/ipinfo", Edition::V2),
            ("/api/atlas/v1.05/groups", Edition::V2),
            ("/api/atlas/v1/groups", Edition::V2),
            ("/nothing", Edition::V2),
        ] {
            assert_eq!(Edition::of(path), edition, "{path}");
        }
    }

    #[test]
    fn older_paths_lead_to_the_declared_ones() {
        for (path, declared) in [
            ("/api/atlas/v1.0", "/api/atlas/v2"),
            ("/api/atlas/v1.0/groups/", "/api/atlas/v2/groups"),
            ("/api/atlas/v2/groups/", "/api/atlas/v2/groups/"),
            ("/api/atlas/v1.0/groups/byName/v1.0", "/api/atlas/v2/groups/byName/v1.0"),
            ("/api/atlas/v1.0/groups/g/databaseUsers/admin/u%2Fv", "/api/atlas/v2/groups/g/databaseUsers/admin/u%2Fv"),
            ("/api/atlas/v1.0/groups/g/whitelist", "/api/atlas/v2/groups/g/accessList"),
            ("/api/atlas/v1.5/groups/g/whitelist/1.2.3.0%2F24", "/api/atlas/v2/groups/g/accessList/1.2.3.0%2F24"),
            ("/api/atlas/v1.0/orgs/o/apiKeys/k/whitelist/1.2.3.4", "/api/atlas/v2/orgs/o/apiKeys/k/accessList/1.2.3.4"),
            ("/api/atlas/v1.0/orgs/o/apiKeys/k/accessList", "/api/atlas/v2/orgs/o/apiKeys/k/accessList"),
            ("/api/atlas/v1.0/groups/byName/whitelist", "/api/atlas/v2/groups/byName/whitelist"),
            ("/api/atlas/v2/groups/g/whitelist", "/api/atlas/v2/groups/g/whitelist"),
            ("/api/private/ipinfo", "/api/private/ipinfo"),
        ] {
            assert_eq!(Edition::of(path).declared_path(path), declared);
        }
    }

    #[test]
    fn links_of_older_editions_lead_to_the_older_paths() {
        let path = "/api/atlas/v2/groups/g";
        assert_eq!(Edition::V2.link(path), path);
        assert_eq!(Edition::V1_0.link(path), "/api/atlas/v1.0/groups/g");
        assert_eq!(Edition::V1_5.link(path), "/api/atlas/v1.0/groups/g");
        assert_eq!(Edition::V1_0.link("/elsewhere"), "/elsewhere");
    }
}
