package vault

import (
	"context"
	"net/http"
	"testing"

	plugin "github.com/hashicorp/vault-plugin-secrets-mongodbatlas"
	"github.com/hashicorp/vault/sdk/logical"
)

// mount is the plugin, mounted as Vault does it.
type mount struct {
	backend logical.Backend
	storage logical.Storage
}

func mounted(t *testing.T, public, private string) mount {
	t.Helper()
	config := logical.TestBackendConfig()
	config.StorageView = &logical.InmemStorage{}
	backend, err := plugin.Factory(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	vault := mount{backend, config.StorageView}
	vault.write(t, "config", map[string]any{"public_key": public, "private_key": private})
	return vault
}

func (m mount) request(t *testing.T, request logical.Request) *logical.Response {
	t.Helper()
	request.Storage = m.storage
	response, err := m.backend.HandleRequest(context.Background(), &request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func (m mount) write(t *testing.T, path string, data map[string]any) {
	t.Helper()
	response := m.request(t, logical.Request{Operation: logical.UpdateOperation, Path: path, Data: data})
	if response.IsError() {
		t.Fatal(response.Error())
	}
}

// issued is a key that the plugin has handed out.
type issued struct {
	id, public, private, description string
	secret                           *logical.Secret
}

func (m mount) issue(t *testing.T, role string) issued {
	t.Helper()
	response := m.request(t, logical.Request{Operation: logical.ReadOperation, Path: "creds/" + role})
	if response.IsError() {
		t.Fatal(response.Error())
	}
	return issued{
		id:          response.Secret.InternalData["programmatic_api_key_id"].(string),
		public:      response.Data["public_key"].(string),
		private:     response.Data["private_key"].(string),
		description: response.Data["description"].(string),
		secret:      response.Secret,
	}
}

// reported is the error that the plugin reports instead of handing out a key.
func (m mount) reported(t *testing.T, role string) string {
	t.Helper()
	response := m.request(t, logical.Request{Operation: logical.ReadOperation, Path: "creds/" + role})
	if !response.IsError() {
		t.Fatal("a key was handed out")
	}
	return response.Error().Error()
}

func (m mount) renew(t *testing.T, key issued) {
	t.Helper()
	m.request(t, logical.Request{Operation: logical.RenewOperation, Secret: key.secret})
}

func (m mount) revoke(t *testing.T, key issued) {
	t.Helper()
	m.request(t, logical.Request{Operation: logical.RevokeOperation, Secret: key.secret})
}

func (k issued) holder(t *testing.T) *http.Client {
	t.Helper()
	return holder(t, k.public, k.private)
}

func (k issued) path() string { return orgPath + "/apiKeys/" + k.id }
