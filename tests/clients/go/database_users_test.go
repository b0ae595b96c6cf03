package clients

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"go.mongodb.org/atlas-sdk/v20241113005/admin"
)

func TestDatabaseUsers(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		users := client.DatabaseUsersApi
		user := admin.NewCloudDatabaseUser("admin", groupID, unique("user"))
		user.Password = admin.PtrString("correct horse battery staple")
		user.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "shop", RoleName: "readWrite"}}
		user.Labels = &[]admin.ComponentLabel{{Key: admin.PtrString("team"), Value: admin.PtrString("shop")}}
		made := call(users.CreateDatabaseUser(ctx, groupID, user).Execute()).is(t, http.StatusCreated)
		equal(t, "username", made.Username, user.Username)
		if made.Password != nil {
			t.Fatal("the answer holds the password")
		}
		call(users.CreateDatabaseUser(ctx, groupID, user).Execute()).fails(t, http.StatusConflict, "USER_ALREADY_EXISTS")

		page := call(users.ListDatabaseUsers(ctx, groupID).ItemsPerPage(500).Execute()).is(t, http.StatusOK)
		if !slices.ContainsFunc(page.GetResults(), func(u admin.CloudDatabaseUser) bool { return u.Username == user.Username }) {
			t.Fatal("the list lacks the new user")
		}

		// As Terraform does: what was read goes back, changed.
		made.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "shop", RoleName: "read", CollectionName: admin.PtrString("orders")}}
		made.Scopes = &[]admin.UserScope{{Name: "cluster0", Type: "CLUSTER"}}
		made.Labels = &[]admin.ComponentLabel{}
		call(users.UpdateDatabaseUser(ctx, groupID, "admin", user.Username, made).Execute()).is(t, http.StatusOK)
		read := call(users.GetDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).is(t, http.StatusOK)
		equal(t, "collection", read.GetRoles()[0].GetCollectionName(), "orders")
		equal(t, "scope", read.GetScopes()[0], admin.UserScope{Name: "cluster0", Type: "CLUSTER"})
		equal(t, "number of labels", len(read.GetLabels()), 0)

		call(users.DeleteDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).is(t, http.StatusNoContent)
		call(users.GetDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).fails(t, http.StatusNotFound, "USERNAME_NOT_FOUND")
		call(users.DeleteDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).fails(t, http.StatusNotFound, "USER_NOT_FOUND")
	})
}

// The names of certificate users hold what a URL must encode.
func TestDatabaseUserWithADistinguishedName(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		name := "CN=" + unique("ellen") + "@example.com,OU=Entwicklung/Köln,O=Example Org"
		user := admin.NewCloudDatabaseUser("$external", groupID, name)
		user.X509Type = admin.PtrString("CUSTOMER")
		user.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "admin", RoleName: "readAnyDatabase"}}
		call(client.DatabaseUsersApi.CreateDatabaseUser(ctx, groupID, user).Execute()).is(t, http.StatusCreated)
		read := call(client.DatabaseUsersApi.GetDatabaseUser(ctx, groupID, "$external", name).Execute()).is(t, http.StatusOK)
		equal(t, "username", read.Username, name)
		equal(t, "x509Type", read.GetX509Type(), "CUSTOMER")
		call(client.DatabaseUsersApi.DeleteDatabaseUser(ctx, groupID, "$external", name).Execute()).is(t, http.StatusNoContent)
	})
}
