package clients

import (
	"context"
	"net/http"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestAPIKeys(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, keys := context.Background(), owner.ProgrammaticAPIKeysApi
		wanted := admin.NewCreateAtlasOrganizationApiKey(unique("key"), []string{"ORG_READ_ONLY"})
		made := call(keys.CreateApiKey(ctx, organization, wanted).Execute()).is(t, http.StatusOK)
		itself := apiKey(t, made.GetPublicKey(), made.GetPrivateKey())
		call(itself.OrganizationsApi.GetOrganization(ctx, organization).Execute()).is(t, http.StatusOK)
		expect := func(answer *admin.ApiKeyUserDetails, description, role string) {
			t.Helper()
			matches(t, answer, `{"desc":%q,"id":%q,"privateKey":%q,"publicKey":%q,"roles":[{"orgId":%q,"roleName":%q}]}`,
				description, made.GetId(), maskedKey(made), made.GetPublicKey(), organization, role)
		}
		expect(call(keys.GetApiKey(ctx, organization, made.GetId()).Execute()).is(t, http.StatusOK), wanted.Desc, "ORG_READ_ONLY")

		update := &admin.UpdateAtlasOrganizationApiKey{Desc: ptr("renamed"), Roles: &[]string{"ORG_MEMBER"}}
		expect(call(keys.UpdateApiKey(ctx, organization, made.GetId(), update).Execute()).is(t, http.StatusOK), "renamed", "ORG_MEMBER")
		page := call(keys.ListApiKeys(ctx, organization).Execute()).is(t, http.StatusOK)
		// The first came with the organization.
		equal(t, "number of keys", page.GetTotalCount(), 2)
		expect(find(t, page.GetResults(), made.GetId()), "renamed", "ORG_MEMBER")

		call(keys.DeleteApiKey(ctx, organization, made.GetId()).Execute()).is(t, http.StatusNoContent)
		call(keys.GetApiKey(ctx, organization, made.GetId()).Execute()).fails(t, http.StatusNotFound, "API_KEY_NOT_FOUND")
		call(itself.OrganizationsApi.GetOrganization(ctx, organization).Execute()).
			fails(t, http.StatusUnauthorized, "UNEXPECTED_ERROR")
	})
}

// maskedKey is how the private half of a key is shown after its first answer.
func maskedKey(made *admin.ApiKeyUserDetails) string {
	return "********-****-****" + made.GetPrivateKey()[23:]
}

func TestAPIKeysOfAProject(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, keys := context.Background(), owner.ProgrammaticAPIKeysApi
		id := makeProject(t, owner, organization).GetId()
		wanted := &admin.CreateAtlasProjectApiKey{Desc: unique("key"), Roles: []string{"GROUP_READ_ONLY"}}
		made := call(keys.CreateProjectApiKey(ctx, id, wanted).Execute()).is(t, http.StatusOK)
		itself := apiKey(t, made.GetPublicKey(), made.GetPrivateKey())
		call(itself.ProjectsApi.GetProject(ctx, id).Execute()).is(t, http.StatusOK)
		expect := func(answer *admin.ApiKeyUserDetails, role string) {
			t.Helper()
			matches(t, answer, `{"desc":%q,"id":%q,"privateKey":%q,"publicKey":%q,
				"roles":[{"orgId":%q,"roleName":"ORG_MEMBER"},{"groupId":%q,"roleName":%q}]}`,
				wanted.Desc, made.GetId(), maskedKey(made), made.GetPublicKey(), organization, id, role)
		}
		update := &admin.UpdateAtlasProjectApiKey{Roles: &[]string{"GROUP_OWNER"}}
		expect(call(keys.UpdateApiKeyRoles(ctx, id, made.GetId(), update).Execute()).is(t, http.StatusOK), "GROUP_OWNER")

		call(keys.RemoveProjectApiKey(ctx, id, made.GetId()).Execute()).is(t, http.StatusNoContent)
		// It stays in the organization.
		left := call(keys.GetApiKey(ctx, organization, made.GetId()).Execute()).is(t, http.StatusOK)
		matches(t, left.GetRoles(), `[{"orgId":%q,"roleName":"ORG_MEMBER"}]`, organization)
		call(itself.ProjectsApi.GetProject(ctx, id).Execute()).fails(t, http.StatusUnauthorized, "USER_CANNOT_ACCESS_GROUP")
		again := &[]admin.UserAccessRoleAssignment{{Roles: &[]string{"GROUP_CLUSTER_MANAGER"}}}
		call(keys.AddProjectApiKey(ctx, id, made.GetId(), again).Execute()).is(t, http.StatusNoContent)
		page := call(keys.ListProjectApiKeys(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "number of keys", page.GetTotalCount(), len(page.GetResults()))
		expect(find(t, page.GetResults(), made.GetId()), "GROUP_CLUSTER_MANAGER")
	})
}

func TestAccessListOfAnAPIKey(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, keys := context.Background(), owner.ProgrammaticAPIKeysApi
		wanted := admin.NewCreateAtlasOrganizationApiKey(unique("key"), []string{"ORG_READ_ONLY"})
		key := call(keys.CreateApiKey(ctx, organization, wanted).Execute()).is(t, http.StatusOK)
		id, itself := key.GetId(), apiKey(t, key.GetPublicKey(), key.GetPrivateKey())
		entries := &[]admin.UserAccessListRequest{{IpAddress: ptr("203.0.113.7")}, {CidrBlock: ptr("198.51.100.0/24")}}
		made := call(keys.CreateApiKeyAccessList(ctx, organization, id, entries).Execute()).is(t, http.StatusOK)
		equal(t, "number of entries", made.GetTotalCount(), 2)
		address, block := made.GetResults()[0], made.GetResults()[1]
		matches(t, address, `{"cidrBlock":"203.0.113.7/32","count":0,"created":%s,"ipAddress":"203.0.113.7"}`, asJSON(t, address.Created))
		matches(t, block, `{"cidrBlock":"198.51.100.0/24","count":0,"created":%s}`, asJSON(t, block.Created))
		call(itself.OrganizationsApi.GetOrganization(ctx, organization).Execute()).
			fails(t, http.StatusForbidden, "IP_ADDRESS_NOT_ON_ACCESS_LIST")

		call(keys.GetApiKeyAccessList(ctx, organization, "198.51.100.0/24", id).Execute()).gives(t, http.StatusOK, `%s`, asJSON(t, block))
		call(keys.DeleteApiKeyAccessListEntry(ctx, organization, id, "198.51.100.0/24").Execute()).is(t, http.StatusNoContent)
		call(keys.GetApiKeyAccessList(ctx, organization, "198.51.100.0/24", id).Execute()).
			fails(t, http.StatusNotFound, "API_KEY_ACCESS_LIST_NOT_FOUND")
		call(keys.ListApiKeyAccessListsEntries(ctx, organization, id).Execute()).gives(t, http.StatusOK,
			`{"results":[%s],"totalCount":1}`, asJSON(t, address))
		call(keys.DeleteApiKeyAccessListEntry(ctx, organization, id, "203.0.113.7").Execute()).is(t, http.StatusNoContent)
		call(itself.OrganizationsApi.GetOrganization(ctx, organization).Execute()).is(t, http.StatusOK)
	})
}

func TestAWrongPrivateKey(t *testing.T) {
	client := apiKey(t, publicKey, "00000000-0000-0000-0000-000000000000")
	call(client.OrganizationsApi.ListOrganizations(context.Background()).Execute()).
		fails(t, http.StatusUnauthorized, "UNEXPECTED_ERROR")
}
