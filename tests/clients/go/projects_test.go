package clients

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"go.mongodb.org/atlas-sdk/v20241113005/admin"
)

func TestOrganization(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		status := call(client.RootApi.GetSystemStatus(ctx).Execute()).is(t, http.StatusOK)
		equal(t, "appName", status.AppName, "MongoDB Atlas")

		page := call(client.OrganizationsApi.ListOrganizations(ctx).Execute()).is(t, http.StatusOK)
		if !slices.ContainsFunc(page.GetResults(), func(o admin.AtlasOrganization) bool { return o.GetId() == orgID }) {
			t.Fatalf("the list lacks organization %s", orgID)
		}
		organization := call(client.OrganizationsApi.GetOrganization(ctx, orgID).Execute()).is(t, http.StatusOK)
		equal(t, "id", organization.GetId(), orgID)

		projects := call(client.OrganizationsApi.ListOrganizationProjects(ctx, orgID).Execute()).is(t, http.StatusOK)
		if !slices.ContainsFunc(projects.GetResults(), func(p admin.Group) bool { return p.GetId() == groupID }) {
			t.Fatalf("the list lacks project %s", groupID)
		}
	})
}

func TestOrganizationSettings(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		before := call(client.OrganizationsApi.GetOrganizationSettings(ctx, orgID).Execute()).is(t, http.StatusOK)
		change := &admin.OrganizationSettings{RestrictEmployeeAccess: admin.PtrBool(!before.GetRestrictEmployeeAccess())}
		after := call(client.OrganizationsApi.UpdateOrganizationSettings(ctx, orgID, change).Execute()).is(t, http.StatusOK)
		equal(t, "restrictEmployeeAccess", after.GetRestrictEmployeeAccess(), !before.GetRestrictEmployeeAccess())
	})
}

func TestProjects(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		project := makeProject(t, client)
		equal(t, "orgId", project.OrgId, orgID)
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
		update := &admin.GroupUpdate{Name: admin.PtrString(project.Name + " renamed"), Tags: &tags}
		call(client.ProjectsApi.UpdateProject(ctx, project.GetId(), update).Execute()).is(t, http.StatusOK)
		renamed := call(client.ProjectsApi.GetProject(ctx, project.GetId()).Execute()).is(t, http.StatusOK)
		equal(t, "name", renamed.Name, project.Name+" renamed")
		if !slices.Equal(renamed.GetTags(), tags) {
			t.Fatalf("tags are %v", renamed.GetTags())
		}

		call(client.ProjectsApi.DeleteProject(ctx, project.GetId()).Execute()).is(t, http.StatusAccepted)
		call(client.ProjectsApi.GetProject(ctx, project.GetId()).Execute()).fails(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
	})
}

func TestProjectSettingsAndLimits(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		id := *makeProject(t, client).Id
		change := &admin.GroupSettings{IsDataExplorerEnabled: admin.PtrBool(false)}
		call(client.ProjectsApi.UpdateProjectSettings(ctx, id, change).Execute()).is(t, http.StatusOK)
		settings := call(client.ProjectsApi.GetProjectSettings(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "isDataExplorerEnabled", settings.GetIsDataExplorerEnabled(), false)
		equal(t, "isSchemaAdvisorEnabled", settings.GetIsSchemaAdvisorEnabled(), true)

		const name = "atlas.project.security.databaseAccess.users"
		limit := &admin.DataFederationLimit{Name: name, Value: 50}
		call(client.ProjectsApi.SetProjectLimit(ctx, name, id, limit).Execute()).is(t, http.StatusOK)
		read := call(client.ProjectsApi.GetProjectLimit(ctx, name, id).Execute()).is(t, http.StatusOK)
		equal(t, "limit", read.Value, int64(50))
		call(client.ProjectsApi.DeleteProjectLimit(ctx, name, id).Execute()).is(t, http.StatusNoContent)
		limits := call(client.ProjectsApi.ListProjectLimits(ctx, id).Execute()).is(t, http.StatusOK)
		at := slices.IndexFunc(limits, func(l admin.DataFederationLimit) bool { return l.Name == name })
		if at < 0 || limits[at].Value == 50 {
			t.Fatalf("the limit is not back at its default: %v", limits)
		}

		call(client.ProjectsApi.ReturnAllIpAddresses(ctx, id).Execute()).is(t, http.StatusOK)
	})
}

func TestErrors(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		call(client.ProjectsApi.GetProject(ctx, neverExisted).Execute()).fails(t, http.StatusNotFound, "GROUP_NOT_FOUND")

		project := makeProject(t, client)
		again := &admin.Group{Name: project.Name, OrgId: orgID}
		call(client.ProjectsApi.CreateProject(ctx, again).Execute()).fails(t, http.StatusConflict, "GROUP_ALREADY_EXISTS")

		_, _, err := client.DatabaseUsersApi.GetDatabaseUser(ctx, groupID, "admin", "nobody").Execute()
		if !admin.IsErrorCode(err, "USERNAME_NOT_FOUND") {
			t.Fatalf("wanted USERNAME_NOT_FOUND: %v", err)
		}
	})
}

func TestEvents(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		project := makeProject(t, client)
		user := admin.NewCloudDatabaseUser("admin", project.GetId(), unique("user"))
		user.Password = admin.PtrString("correct horse battery staple")
		user.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "shop", RoleName: "read"}}
		call(client.DatabaseUsersApi.CreateDatabaseUser(ctx, project.GetId(), user).Execute()).is(t, http.StatusCreated)

		ofProject := call(client.EventsApi.ListProjectEvents(ctx, project.GetId()).Execute()).is(t, http.StatusOK)
		at := slices.IndexFunc(ofProject.GetResults(), func(e admin.EventViewForNdsGroup) bool {
			return e.GetEventTypeName() == "MONGODB_USER_ADDED" && e.GetDbUserUsername() == user.Username
		})
		if at < 0 {
			t.Fatalf("no event tells of the new user: %v", ofProject.GetResults())
		}
		event := ofProject.GetResults()[at]
		one := call(client.EventsApi.GetProjectEvent(ctx, project.GetId(), event.GetId()).Execute()).is(t, http.StatusOK)
		equal(t, "event's project", one.GetGroupId(), project.GetId())

		created := client.EventsApi.ListOrganizationEvents(ctx, orgID).EventType([]string{"GROUP_CREATED"}).ItemsPerPage(500)
		ofOrg := call(created.Execute()).is(t, http.StatusOK)
		if !slices.ContainsFunc(ofOrg.GetResults(), func(e admin.EventViewForOrg) bool { return e.GetGroupId() == project.GetId() }) {
			t.Fatal("no event tells of the new project")
		}
		call(client.EventsApi.ListEventTypes(ctx).Execute()).is(t, http.StatusOK)
	})
}
