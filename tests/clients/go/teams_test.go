package clients

import (
	"context"
	"net/http"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func makeTeam(t *testing.T, client *admin.APIClient, organization string, member *admin.CloudAppUser) *admin.Team {
	t.Helper()
	ctx := context.Background()
	team := &admin.Team{Name: unique("team")}
	team.SetUsernames([]string{member.Username})
	made := call(client.TeamsApi.CreateTeam(ctx, organization, team).Execute()).is(t, http.StatusCreated)
	t.Cleanup(func() { _, _, _ = client.TeamsApi.DeleteTeam(ctx, organization, made.GetId()).Execute() })
	matches(t, made, `{"id":%q,"name":%q,"usernames":[%q]}`, made.GetId(), team.Name, member.Username)
	return made
}

func TestTeams(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, id string, owner *admin.APIClient) {
		ctx, teams := context.Background(), owner.TeamsApi
		team := makeTeam(t, owner, id, makePerson(t, owner, id))
		name := unique("renamed")
		whole, values := `{"id":%q,"name":%q}`, []any{team.GetId(), name}
		call(teams.RenameTeam(ctx, id, team.GetId(), &admin.TeamUpdate{Name: name}).Execute()).
			gives(t, http.StatusOK, whole, values...)
		call(teams.GetTeamById(ctx, id, team.GetId()).Execute()).gives(t, http.StatusOK, whole, values...)
		call(teams.GetTeamByName(ctx, id, name).Execute()).gives(t, http.StatusOK, whole, values...)
		page := call(teams.ListOrganizationTeams(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "number of teams", page.GetTotalCount(), 1)
		equal(t, "name in the list", page.GetResults()[0].GetName(), name)

		call(teams.DeleteTeam(ctx, id, team.GetId()).Execute()).is(t, http.StatusNoContent)
		call(teams.GetTeamById(ctx, id, team.GetId()).Execute()).fails(t, http.StatusNotFound, "TEAM_NOT_FOUND")
		call(teams.GetTeamByName(ctx, id, name).Execute()).fails(t, http.StatusNotFound, "TEAM_NAME_NOT_FOUND")
	})
}

func TestMembersOfATeam(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, id string, owner *admin.APIClient) {
		ctx, teams := context.Background(), owner.TeamsApi
		first, second := makePerson(t, owner, id), makePerson(t, owner, id)
		team := makeTeam(t, owner, id, first).GetId()
		// Who was added comes first.
		added := call(teams.AddTeamUser(ctx, id, team, &[]admin.AddUserToTeam{{Id: second.GetId()}}).Execute()).is(t, http.StatusOK)
		equal(t, "number of members", added.GetTotalCount(), 2)
		equal(t, "first member", added.GetResults()[0].GetId(), second.GetId())
		matches(t, added.GetResults()[0].GetTeamIds(), `[%q]`, team)

		done(teams.RemoveTeamUser(ctx, id, team, first.GetId()).Execute()).is(t, http.StatusNoContent)
		members := call(teams.ListTeamUsers(ctx, id, team).Execute()).is(t, http.StatusOK)
		equal(t, "number of members", members.GetTotalCount(), 1)
		equal(t, "member", members.GetResults()[0].Username, second.Username)
		done(teams.RemoveTeamUser(ctx, id, team, neverExisted).Execute()).fails(t, http.StatusNotFound, "USER_NOT_IN_ORG")
	})
}

func TestTeamsOfAProject(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, teams := context.Background(), owner.TeamsApi
		id := makeProject(t, owner, organization).GetId()
		team := makeTeam(t, owner, organization, makePerson(t, owner, organization)).GetId()

		entry := admin.TeamRole{TeamId: &team, RoleNames: &[]string{"GROUP_READ_ONLY"}}
		whole := `{"results":[{"roleNames":[%q],"teamId":%q}],"totalCount":1}`
		call(teams.AddAllTeamsToProject(ctx, id, &[]admin.TeamRole{entry}).Execute()).
			gives(t, http.StatusOK, whole, "GROUP_READ_ONLY", team)
		entry.RoleNames = &[]string{"GROUP_CLUSTER_MANAGER"}
		call(teams.UpdateTeamRoles(ctx, id, team, &entry).Execute()).gives(t, http.StatusOK, whole, "GROUP_CLUSTER_MANAGER", team)
		call(teams.ListProjectTeams(ctx, id).Execute()).gives(t, http.StatusOK, whole, "GROUP_CLUSTER_MANAGER", team)
		// As Terraform does.
		call(teams.AddAllTeamsToProject(ctx, id, &[]admin.TeamRole{}).Execute()).
			gives(t, http.StatusOK, whole, "GROUP_CLUSTER_MANAGER", team)
		_, _, err := teams.DeleteTeam(ctx, organization, team).Execute()
		if !admin.IsErrorCode(err, "CANNOT_DELETE_TEAM_ASSIGNED_TO_PROJECT") {
			t.Fatalf("a team that is assigned to a project: %v", err)
		}

		done(teams.RemoveProjectTeam(ctx, id, team).Execute()).is(t, http.StatusNoContent)
		done(teams.RemoveProjectTeam(ctx, id, team).Execute()).fails(t, http.StatusNotFound, "TEAM_NOT_IN_GROUP")
		call(teams.ListProjectTeams(ctx, id).Execute()).gives(t, http.StatusOK, `{"results":[],"totalCount":0}`)
	})
}
