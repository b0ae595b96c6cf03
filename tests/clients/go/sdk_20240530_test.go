package clients

import (
	"context"
	"crypto/tls"
	"net/http"
	"testing"

	"go.mongodb.org/atlas-sdk/v20240530005/admin"
)

// An older SDK, which knows API keys only.
func TestOlderSDK(t *testing.T) {
	ctx := context.Background()
	client, err := admin.NewClient(admin.UseBaseURL(baseURL+"/"), admin.UseDigestAuth(publicKey, privateKey))
	if err != nil {
		t.Fatal(err)
	}

	project := call(client.ProjectsApi.CreateProject(ctx, &admin.Group{Name: unique("older"), OrgId: orgID}).Execute()).
		is(t, http.StatusCreated)
	id := project.GetId()
	projects := call(client.ProjectsApi.ListProjects(ctx).Execute()).is(t, http.StatusOK)
	if len(projects.GetResults()) < 2 {
		t.Fatalf("there are %d projects", len(projects.GetResults()))
	}

	user := admin.NewCloudDatabaseUser("$external", id, unique("certificate"))
	user.X509Type = admin.PtrString("MANAGED")
	user.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "admin", RoleName: "readAnyDatabase"}}
	call(client.DatabaseUsersApi.CreateDatabaseUser(ctx, id, user).Execute()).is(t, http.StatusCreated)
	request := &admin.UserCert{MonthsUntilExpiration: admin.PtrInt(3)}
	text := []byte(call(client.X509AuthenticationApi.CreateDatabaseUserCertificate(ctx, id, user.Username, request).Execute()).
		is(t, http.StatusCreated))
	if _, err := tls.X509KeyPair(text, text); err != nil {
		t.Fatal(err)
	}
	page := call(client.X509AuthenticationApi.ListDatabaseUserCertificates(ctx, id, user.Username).Execute()).is(t, http.StatusOK)
	equal(t, "number of certificates", page.GetTotalCount(), 1)

	call(client.ProjectsApi.DeleteProject(ctx, id).Execute()).is(t, http.StatusAccepted)
	_, _, err = client.ProjectsApi.GetProject(ctx, neverExisted).Execute()
	model, known := admin.AsError(err)
	if !known || model.GetErrorCode() != "GROUP_NOT_FOUND" {
		t.Fatalf("wanted GROUP_NOT_FOUND: %v", err)
	}
}
