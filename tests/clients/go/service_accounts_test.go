//go:build !v20240530005

package clients

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/atlas-sdk/v20241113005/auth/clientcredentials"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func init() {
	credentials = append(credentials, credential{
		name:   "service account",
		scheme: "Bearer",
		client: func(t *testing.T) *admin.APIClient { return serviceAccount(t, clientID, clientSecret) },
		ownerOf: func(t *testing.T, organization string, key *admin.APIClient) *admin.APIClient {
			account := makeServiceAccount(t, key, organization, "ORG_OWNER")
			return serviceAccount(t, account.GetClientId(), account.GetSecrets()[0].GetSecret())
		},
	})
}

func serviceAccount(t *testing.T, id, secret string) *admin.APIClient {
	t.Helper()
	client, err := admin.NewClient(admin.UseBaseURL(baseURL), admin.UseOAuthAuth(context.Background(), id, secret))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func makeServiceAccount(t *testing.T, client *admin.APIClient, organization, role string) *admin.OrgServiceAccount {
	t.Helper()
	wanted := admin.NewOrgServiceAccountRequest("made by the Go SDK", unique("account"), []string{role}, 24)
	return call(client.ServiceAccountsApi.CreateServiceAccount(context.Background(), organization, wanted).Execute()).
		is(t, http.StatusCreated)
}

// makeProjectServiceAccount makes an account that reads a project.
func makeProjectServiceAccount(t *testing.T, client *admin.APIClient, project string) *admin.GroupServiceAccount {
	t.Helper()
	wanted := admin.NewGroupServiceAccountRequest("made by the Go SDK", unique("account"), []string{"GROUP_READ_ONLY"}, 24)
	return call(client.ServiceAccountsApi.CreateProjectServiceAccount(context.Background(), project, wanted).Execute()).
		is(t, http.StatusCreated)
}

func TestServiceAccounts(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, accounts := context.Background(), owner.ServiceAccountsApi
		made := makeServiceAccount(t, owner, organization, "ORG_READ_ONLY")
		id, secret := made.GetClientId(), made.GetSecrets()[0]
		if secret.Secret == nil || secret.MaskedSecretValue != nil {
			t.Fatalf("the first answer shows the secret, unmasked: %+v", secret)
		}
		equal(t, "lifetime of the secret", secret.ExpiresAt.Sub(secret.CreatedAt), 24*time.Hour)
		itself := serviceAccount(t, id, secret.GetSecret())
		call(itself.OrganizationsApi.GetOrganization(ctx, organization).Execute()).is(t, http.StatusOK)
		call(itself.ProjectsApi.CreateProject(ctx, &admin.Group{Name: unique("refused"), OrgId: organization}).Execute()).
			fails(t, http.StatusUnauthorized, "NOT_ORG_GROUP_CREATOR")

		update := &admin.OrgServiceAccountUpdateRequest{Name: ptr("renamed"), Roles: &[]string{"ORG_MEMBER"}}
		call(accounts.UpdateServiceAccount(ctx, id, organization, update).Execute()).is(t, http.StatusOK)
		read := call(accounts.GetServiceAccount(ctx, organization, id).Execute()).is(t, http.StatusOK)
		masked := read.GetSecrets()[0]
		if masked.Secret != nil || masked.MaskedSecretValue == nil {
			t.Fatalf("later answers mask the secret: %+v", masked)
		}
		matches(t, read, `{"clientId":%q,"createdAt":%s,"description":"made by the Go SDK","name":"renamed","roles":["ORG_MEMBER"],
			"secrets":[%s]}`, id, asJSON(t, made.CreatedAt), asJSON(t, masked))
		page := call(accounts.ListServiceAccounts(ctx, organization).Execute()).is(t, http.StatusOK)
		equal(t, "number of accounts", page.GetTotalCount(), len(page.GetResults()))
		at := slices.IndexFunc(page.GetResults(), func(a admin.OrgServiceAccount) bool { return a.GetClientId() == id })
		if at < 0 {
			t.Fatal("the list lacks the new account")
		}
		matches(t, page.GetResults()[at], `%s`, asJSON(t, read))

		done(accounts.DeleteServiceAccount(ctx, id, organization).Execute()).is(t, http.StatusNoContent)
		call(accounts.GetServiceAccount(ctx, organization, id).Execute()).fails(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
		call(itself.OrganizationsApi.GetOrganization(ctx, organization).Execute()).
			fails(t, http.StatusUnauthorized, "UNEXPECTED_ERROR")
		wantInvalidClient(t, id, secret.GetSecret())
	})
}

// wantInvalidClient wants the id and the secret to get no token.
func wantInvalidClient(t *testing.T, id, secret string) {
	t.Helper()
	_, _, err := serviceAccount(t, id, secret).OrganizationsApi.ListOrganizations(context.Background()).Execute()
	if err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Fatalf("wanted invalid_client: %v", err)
	}
}

func TestARevokedTokenStopsWorking(t *testing.T) {
	ctx := context.Background()
	config := clientcredentials.NewConfig(clientID, clientSecret)
	config.TokenURL = baseURL + clientcredentials.TokenAPIPath
	config.RevokeURL = baseURL + clientcredentials.RevokeAPIPath
	token, err := config.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	status := func() int {
		request, err := http.NewRequest(http.MethodGet, baseURL+"/api/atlas/v2/orgs", nil)
		if err != nil {
			t.Fatal(err)
		}
		token.SetAuthHeader(request)
		request.Header.Set("Accept", "application/vnd.atlas.2023-01-01+json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	equal(t, "status", status(), http.StatusOK)
	if err := config.RevokeToken(ctx, token); err != nil {
		t.Fatal(err)
	}
	equal(t, "status after the token was revoked", status(), http.StatusUnauthorized)
}

func TestServiceAccountsOfAProject(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, accounts := context.Background(), owner.ServiceAccountsApi
		id := makeProject(t, owner, organization).GetId()
		made := makeProjectServiceAccount(t, owner, id)
		client, secret := made.GetClientId(), made.GetSecrets()[0]
		itself := serviceAccount(t, client, secret.GetSecret())
		call(itself.ProjectsApi.GetProject(ctx, id).Execute()).is(t, http.StatusOK)
		projects := call(accounts.ListServiceAccountProjects(ctx, organization, client).Execute()).is(t, http.StatusOK)
		matches(t, projects, `{"results":[{"groupId":%q}],"totalCount":1}`, id)

		update := &admin.GroupServiceAccountUpdateRequest{Roles: &[]string{"GROUP_CLUSTER_MANAGER"}}
		call(accounts.UpdateProjectServiceAccount(ctx, client, id, update).Execute()).is(t, http.StatusOK)
		read := call(accounts.GetProjectServiceAccount(ctx, id, client).Execute()).is(t, http.StatusOK)
		matches(t, read, `{"clientId":%q,"createdAt":%s,"description":"made by the Go SDK","name":%q,"roles":["GROUP_CLUSTER_MANAGER"],
			"secrets":%s}`, client, asJSON(t, made.CreatedAt), made.GetName(), asJSON(t, read.Secrets))
		page := call(accounts.ListProjectServiceAccounts(ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "number of accounts", page.GetTotalCount(), len(page.GetResults()))
		at := slices.IndexFunc(page.GetResults(), func(a admin.GroupServiceAccount) bool { return a.GetClientId() == client })
		if at < 0 {
			t.Fatal("the list lacks the new account")
		}
		matches(t, page.GetResults()[at].GetRoles(), `["GROUP_CLUSTER_MANAGER"]`)

		// It stays in the organization.
		call(accounts.DeleteProjectServiceAccount(ctx, client, id).Execute()).is(t, http.StatusNoContent)
		call(accounts.GetProjectServiceAccount(ctx, id, client).Execute()).fails(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
		call(itself.ProjectsApi.GetProject(ctx, id).Execute()).fails(t, http.StatusUnauthorized, "USER_CANNOT_ACCESS_GROUP")
		call(itself.OrganizationsApi.GetOrganization(ctx, organization).Execute()).is(t, http.StatusOK)
		// The SDK, made while the operation was a preview, sends a list.
		roles := &[]admin.GroupServiceAccountRoleAssignment{{Roles: []string{"GROUP_READ_ONLY"}}}
		back := call(accounts.AddProjectServiceAccount(ctx, client, id, roles).Execute()).is(t, http.StatusOK)
		matches(t, back.GetRoles(), `["GROUP_READ_ONLY"]`)
		call(itself.ProjectsApi.GetProject(ctx, id).Execute()).is(t, http.StatusOK)
	})
}

// What an account has in its organization and in its projects alike: secrets and an access list.
type parts struct {
	createSecret func(hours int) outcome[*admin.ServiceAccountSecret]
	deleteSecret func(id string) outcome[any]
	secrets      func() []admin.ServiceAccountSecret
	addEntries   func(*[]admin.ServiceAccountIPAccessListEntry) outcome[*admin.PaginatedServiceAccountIPAccessEntry]
	entries      func() outcome[*admin.PaginatedServiceAccountIPAccessEntry]
	deleteEntry  func(entry string) outcome[any]
}

func TestPartsOfAServiceAccount(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, accounts := context.Background(), owner.ServiceAccountsApi
		account := makeServiceAccount(t, owner, organization, "ORG_READ_ONLY")
		id := account.GetClientId()
		testParts(t, organization, id, account.GetSecrets()[0], parts{
			createSecret: func(hours int) outcome[*admin.ServiceAccountSecret] {
				request := &admin.ServiceAccountSecretRequest{SecretExpiresAfterHours: hours}
				return call(accounts.CreateServiceAccountSecret(ctx, organization, id, request).Execute())
			},
			deleteSecret: func(secret string) outcome[any] {
				return done(accounts.DeleteServiceAccountSecret(ctx, id, secret, organization).Execute())
			},
			secrets: func() []admin.ServiceAccountSecret {
				return call(accounts.GetServiceAccount(ctx, organization, id).Execute()).is(t, http.StatusOK).GetSecrets()
			},
			addEntries: func(new *[]admin.ServiceAccountIPAccessListEntry) outcome[*admin.PaginatedServiceAccountIPAccessEntry] {
				return call(accounts.CreateServiceAccountAccessList(ctx, organization, id, new).Execute())
			},
			entries: func() outcome[*admin.PaginatedServiceAccountIPAccessEntry] {
				return call(accounts.ListServiceAccountAccessList(ctx, organization, id).Execute())
			},
			deleteEntry: func(entry string) outcome[any] {
				return done(accounts.DeleteServiceAccountAccessListEntry(ctx, organization, id, entry).Execute())
			},
		})
	})
}

func TestPartsOfAServiceAccountOfAProject(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, accounts := context.Background(), owner.ServiceAccountsApi
		project := makeProject(t, owner, organization).GetId()
		account := makeProjectServiceAccount(t, owner, project)
		id := account.GetClientId()
		testParts(t, organization, id, account.GetSecrets()[0], parts{
			createSecret: func(hours int) outcome[*admin.ServiceAccountSecret] {
				request := &admin.ServiceAccountSecretRequest{SecretExpiresAfterHours: hours}
				return call(accounts.CreateProjectServiceAccountSecret(ctx, project, id, request).Execute())
			},
			deleteSecret: func(secret string) outcome[any] {
				return done(accounts.DeleteProjectServiceAccountSecret(ctx, id, secret, project).Execute())
			},
			secrets: func() []admin.ServiceAccountSecret {
				return call(accounts.GetProjectServiceAccount(ctx, project, id).Execute()).is(t, http.StatusOK).GetSecrets()
			},
			addEntries: func(new *[]admin.ServiceAccountIPAccessListEntry) outcome[*admin.PaginatedServiceAccountIPAccessEntry] {
				return call(accounts.CreateProjectServiceAccountAccessList(ctx, project, id, new).Execute())
			},
			entries: func() outcome[*admin.PaginatedServiceAccountIPAccessEntry] {
				return call(accounts.ListProjectServiceAccountAccessList(ctx, project, id).Execute())
			},
			deleteEntry: func(entry string) outcome[any] {
				return done(accounts.DeleteProjectServiceAccountAccessListEntry(ctx, project, id, entry).Execute())
			},
		})
	})
}

func testParts(t *testing.T, organization, id string, first admin.ServiceAccountSecret, of parts) {
	t.Helper()
	opens := func(secret *admin.ServiceAccountSecret) outcome[*admin.AtlasOrganization] {
		itself := serviceAccount(t, id, secret.GetSecret())
		return call(itself.OrganizationsApi.GetOrganization(context.Background(), organization).Execute())
	}
	second := of.createSecret(8).is(t, http.StatusCreated)
	equal(t, "lifetime of the secret", second.ExpiresAt.Sub(second.CreatedAt), 8*time.Hour)
	equal(t, "number of secrets", len(of.secrets()), 2)
	opens(second).is(t, http.StatusOK)
	of.deleteSecret(first.Id).is(t, http.StatusNoContent)
	of.deleteSecret(first.Id).fails(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
	equal(t, "number of secrets", len(of.secrets()), 1)
	equal(t, "secret", of.secrets()[0].Id, second.Id)
	wantInvalidClient(t, id, first.GetSecret())

	wanted := &[]admin.ServiceAccountIPAccessListEntry{{IpAddress: ptr("203.0.113.7")}, {CidrBlock: ptr("198.51.100.0/24")}}
	added := of.addEntries(wanted).is(t, http.StatusOK)
	equal(t, "number of entries", added.GetTotalCount(), 2)
	address, block := added.GetResults()[0], added.GetResults()[1]
	matches(t, address, `{"cidrBlock":"203.0.113.7/32","createdAt":%s,"ipAddress":"203.0.113.7","requestCount":0}`,
		asJSON(t, address.CreatedAt))
	matches(t, block, `{"cidrBlock":"198.51.100.0/24","createdAt":%s,"requestCount":0}`, asJSON(t, block.CreatedAt))
	opens(second).fails(t, http.StatusForbidden, "IP_ADDRESS_NOT_ON_ACCESS_LIST")
	of.deleteEntry("198.51.100.0/24").is(t, http.StatusNoContent)
	of.deleteEntry("198.51.100.0/24").fails(t, http.StatusNotFound, "RESOURCE_NOT_FOUND")
	of.entries().gives(t, http.StatusOK, `{"results":[%s],"totalCount":1}`, asJSON(t, address))
	of.deleteEntry("203.0.113.7").is(t, http.StatusNoContent)
	opens(second).is(t, http.StatusOK)
}

func TestAWrongSecret(t *testing.T) {
	wantInvalidClient(t, clientID, "mdb_sa_sk_wrong")
}
