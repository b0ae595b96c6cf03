package clients

import (
	"context"
	"net/http"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestRoot(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx := context.Background()
		status := call(owner.RootApi.GetSystemStatus(ctx).Execute()).is(t, http.StatusOK)
		equal(t, "appName", status.AppName, "MongoDB Atlas")
		matches(t, status.ApiKey.GetRoles(), `[{"orgId":%q,"roleName":"ORG_OWNER"}]`, organization)
		addresses := call(admin.ReturnAllControlPlaneIPAddresses(owner.RootApi, ctx).Execute()).is(t, http.StatusOK)
		if addresses.Inbound == nil || addresses.Outbound == nil {
			t.Fatalf("the addresses lack a direction: %v", addresses)
		}
	})
}

func TestOrganizations(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, id string, owner *admin.APIClient) {
		ctx, organizations := context.Background(), owner.OrganizationsApi
		name := unique("renamed")
		call(admin.UpdateOrganization(organizations, ctx, id, &admin.AtlasOrganization{Name: name}).Execute()).is(t, http.StatusOK)
		whole := []any{id, name, admin.SkipDefaultAlertsSettings}
		call(organizations.GetOrganization(ctx, id).Execute()).gives(t, http.StatusOK, `{"id":%q,"isDeleted":false,"name":%q%s}`, whole...)
		call(organizations.ListOrganizations(ctx).Name(name[:12]).Execute()).
			gives(t, http.StatusOK, `{"results":[{"id":%q,"isDeleted":false,"name":%q%s}],"totalCount":1}`, whole...)

		project := makeProject(t, owner, id)
		projects := call(organizations.ListOrganizationProjects(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "number of projects", projects.GetTotalCount(), 1)
		equal(t, "project", projects.GetResults()[0].GetId(), project.GetId())
		call(organizations.DeleteOrganization(ctx, id).Execute()).fails(t, http.StatusConflict, "ORG_NOT_EMPTY")
		call(owner.ProjectsApi.DeleteProject(ctx, project.GetId()).Execute()).is(t, http.StatusAccepted)
		call(organizations.DeleteOrganization(ctx, id).Execute()).is(t, http.StatusNoContent)
		// Its credentials went with it.
		call(organizations.GetOrganization(ctx, id).Execute()).fails(t, http.StatusUnauthorized, "UNEXPECTED_ERROR")
	})
}

func TestOrganizationSettings(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, id string, owner *admin.APIClient) {
		ctx, organizations := context.Background(), owner.OrganizationsApi
		settings := call(organizations.GetOrganizationSettings(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "restrictEmployeeAccess", settings.GetRestrictEmployeeAccess(), false)
		change := &admin.OrganizationSettings{RestrictEmployeeAccess: ptr(true), MultiFactorAuthRequired: ptr(true)}
		settings.RestrictEmployeeAccess, settings.MultiFactorAuthRequired = ptr(true), ptr(true)
		call(organizations.UpdateOrganizationSettings(ctx, id, change).Execute()).gives(t, http.StatusOK, `%s`, asJSON(t, settings))
		call(organizations.GetOrganizationSettings(ctx, id).Execute()).gives(t, http.StatusOK, `%s`, asJSON(t, settings))
	})
}

// The owner gets a list first: without one it would be refused, too.
func TestRequiredAccessLists(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		organization, key := makeOrganization(t, client)
		owner, id := apiKey(t, key.GetPublicKey(), key.GetPrivateKey()), organization.GetId()
		here := &[]admin.UserAccessListRequest{{CidrBlock: ptr("127.0.0.0/8")}}
		other := &admin.CreateAtlasOrganizationApiKey{Desc: "without a list", Roles: []string{"ORG_READ_ONLY"}}
		made := call(owner.ProgrammaticAPIKeysApi.CreateApiKey(ctx, id, other).Execute()).is(t, http.StatusOK)
		call(owner.ProgrammaticAPIKeysApi.CreateApiKeyAccessList(ctx, id, key.GetId(), here).Execute()).is(t, http.StatusOK)
		required := &admin.OrganizationSettings{ApiAccessListRequired: ptr(true)}
		call(owner.OrganizationsApi.UpdateOrganizationSettings(ctx, id, required).Execute()).is(t, http.StatusOK)

		read := call(owner.OrganizationsApi.GetOrganizationSettings(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "apiAccessListRequired", read.GetApiAccessListRequired(), true)
		reader := apiKey(t, made.GetPublicKey(), made.GetPrivateKey())
		call(reader.OrganizationsApi.GetOrganization(ctx, id).Execute()).fails(t, http.StatusForbidden, "ORG_REQUIRES_ACCESS_LIST")
	})
}
