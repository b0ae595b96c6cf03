package clients

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/atlas-sdk/v20241113005/admin"
	"go.mongodb.org/atlas-sdk/v20241113005/auth/clientcredentials"
)

func TestServiceAccounts(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		accounts := client.ServiceAccountsApi
		wanted := admin.NewOrgServiceAccountRequest("made by the Go SDK", unique("account"), []string{"ORG_READ_ONLY"}, 24)
		made := call(accounts.CreateServiceAccount(ctx, orgID, wanted).Execute()).is(t, http.StatusCreated)
		secret := made.GetSecrets()[0]
		if secret.Secret == nil || secret.MaskedSecretValue != nil {
			t.Fatalf("the first answer shows the secret, unmasked: %+v", secret)
		}
		lifetime := secret.ExpiresAt.Sub(secret.CreatedAt)
		equal(t, "lifetime of the secret", lifetime, 24*time.Hour)

		read := call(accounts.GetServiceAccount(ctx, orgID, made.GetClientId()).Execute()).is(t, http.StatusOK)
		masked := read.GetSecrets()[0]
		if masked.Secret != nil || masked.MaskedSecretValue == nil {
			t.Fatalf("later answers mask the secret: %+v", masked)
		}
		page := call(accounts.ListServiceAccounts(ctx, orgID).ItemsPerPage(500).Execute()).is(t, http.StatusOK)
		if !slices.ContainsFunc(page.GetResults(), func(a admin.OrgServiceAccount) bool { return a.GetClientId() == made.GetClientId() }) {
			t.Fatal("the list lacks the new account")
		}

		itself := serviceAccount(t, made.GetClientId(), secret.GetSecret())
		call(itself.OrganizationsApi.GetOrganization(ctx, orgID).Execute()).is(t, http.StatusOK)
		_, response, err := itself.ProjectsApi.CreateProject(ctx, &admin.Group{Name: unique("refused"), OrgId: orgID}).Execute()
		if err == nil {
			t.Fatal("a reader made a project")
		}
		equal(t, "status for a missing role", response.StatusCode, http.StatusUnauthorized)

		update := &admin.OrgServiceAccountUpdateRequest{Name: admin.PtrString("renamed"), Roles: &[]string{"ORG_MEMBER"}}
		call(accounts.UpdateServiceAccount(ctx, made.GetClientId(), orgID, update).Execute()).is(t, http.StatusOK)
		read = call(accounts.GetServiceAccount(ctx, orgID, made.GetClientId()).Execute()).is(t, http.StatusOK)
		equal(t, "name", read.GetName(), "renamed")
		equal(t, "roles", strings.Join(read.GetRoles(), " "), "ORG_MEMBER")

		if _, err := accounts.DeleteServiceAccount(ctx, made.GetClientId(), orgID).Execute(); err != nil {
			t.Fatal(err)
		}
		_, _, err = serviceAccount(t, made.GetClientId(), secret.GetSecret()).OrganizationsApi.ListOrganizations(ctx).Execute()
		if err == nil || !strings.Contains(err.Error(), "invalid_client") {
			t.Fatalf("a deleted account got a token: %v", err)
		}
	})
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

func TestAPIKeys(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		keys := client.ProgrammaticAPIKeysApi
		wanted := admin.NewCreateAtlasOrganizationApiKey(unique("key"), []string{"ORG_READ_ONLY"})
		made := call(keys.CreateApiKey(ctx, orgID, wanted).Execute()).is(t, http.StatusOK)
		itself := apiKey(t, made.GetPublicKey(), made.GetPrivateKey())
		call(itself.OrganizationsApi.GetOrganization(ctx, orgID).Execute()).is(t, http.StatusOK)

		read := call(keys.GetApiKey(ctx, orgID, made.GetId()).Execute()).is(t, http.StatusOK)
		if !strings.HasPrefix(read.GetPrivateKey(), "********-****-****-") {
			t.Fatalf("the private key is not masked: %s", read.GetPrivateKey())
		}
		equal(t, "role", read.GetRoles()[0].GetRoleName(), "ORG_READ_ONLY")

		update := &admin.UpdateAtlasOrganizationApiKey{Desc: admin.PtrString("renamed")}
		call(keys.UpdateApiKey(ctx, orgID, made.GetId(), update).Execute()).is(t, http.StatusOK)
		page := call(keys.ListApiKeys(ctx, orgID).ItemsPerPage(500).Execute()).is(t, http.StatusOK)
		at := slices.IndexFunc(page.GetResults(), func(k admin.ApiKeyUserDetails) bool { return k.GetId() == made.GetId() })
		if at < 0 {
			t.Fatal("the list lacks the new key")
		}
		equal(t, "description", page.GetResults()[at].GetDesc(), "renamed")

		call(keys.DeleteApiKey(ctx, orgID, made.GetId()).Execute()).is(t, http.StatusNoContent)
		call(keys.GetApiKey(ctx, orgID, made.GetId()).Execute()).fails(t, http.StatusNotFound, "API_KEY_NOT_FOUND")
		_, response, err := itself.OrganizationsApi.GetOrganization(ctx, orgID).Execute()
		if err == nil {
			t.Fatal("a deleted key still works")
		}
		equal(t, "status with a deleted key", response.StatusCode, http.StatusUnauthorized)
	})
}

func TestWrongCredentials(t *testing.T) {
	ctx := context.Background()
	_, response, err := apiKey(t, publicKey, "00000000-0000-0000-0000-000000000000").OrganizationsApi.ListOrganizations(ctx).Execute()
	if err == nil {
		t.Fatal("a wrong private key was accepted")
	}
	equal(t, "status with a wrong private key", response.StatusCode, http.StatusUnauthorized)

	_, _, err = serviceAccount(t, clientID, "mdb_sa_sk_wrong").OrganizationsApi.ListOrganizations(ctx).Execute()
	if err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Fatalf("a wrong secret was not refused as one: %v", err)
	}
}
