// Package clients runs MongoDB's own Go SDK, unmodified, against a running telamon.
//
// The environment names the server, as tests/clients/run sets it. The build tag v20240530005 chooses an older version of
// the SDK, which knows API keys only.
package clients

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

var (
	baseURL      = os.Getenv("TELAMON_BASE_URL")
	orgID        = os.Getenv("TELAMON_ORG_ID")
	groupID      = os.Getenv("TELAMON_GROUP_ID")
	clientID     = os.Getenv("TELAMON_CLIENT_ID")
	clientSecret = os.Getenv("TELAMON_CLIENT_SECRET")
	publicKey    = os.Getenv("TELAMON_PUBLIC_KEY")
	privateKey   = os.Getenv("TELAMON_PRIVATE_KEY")
	username     = os.Getenv("TELAMON_USERNAME")
)

// neverExisted is an id that no server has made.
const neverExisted = "5f00000000000000000000cc"

// credential is a way in.
type credential struct {
	name string
	// scheme is what the header Authorization begins with.
	scheme string
	client func(t *testing.T) *admin.APIClient
	// ownerOf makes a client of the same kind that owns an organization, by way of an API key that does.
	ownerOf func(t *testing.T, organization string, key *admin.APIClient) *admin.APIClient
}

// credentials are those that this version of the SDK knows.
var credentials = []credential{{
	name:    "API key",
	scheme:  "Digest",
	client:  func(t *testing.T) *admin.APIClient { return apiKey(t, publicKey, privateKey) },
	ownerOf: func(_ *testing.T, _ string, key *admin.APIClient) *admin.APIClient { return key },
}}

// withEachCredential runs a test with every kind of credential.
func withEachCredential(t *testing.T, test func(*testing.T, *admin.APIClient)) {
	for _, credential := range credentials {
		t.Run(credential.name, func(t *testing.T) { test(t, credential.client(t)) })
	}
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

// done is for calls that give no value back.
func done(response *http.Response, err error) outcome[any] {
	return outcome[any]{nil, response, err}
}

// is wants a status of the 200s and gives the decoded answer.
func (o outcome[T]) is(t *testing.T, status int) T {
	t.Helper()
	if o.err != nil {
		t.Fatal(o.err)
	}
	equal(t, "status", o.response.StatusCode, status)
	return o.value
}

// fails wants an error that the SDK understands.
func (o outcome[T]) fails(t *testing.T, status int, code string) {
	t.Helper()
	model, known := admin.AsError(o.err)
	if !known {
		t.Fatalf("wanted %d %s, and the SDK knows no such error: %v", status, code, o.err)
	}
	if model.GetError() != status || model.GetErrorCode() != code {
		t.Fatalf("wanted %d %s: %v", status, code, o.err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, wanted %v", what, got, want)
	}
}

// gives wants a status of the 200s and an answer that matches.
func (o outcome[T]) gives(t *testing.T, status int, format string, values ...any) {
	t.Helper()
	matches(t, o.is(t, status), format, values...)
}

// matches wants a value, beside its links, to be exactly this JSON: the types of the SDK are full of pointers.
func matches(t *testing.T, value any, format string, values ...any) {
	t.Helper()
	equal(t, "the value", withoutLinks(t, asJSON(t, value)), withoutLinks(t, fmt.Sprintf(format, values...)))
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func withoutLinks(t *testing.T, text string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	removeLinks(value)
	return asJSON(t, value)
}

func removeLinks(value any) {
	switch value := value.(type) {
	case map[string]any:
		delete(value, "links")
		for _, member := range value {
			removeLinks(member)
		}
	case []any:
		for _, item := range value {
			removeLinks(item)
		}
	}
}

// find gives the item of a list that has an id, and fails if there is none.
func find[T any, P interface {
	*T
	GetId() string
}](t *testing.T, items []T, id string) *T {
	t.Helper()
	for i := range items {
		if P(&items[i]).GetId() == id {
			return &items[i]
		}
	}
	t.Fatalf("the list lacks %s: %v", id, items)
	return nil
}

// unique makes a name that no other run has used.
func unique(prefix string) string {
	var suffix [6]byte
	if _, err := rand.Read(suffix[:]); err != nil {
		panic(err)
	}
	return prefix + "-" + hex.EncodeToString(suffix[:])
}

// withEachOrganization runs a test in an organization of its own, with every kind of credential that owns it.
func withEachOrganization(t *testing.T, test func(t *testing.T, organization string, owner *admin.APIClient)) {
	for _, credential := range credentials {
		t.Run(credential.name, func(t *testing.T) {
			organization, key := makeOrganization(t, credential.client(t))
			owner := credential.ownerOf(t, organization.GetId(), apiKey(t, key.GetPublicKey(), key.GetPrivateKey()))
			test(t, organization.GetId(), owner)
		})
	}
}

// makeOrganization gives an API key, too, that owns the organization.
func makeOrganization(t *testing.T, client *admin.APIClient) (*admin.AtlasOrganization, *admin.ApiKeyUserDetails) {
	t.Helper()
	ctx := context.Background()
	key := &admin.CreateAtlasOrganizationApiKey{Desc: "made with the organization", Roles: []string{"ORG_OWNER"}}
	wanted := &admin.CreateOrganizationRequest{Name: unique("organization"), ApiKey: key}
	made := call(client.OrganizationsApi.CreateOrganization(ctx, wanted).Execute()).is(t, http.StatusCreated)
	owner := apiKey(t, made.ApiKey.GetPublicKey(), made.ApiKey.GetPrivateKey())
	t.Cleanup(func() { _, _, _ = owner.OrganizationsApi.DeleteOrganization(ctx, made.Organization.GetId()).Execute() })
	return made.Organization, made.ApiKey
}

func makeProject(t *testing.T, client *admin.APIClient, organization string) *admin.Group {
	t.Helper()
	ctx := context.Background()
	project := call(client.ProjectsApi.CreateProject(ctx, &admin.Group{Name: unique("project"), OrgId: organization}).Execute()).
		is(t, http.StatusCreated)
	t.Cleanup(func() { _, _, _ = client.ProjectsApi.DeleteProject(ctx, project.GetId()).Execute() })
	return project
}

func ptr[T any](value T) *T { return &value }

// soon is a date in the near future, as exact as the API knows it.
func soon() time.Time { return time.Now().UTC().Truncate(time.Second).Add(24 * time.Hour) }
