package clients

import (
	"context"
	"net/http"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

// makePerson makes somebody with an account, who is a member of the organization.
func makePerson(t *testing.T, client *admin.APIClient, organization string) *admin.CloudAppUser {
	t.Helper()
	ctx := context.Background()
	made := call(client.MongoDBCloudUsersApi.CreateUser(ctx, newPerson(unique("ada")+"@example.com", organization)).Execute()).
		is(t, http.StatusCreated)
	t.Cleanup(func() {
		_, _, _ = client.OrganizationsApi.RemoveOrganizationUser(ctx, organization, made.GetId()).Execute()
	})
	return made
}

func newPerson(address, organization string) *admin.CloudAppUser {
	return &admin.CloudAppUser{
		Country: "IE", FirstName: "Ada", LastName: "Byron", MobileNumber: "+353871234567",
		Username: address, EmailAddress: address, Password: "correct horse battery staple",
		Roles: &[]admin.CloudAccessRoleAssignment{{OrgId: &organization, RoleName: ptr("ORG_MEMBER")}},
	}
}

func TestPeopleOfAnOrganization(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, id string, owner *admin.APIClient) {
		ctx, people, organizations := context.Background(), owner.MongoDBCloudUsersApi, owner.OrganizationsApi
		person := makePerson(t, owner, id)
		expect := func(answer *admin.CloudAppUser, role string) {
			t.Helper()
			// Neither password nor mobile number is shown, but the SDK's type cannot leave them out.
			matches(t, answer, `{"country":"IE","createdAt":%s,"emailAddress":%q,"firstName":"Ada","id":%q,"lastName":"Byron",
				"mobileNumber":"","password":"","roles":[{"orgId":%q,"roleName":%q}],"teamIds":[],"username":%q}`,
				asJSON(t, person.CreatedAt), person.Username, person.GetId(), id, role, person.Username)
		}
		expect(call(people.GetUser(ctx, person.GetId()).Execute()).is(t, http.StatusOK), "ORG_MEMBER")
		call(people.CreateUser(ctx, newPerson(person.Username, id)).Execute()).fails(t, http.StatusConflict, "USER_ALREADY_EXISTS")

		roles := &admin.UpdateOrgRolesForUser{OrgRoles: &[]string{"ORG_READ_ONLY"}}
		call(organizations.UpdateOrganizationRoles(ctx, id, person.GetId(), roles).Execute()).
			gives(t, http.StatusOK, `{"orgRoles":["ORG_READ_ONLY"]}`)
		expect(call(people.GetUserByUsername(ctx, person.Username).Execute()).is(t, http.StatusOK), "ORG_READ_ONLY")
		// The oldest owner of the organization that made this one owns it, and comes second in the alphabet.
		page := call(organizations.ListOrganizationUsers(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "number of people", page.GetTotalCount(), 2)
		expect(&page.GetResults()[0], "ORG_READ_ONLY")
		equal(t, "owner", page.GetResults()[1].Username, username)

		call(organizations.RemoveOrganizationUser(ctx, id, person.GetId()).Execute()).is(t, http.StatusNoContent)
		call(organizations.RemoveOrganizationUser(ctx, id, person.GetId()).Execute()).
			fails(t, http.StatusNotFound, "USER_NOT_IN_ORG")
		page = call(organizations.ListOrganizationUsers(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "number of people", page.GetTotalCount(), 1)
	})
}

func TestPeopleOfAProject(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, projects := context.Background(), owner.ProjectsApi
		id, person := makeProject(t, owner, organization).GetId(), makePerson(t, owner, organization)

		member := &admin.GroupInvitationRequest{Username: &person.Username, Roles: &[]string{"GROUP_READ_ONLY"}}
		call(projects.AddUserToProject(ctx, id, member).Execute()).is(t, http.StatusNoContent)
		update := &admin.UpdateGroupRolesForUser{GroupRoles: &[]string{"GROUP_DATA_ACCESS_READ_ONLY"}}
		call(projects.UpdateProjectRoles(ctx, id, person.GetId(), update).Execute()).
			gives(t, http.StatusOK, `{"groupRoles":["GROUP_DATA_ACCESS_READ_ONLY"]}`)
		page := call(projects.ListProjectUsers(ctx, id).Execute()).is(t, http.StatusOK)
		// The other is the owner of the organization.
		equal(t, "number of people", page.GetTotalCount(), 2)
		found := find(t, page.GetResults(), person.GetId())
		matches(t, found.GetRoles(), `[{"orgId":%q,"roleName":"ORG_MEMBER"},
			{"groupId":%q,"roleName":"GROUP_DATA_ACCESS_READ_ONLY"}]`, organization, id)

		done(projects.RemoveProjectUser(ctx, id, person.GetId()).Execute()).is(t, http.StatusNoContent)
		done(projects.RemoveProjectUser(ctx, id, person.GetId()).Execute()).fails(t, http.StatusNotFound, "USER_NOT_IN_GROUP")

		stranger := &admin.GroupInvitationRequest{Username: ptr(unique("grace") + "@example.com"), Roles: member.Roles}
		invitation := call(projects.AddUserToProject(ctx, id, stranger).Execute()).is(t, http.StatusOK)
		equal(t, "organization", invitation.GetOrgId(), organization)
		matches(t, invitation.GetGroupRoleAssignments(), `[{"groupId":%q,"groupRole":"GROUP_READ_ONLY"}]`, id)
	})
}
