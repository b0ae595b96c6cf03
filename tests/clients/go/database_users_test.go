package clients

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestDatabaseUsers(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		users := client.DatabaseUsersApi
		user := admin.NewCloudDatabaseUser("admin", groupID, unique("user"))
		user.Password = ptr("correct horse battery staple")
		user.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "shop", RoleName: "readWrite"}}
		user.Labels = &[]admin.ComponentLabel{{Key: ptr("team"), Value: ptr("shop")}}
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
		made.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "shop", RoleName: "read", CollectionName: ptr("orders")}}
		made.Scopes = &[]admin.UserScope{{Name: "cluster0", Type: "CLUSTER"}}
		made.Labels = &[]admin.ComponentLabel{}
		call(users.UpdateDatabaseUser(ctx, groupID, "admin", user.Username, made).Execute()).is(t, http.StatusOK)
		read := call(users.GetDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).is(t, http.StatusOK)
		matches(t, read, `{"awsIAMType":"NONE","databaseName":"admin","groupId":%q,"labels":[],"ldapAuthType":"NONE","oidcAuthType":"NONE",
			"roles":[{"collectionName":"orders","databaseName":"shop","roleName":"read"}],
			"scopes":[{"name":"cluster0","type":"CLUSTER"}],"username":%q,"x509Type":"NONE"}`, groupID, user.Username)

		call(users.DeleteDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).is(t, http.StatusNoContent)
		call(users.GetDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).
			fails(t, http.StatusNotFound, "USERNAME_NOT_FOUND")
		call(users.DeleteDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).
			fails(t, http.StatusNotFound, "USER_NOT_FOUND")
	})
}

// makeDatabaseUser makes a user with a password, who goes with the project.
func makeDatabaseUser(t *testing.T, client *admin.APIClient, project string) *admin.CloudDatabaseUser {
	t.Helper()
	user := admin.NewCloudDatabaseUser("admin", project, unique("user"))
	user.Password, user.Roles = ptr("correct horse battery staple"), &[]admin.DatabaseUserRole{{DatabaseName: "shop", RoleName: "read"}}
	return call(client.DatabaseUsersApi.CreateDatabaseUser(context.Background(), project, user).Execute()).is(t, http.StatusCreated)
}

func TestTemporaryDatabaseUser(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx, expiry := context.Background(), soon()
		user := admin.NewCloudDatabaseUser("admin", groupID, unique("temporary"))
		user.Password, user.DeleteAfterDate = ptr("correct horse battery staple"), &expiry
		user.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "shop", RoleName: "read"}}
		call(client.DatabaseUsersApi.CreateDatabaseUser(ctx, groupID, user).Execute()).is(t, http.StatusCreated)
		read := call(client.DatabaseUsersApi.GetDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).is(t, http.StatusOK)
		equal(t, "deleteAfterDate", read.GetDeleteAfterDate(), expiry)
		call(client.DatabaseUsersApi.DeleteDatabaseUser(ctx, groupID, "admin", user.Username).Execute()).is(t, http.StatusNoContent)
	})
}

func TestPages(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx, id := context.Background(), makeProject(t, client, orgID).GetId()
		var made []string
		for range 3 {
			made = append(made, makeDatabaseUser(t, client, id).Username)
		}
		page := func(number int, names []string, rels string) {
			t.Helper()
			list := call(client.DatabaseUsersApi.ListDatabaseUsers(ctx, id).ItemsPerPage(2).PageNum(number).Execute()).
				is(t, http.StatusOK)
			equal(t, "totalCount", list.GetTotalCount(), 3)
			var got, links []string
			for _, user := range list.GetResults() {
				got = append(got, user.Username)
			}
			for _, link := range list.GetLinks() {
				links = append(links, link.GetRel())
			}
			equal(t, "page", strings.Join(got, " "), strings.Join(names, " "))
			equal(t, "links", strings.Join(links, " "), rels)
		}
		page(1, made[:2], "self next")
		page(2, made[2:], "self previous")
		page(3, nil, "self previous")
	})
}

// The names of certificate users hold what a URL must encode.
func TestDatabaseUserWithADistinguishedName(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		name := "CN=" + unique("ellen") + "@example.com,OU=Entwicklung/Köln,O=Example Org"
		user := admin.NewCloudDatabaseUser("$external", groupID, name)
		user.X509Type = ptr("CUSTOMER")
		user.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "admin", RoleName: "readAnyDatabase"}}
		call(client.DatabaseUsersApi.CreateDatabaseUser(ctx, groupID, user).Execute()).is(t, http.StatusCreated)
		read := call(client.DatabaseUsersApi.GetDatabaseUser(ctx, groupID, "$external", name).Execute()).is(t, http.StatusOK)
		equal(t, "username", read.Username, name)
		equal(t, "x509Type", read.GetX509Type(), "CUSTOMER")
		call(client.DatabaseUsersApi.DeleteDatabaseUser(ctx, groupID, "$external", name).Execute()).is(t, http.StatusNoContent)
	})
}
