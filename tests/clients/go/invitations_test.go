package clients

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

// invitationLasts is how long an answer is awaited.
const invitationLasts = 30 * 24 * time.Hour

func TestInvitationsToAnOrganization(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, id string, owner *admin.APIClient) {
		ctx, organizations := context.Background(), owner.OrganizationsApi
		name := unique("grace") + "@example.com"
		organization := call(organizations.GetOrganization(ctx, id).Execute()).is(t, http.StatusOK)
		caller := call(owner.RootApi.GetSystemStatus(ctx).Execute()).is(t, http.StatusOK).ApiKey.GetPublicKey()

		wanted := &admin.OrganizationInvitationRequest{Username: &name, Roles: &[]string{"ORG_MEMBER"}}
		made := call(organizations.CreateOrganizationInvitation(ctx, id, wanted).Execute()).is(t, http.StatusOK)
		equal(t, "duration", made.GetExpiresAt().Sub(made.GetCreatedAt()), invitationLasts)
		expect := func(answer any, role string) {
			t.Helper()
			matches(t, answer, `{"createdAt":%s,"expiresAt":%s,"groupRoleAssignments":[],"id":%q,"inviterUsername":%q,"orgId":%q,
				"orgName":%q,"roles":[%q],"teamIds":[],"username":%q}`, asJSON(t, made.CreatedAt), asJSON(t, made.ExpiresAt),
				made.GetId(), caller, id, organization.Name, role, name)
		}
		expect(made, "ORG_MEMBER")

		change := &admin.OrganizationInvitationRequest{Username: &name, Roles: &[]string{"ORG_READ_ONLY"}}
		expect(call(organizations.UpdateOrganizationInvitation(ctx, id, change).Execute()).is(t, http.StatusOK), "ORG_READ_ONLY")
		update := &admin.OrganizationInvitationUpdateRequest{Roles: &[]string{"ORG_GROUP_CREATOR"}}
		expect(call(organizations.UpdateOrganizationInvitationById(ctx, id, made.GetId(), update).Execute()).is(t, http.StatusOK),
			"ORG_GROUP_CREATOR")
		expect(call(organizations.GetOrganizationInvitation(ctx, id, made.GetId()).Execute()).is(t, http.StatusOK), "ORG_GROUP_CREATOR")
		list := call(organizations.ListOrganizationInvitations(ctx, id).Username(name).Execute()).is(t, http.StatusOK)
		equal(t, "number of invitations", len(list), 1)
		expect(list[0], "ORG_GROUP_CREATOR")

		call(organizations.DeleteOrganizationInvitation(ctx, id, made.GetId()).Execute()).is(t, http.StatusNoContent)
		call(organizations.GetOrganizationInvitation(ctx, id, made.GetId()).Execute()).
			fails(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
		call(organizations.ListOrganizationInvitations(ctx, id).Execute()).gives(t, http.StatusOK, `[]`)
	})
}

func TestInvitationsToAProject(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, projects := context.Background(), owner.ProjectsApi
		name := unique("grace") + "@example.com"
		project := makeProject(t, owner, organization)
		id := project.GetId()
		caller := call(owner.RootApi.GetSystemStatus(ctx).Execute()).is(t, http.StatusOK).ApiKey.GetPublicKey()

		wanted := &admin.GroupInvitationRequest{Username: &name, Roles: &[]string{"GROUP_READ_ONLY"}}
		made := call(projects.CreateProjectInvitation(ctx, id, wanted).Execute()).is(t, http.StatusOK)
		equal(t, "duration", made.GetExpiresAt().Sub(made.GetCreatedAt()), invitationLasts)
		expect := func(answer any, role string) {
			t.Helper()
			matches(t, answer, `{"createdAt":%s,"expiresAt":%s,"groupId":%q,"groupName":%q,"id":%q,"inviterUsername":%q,"roles":[%q],
				"username":%q}`, asJSON(t, made.CreatedAt), asJSON(t, made.ExpiresAt), id, project.Name, made.GetId(), caller, role, name)
		}
		expect(made, "GROUP_READ_ONLY")

		change := &admin.GroupInvitationRequest{Username: &name, Roles: &[]string{"GROUP_OWNER"}}
		expect(call(projects.UpdateProjectInvitation(ctx, id, change).Execute()).is(t, http.StatusOK), "GROUP_OWNER")
		update := &admin.GroupInvitationUpdateRequest{Roles: &[]string{"GROUP_CLUSTER_MANAGER"}}
		expect(call(projects.UpdateProjectInvitationById(ctx, id, made.GetId(), update).Execute()).is(t, http.StatusOK),
			"GROUP_CLUSTER_MANAGER")
		expect(call(projects.GetProjectInvitation(ctx, id, made.GetId()).Execute()).is(t, http.StatusOK), "GROUP_CLUSTER_MANAGER")
		list := call(projects.ListProjectInvitations(ctx, id).Username(name).Execute()).is(t, http.StatusOK)
		equal(t, "number of invitations", len(list), 1)
		expect(list[0], "GROUP_CLUSTER_MANAGER")

		call(projects.DeleteProjectInvitation(ctx, id, made.GetId()).Execute()).is(t, http.StatusNoContent)
		call(projects.GetProjectInvitation(ctx, id, made.GetId()).Execute()).fails(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
		call(projects.ListProjectInvitations(ctx, id).Execute()).gives(t, http.StatusOK, `[]`)
	})
}
