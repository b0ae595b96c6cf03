//! What holds of every role and every set of roles.

use proptest::{prelude::*, sample::subsequence};
use telamon_authz::{OrgAccess, OrgRole, OrgRoles, ProjectAccess, ProjectRole, ProjectRoles};

fn org_roles() -> impl Strategy<Value = OrgRoles> {
    subsequence(OrgRole::ALL, 0..=OrgRole::ALL.len()).prop_map(|roles| roles.into_iter().collect())
}

fn project_roles() -> impl Strategy<Value = ProjectRoles> {
    subsequence(ProjectRole::ALL, 0..=ProjectRole::ALL.len()).prop_map(|roles| roles.into_iter().collect())
}

/// What is implied by one of the implied ones is implied, each role implies itself, and an owner has them all.
fn is_an_order<R: Copy + PartialEq + std::fmt::Debug>(all: &[R], owner: R, implies: impl Fn(R, R) -> bool) {
    for &one in all {
        assert!(implies(one, one), "{one:?} is not itself");
        assert!(implies(owner, one), "an owner lacks {one:?}");
        for &other in all {
            let both_ways = implies(one, other) && implies(other, one);
            assert!(!both_ways || one == other, "{one:?} and {other:?} imply each other");
            for &third in all {
                let reaches = implies(one, other) && implies(other, third);
                assert!(!reaches || implies(one, third), "{one:?} to {other:?} to {third:?}");
            }
        }
    }
}

#[test]
fn roles_imply_each_other_in_an_order_with_the_owner_on_top() {
    is_an_order(OrgRole::ALL, OrgRole::Owner, OrgRole::implies);
    is_an_order(ProjectRole::ALL, ProjectRole::Owner, ProjectRole::implies);
}

#[test]
fn nobody_grants_their_way_up() {
    for one in ProjectRole::ALL {
        assert_eq!(one.may_grant(ProjectRole::Owner), *one == ProjectRole::Owner, "{one}");
        for other in ProjectRole::ALL {
            let beyond = one.may_grant(*other) && !one.implies(*other);
            assert!(!beyond || *one == ProjectRole::AccessManager, "{one} grants {other}");
            for third in ProjectRole::ALL {
                let through = one.may_grant(*other) && other.may_grant(*third);
                assert!(!through || one.may_grant(*third), "{one} reaches {third} through {other}");
            }
        }
    }
}

#[test]
fn what_an_organization_role_gives_in_projects_grows_with_it() {
    for one in OrgRole::ALL {
        for other in OrgRole::ALL.iter().filter(|other| one.implies(**other)) {
            for role in ProjectRole::ALL.iter().filter(|role| other.in_projects().imply(**role)) {
                assert!(one.in_projects().imply(*role), "{one} has {other}, which gives {role}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_set_implies_what_one_of_it_implies(held in project_roles(), more in project_roles()) {
        for wanted in ProjectRole::ALL {
            let one_does = held.iter().any(|role| role.implies(*wanted));
            prop_assert_eq!(held.imply(*wanted), one_does);
            prop_assert!(!held.imply(*wanted) || held.union(more).imply(*wanted), "more roles take nothing away");
        }
    }

    #[test]
    fn an_operation_admits_an_owner_and_nobody_without_a_role(in_org in org_roles(), in_project in project_roles()) {
        for wanted in OrgRole::ALL {
            let access = OrgAccess::any_of(std::slice::from_ref(wanted));
            prop_assert_eq!(access.admits(in_org), in_org.imply(*wanted));
            prop_assert!(access.admits(OrgRoles::of(&[OrgRole::Owner])));
            prop_assert!(!access.admits(OrgRoles::NONE));
        }
        for wanted in ProjectRole::ALL {
            let access = ProjectAccess::any_of(std::slice::from_ref(wanted));
            let reached = in_project.imply(*wanted) || in_org.in_projects().imply(*wanted);
            prop_assert_eq!(access.admits(in_project, in_org), reached);
            prop_assert!(access.admits(ProjectRoles::NONE, OrgRoles::of(&[OrgRole::Owner])));
            prop_assert!(!access.admits(ProjectRoles::NONE, OrgRoles::NONE));
        }
    }
}
