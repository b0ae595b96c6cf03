//! What a person may do: by roles of their own, and by those of their teams.

use telamon_authz::{OrgRole, OrgRoles, ProjectRole, ProjectRoles};
use telamon_server::resources::roles::{self, Everywhere};
use telamon_store::{Sql, args, sql};
use telamon_testkit::{SeededEntropy, TestServer, telamon_test};
use telamon_wire::{Id, OrgId, PersonId, ProjectId};

static ADD_PERSON: Sql = sql!(
    "INSERT INTO person (id, username, password_hash, first_name, last_name, created_at) VALUES ($1, $2, '', 'A', 'B', 0)"
);
static ADD_TEAM: Sql = sql!("INSERT INTO team (id, org_id, name, created_at) VALUES ($1, $2, $1, 0)");
static ADD_MEMBER: Sql = sql!("INSERT INTO team_member (team_id, person_id, added_at) VALUES ($1, $2, 0)");

const TEAMS: [&str; 2] = ["5f00000000000000000000a1", "5f00000000000000000000a2"];

/// Somebody who has joined the organization.
pub async fn person(t: &TestServer, username: &str, role: OrgRole) -> PersonId {
    let id = PersonId::new(t.now(), &SeededEntropy::of(username));
    let mut tx = t.db().begin_write().await.unwrap();
    tx.run(ADD_PERSON, &args![id, username]).await.unwrap();
    roles::add_in_org(&mut tx, &id.to_string(), t.org_id().parse().unwrap(), role, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn of_person(t: &TestServer, person: PersonId) -> Everywhere {
    let mut tx = t.db().begin_read().await.unwrap();
    roles::of_person(&mut tx, person).await.unwrap()
}

#[telamon_test]
async fn a_person_holds_what_their_teams_hold(t: TestServer) {
    let (org, first): (OrgId, ProjectId) = (t.org_id().parse().unwrap(), t.group_id().parse().unwrap());
    let second: ProjectId = t.project("Second").await.parse().unwrap();
    assert_eq!(of_person(&t, PersonId::new(t.now(), &SeededEntropy::of("nobody"))).await, Everywhere::default());
    let person = person(&t, "somebody@example.com", OrgRole::Member).await;

    let mut tx = t.db().begin_write().await.unwrap();
    roles::add_in_project(&mut tx, &person.to_string(), first, ProjectRole::ReadOnly, t.now()).await.unwrap();
    for (team, role) in TEAMS.into_iter().zip([ProjectRole::ClusterManager, ProjectRole::AccessManager]) {
        tx.run(ADD_TEAM, &args![team, org]).await.unwrap();
        tx.run(ADD_MEMBER, &args![team, person]).await.unwrap();
        roles::add_in_project(&mut tx, team, first, role, t.now()).await.unwrap();
    }
    roles::add_in_project(&mut tx, TEAMS[0], second, ProjectRole::Owner, t.now()).await.unwrap();
    tx.commit().await.unwrap();

    let in_first = ProjectRoles::of(&[ProjectRole::ReadOnly, ProjectRole::ClusterManager, ProjectRole::AccessManager]);
    let mut expected = Everywhere {
        orgs: [(org, OrgRoles::of(&[OrgRole::Member]))].into(),
        projects: [(first, in_first), (second, ProjectRoles::of(&[ProjectRole::Owner]))].into(),
    };
    assert_eq!(of_person(&t, person).await, expected);

    t.owner().delete(&format!("/api/atlas/v2/groups/{second}")).await.is(202);
    expected.projects.remove(&second);
    assert_eq!(of_person(&t, person).await, expected);
}
