// Package vault runs HashiCorp Vault's secrets engine for Atlas, unmodified, against a running telamon.
//
// The environment names the server, as tests/clients/run sets it.
package vault

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/mongodb-forks/digest"
)

var (
	baseURL    = os.Getenv("TELAMON_BASE_URL")
	orgID      = os.Getenv("TELAMON_ORG_ID")
	groupID    = os.Getenv("TELAMON_GROUP_ID")
	publicKey  = os.Getenv("TELAMON_PUBLIC_KEY")
	privateKey = os.Getenv("TELAMON_PRIVATE_KEY")
)

const api = "/api/atlas/v2"

var (
	orgPath     = api + "/orgs/" + orgID
	projectPath = api + "/groups/" + groupID
)

func TestMain(m *testing.M) {
	if baseURL == "" {
		fmt.Fprintln(os.Stderr, "TELAMON_BASE_URL is not set: start these tests with tests/clients/run")
		os.Exit(2)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	server, err := url.Parse(baseURL)
	if err != nil {
		panic(err)
	}
	folder, err := os.MkdirTemp("", "telamon-vault-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	proxy := startProxy(server, folder)
	defer proxy.Close()
	return m.Run()
}

// holder calls the server directly, as who holds an API key.
func holder(t *testing.T, public, private string) *http.Client {
	t.Helper()
	client, err := digest.NewTransport(public, private).Client()
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// administrator looks at what the plugin did.
func administrator(t *testing.T) *http.Client {
	t.Helper()
	return holder(t, publicKey, privateKey)
}

// answer is what the server said.
type answer struct {
	Status int
	Body   map[string]any
}

func send(t *testing.T, client *http.Client, method, path string) answer {
	t.Helper()
	request, err := http.NewRequest(method, baseURL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/vnd.atlas.2023-01-01+json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	said := answer{Status: response.StatusCode}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &said.Body); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return said
}

func get(t *testing.T, client *http.Client, path string) answer {
	t.Helper()
	return send(t, client, http.MethodGet, path)
}

// refusal is the whole error that the server answers with.
func refusal(status int, code, detail string, parameters ...any) answer {
	return answer{status, map[string]any{
		"detail": detail, "error": status, "errorCode": code, "parameters": append([]any{}, parameters...),
		"reason": http.StatusText(status),
	}}
}

// unauthorized is the answer to a credential that is not, or no longer, one.
var unauthorized = answer{http.StatusUnauthorized, map[string]any{
	"detail": "You are not authorized for this resource.", "error": http.StatusUnauthorized, "errorCode": "UNEXPECTED_ERROR",
	"reason": "Unauthorized",
}}

// equal compares what two values are in JSON.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if got, want := text(t, got), text(t, want); got != want {
		t.Fatalf("%s is\n%s\nwanted\n%s", what, got, want)
	}
}

func text(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
