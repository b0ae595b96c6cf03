package clients

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestProjects(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		project := makeProject(t, client, orgID)
		if project.Created.IsZero() {
			t.Fatal("the project has no date of creation")
		}

		page := call(client.ProjectsApi.ListProjects(ctx).ItemsPerPage(500).Execute()).is(t, http.StatusOK)
		if !slices.ContainsFunc(page.GetResults(), func(p admin.Group) bool { return p.GetId() == project.GetId() }) {
			t.Fatal("the list lacks the new project")
		}
		equal(t, "number of projects", page.GetTotalCount(), len(page.GetResults()))

		named := call(client.ProjectsApi.GetProjectByName(ctx, project.Name).Execute()).is(t, http.StatusOK)
		equal(t, "id by name", named.GetId(), project.GetId())

		tags := []admin.ResourceTag{{Key: "environment", Value: "test"}}
		update := &admin.GroupUpdate{Name: ptr(project.Name + " renamed"), Tags: &tags}
		call(client.ProjectsApi.UpdateProject(ctx, project.GetId(), update).Execute()).is(t, http.StatusOK)
		call(client.ProjectsApi.GetProject(ctx, project.GetId()).Execute()).gives(t, http.StatusOK,
			`{"clusterCount":0,"created":%s,"id":%q,"name":%q,"orgId":%q,"tags":[{"key":"environment","value":"test"}],
			"withDefaultAlertsSettings":true}`, asJSON(t, project.Created), project.GetId(), project.Name+" renamed", orgID)

		call(client.ProjectsApi.DeleteProject(ctx, project.GetId()).Execute()).is(t, http.StatusAccepted)
		call(client.ProjectsApi.GetProject(ctx, project.GetId()).Execute()).fails(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
	})
}

func TestProjectSettingsAndLimits(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		id := *makeProject(t, client, orgID).Id
		change := &admin.GroupSettings{IsDataExplorerEnabled: ptr(false)}
		call(client.ProjectsApi.UpdateProjectSettings(ctx, id, change).Execute()).is(t, http.StatusOK)
		call(client.ProjectsApi.GetProjectSettings(ctx, id).Execute()).gives(t, http.StatusOK,
			`{"isCollectDatabaseSpecificsStatisticsEnabled":true,"isDataExplorerEnabled":false,"isExtendedStorageSizesEnabled":false,
			"isPerformanceAdvisorEnabled":true,"isRealtimePerformancePanelEnabled":true,"isSchemaAdvisorEnabled":true}`)

		const name = "atlas.project.security.databaseAccess.users"
		limit := &admin.DataFederationLimit{Name: name, Value: 50}
		whole := `{"currentUsage":0,"defaultLimit":100,"maximumLimit":100,"name":%q,"value":%d}`
		call(client.ProjectsApi.SetProjectLimit(ctx, name, id, limit).Execute()).gives(t, http.StatusOK, whole, name, 50)
		call(client.ProjectsApi.GetProjectLimit(ctx, name, id).Execute()).gives(t, http.StatusOK, whole, name, 50)
		call(client.ProjectsApi.DeleteProjectLimit(ctx, name, id).Execute()).is(t, http.StatusNoContent)
		limits := call(client.ProjectsApi.ListProjectLimits(ctx, id).Execute()).is(t, http.StatusOK)
		at := slices.IndexFunc(limits, func(l admin.DataFederationLimit) bool { return l.Name == name })
		if at < 0 {
			t.Fatalf("the list lacks %s: %v", name, limits)
		}
		matches(t, limits[at], whole, name, 100)

		call(admin.ReturnAllIPAddresses(client.ProjectsApi, ctx, id).Execute()).
			gives(t, http.StatusOK, `{"groupId":%q,"services":{"clusters":[]}}`, id)
		versions := call(admin.GetProjectLTSVersions(client.ProjectsApi, ctx, id).DefaultStatus("DEFAULT").Execute()).
			is(t, http.StatusOK)
		equal(t, "number of default versions", len(versions.GetResults()), 1)
	})
}

func TestMigrationOfAProject(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, project := context.Background(), makeProject(t, owner, organization)
		destination, key := makeOrganization(t, owner)
		move := &admin.GroupMigrationRequest{
			DestinationOrgId:            destination.Id,
			DestinationOrgPublicApiKey:  key.PublicKey,
			DestinationOrgPrivateApiKey: key.PrivateKey,
		}
		moved := call(owner.ProjectsApi.MigrateProjectToAnotherOrg(ctx, project.GetId(), move).Execute()).is(t, http.StatusOK)
		equal(t, "organization", moved.OrgId, destination.GetId())
		equal(t, "created", moved.Created, project.Created)
		call(owner.ProjectsApi.GetProject(ctx, project.GetId()).Execute()).
			fails(t, http.StatusUnauthorized, "USER_CANNOT_ACCESS_GROUP")
		there := apiKey(t, key.GetPublicKey(), key.GetPrivateKey())
		call(there.ProjectsApi.GetProject(ctx, project.GetId()).Execute()).is(t, http.StatusOK)
		call(there.ProjectsApi.DeleteProject(ctx, project.GetId()).Execute()).is(t, http.StatusAccepted)
	})
}

func TestErrors(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		call(client.ProjectsApi.GetProject(ctx, neverExisted).Execute()).fails(t, http.StatusNotFound, "GROUP_NOT_FOUND")

		project := makeProject(t, client, orgID)
		again := &admin.Group{Name: project.Name, OrgId: orgID}
		call(client.ProjectsApi.CreateProject(ctx, again).Execute()).fails(t, http.StatusConflict, "GROUP_ALREADY_EXISTS")

		_, _, err := client.DatabaseUsersApi.GetDatabaseUser(ctx, groupID, "admin", "nobody").Execute()
		if !admin.IsErrorCode(err, "USERNAME_NOT_FOUND") {
			t.Fatalf("wanted USERNAME_NOT_FOUND: %v", err)
		}
	})
}
