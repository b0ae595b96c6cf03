// Package clients runs MongoDB's own Go SDK, unmodified, against a running telamon.
//
// The environment names the server, as tests/clients/run sets it.
package clients

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"testing"

	"go.mongodb.org/atlas-sdk/v20241113005/admin"
)

var (
	baseURL      = os.Getenv("TELAMON_BASE_URL")
	orgID        = os.Getenv("TELAMON_ORG_ID")
	groupID      = os.Getenv("TELAMON_GROUP_ID")
	clientID     = os.Getenv("TELAMON_CLIENT_ID")
	clientSecret = os.Getenv("TELAMON_CLIENT_SECRET")
	publicKey    = os.Getenv("TELAMON_PUBLIC_KEY")
	privateKey   = os.Getenv("TELAMON_PRIVATE_KEY")
)

// neverExisted is an id that no server has made.
const neverExisted = "5f00000000000000000000cc"

func TestMain(m *testing.M) {
	if baseURL == "" {
		fmt.Fprintln(os.Stderr, "TELAMON_BASE_URL is not set: start these tests with tests/clients/run")
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// withEachCredential runs a test as a service account and with an API key.
func withEachCredential(t *testing.T, test func(*testing.T, *admin.APIClient)) {
	t.Run("service account", func(t *testing.T) { test(t, serviceAccount(t, clientID, clientSecret)) })
	t.Run("API key", func(t *testing.T) { test(t, apiKey(t, publicKey, privateKey)) })
}

func serviceAccount(t *testing.T, id, secret string) *admin.APIClient {
	t.Helper()
	client, err := admin.NewClient(admin.UseBaseURL(baseURL), admin.UseOAuthAuth(context.Background(), id, secret))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func apiKey(t *testing.T, public, private string) *admin.APIClient {
	t.Helper()
	client, err := admin.NewClient(admin.UseBaseURL(baseURL), admin.UseDigestAuth(public, private))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// outcome is what a call of the SDK gave back.
type outcome[T any] struct {
	value    T
	response *http.Response
	err      error
}

func call[T any](value T, response *http.Response, err error) outcome[T] {
	return outcome[T]{value, response, err}
}

// is wants a status of the 200s and gives the decoded answer.
func (o outcome[T]) is(t *testing.T, status int) T {
	t.Helper()
	if o.err != nil {
		t.Fatal(o.err)
	}
	if o.response.StatusCode != status {
		t.Fatalf("status %d, wanted %d", o.response.StatusCode, status)
	}
	return o.value
}

// fails wants an error that the SDK understands.
func (o outcome[T]) fails(t *testing.T, status int, code string) {
	t.Helper()
	model, known := admin.AsError(o.err)
	if !known {
		t.Fatalf("the SDK does not know this error: %v", o.err)
	}
	if model.Error != status || model.ErrorCode != code {
		t.Fatalf("error %d %s, wanted %d %s: %v", model.Error, model.ErrorCode, status, code, o.err)
	}
}

// unique makes a name that no other run has used.
func unique(prefix string) string {
	var suffix [6]byte
	if _, err := rand.Read(suffix[:]); err != nil {
		panic(err)
	}
	return prefix + "-" + hex.EncodeToString(suffix[:])
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, wanted %v", what, got, want)
	}
}

func makeProject(t *testing.T, client *admin.APIClient) *admin.Group {
	t.Helper()
	request := client.ProjectsApi.CreateProject(context.Background(), &admin.Group{Name: unique("project"), OrgId: orgID})
	project := call(request.Execute()).is(t, http.StatusCreated)
	t.Cleanup(func() { _, _, _ = client.ProjectsApi.DeleteProject(context.Background(), project.GetId()).Execute() })
	return project
}
