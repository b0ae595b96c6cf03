package clients

import (
	"context"
	"net/http"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestCustomDatabaseRoles(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx, roles := context.Background(), client.CustomDatabaseRolesApi
		id := makeProject(t, client, orgID).GetId()
		orders := &[]admin.DatabasePermittedNamespaceResource{{Db: "shop", Collection: "orders"}}
		wanted := &admin.UserCustomDBRole{
			RoleName:       "clerk",
			Actions:        &[]admin.DatabasePrivilegeAction{{Action: "FIND", Resources: orders}},
			InheritedRoles: &[]admin.DatabaseInheritedRole{{Db: "shop", Role: "read"}},
		}
		call(roles.CreateCustomDatabaseRole(ctx, id, wanted).Execute()).gives(t, http.StatusAccepted, `%s`, asJSON(t, wanted))
		call(roles.CreateCustomDatabaseRole(ctx, id, wanted).Execute()).
			fails(t, http.StatusConflict, "ATLAS_CUSTOM_ROLE_NAME_ALREADY_EXISTS")

		// What is not sent stays.
		update := &admin.UpdateCustomDBRole{Actions: &[]admin.DatabasePrivilegeAction{{Action: "INSERT", Resources: orders}}}
		wanted.Actions = update.Actions
		call(roles.UpdateCustomDatabaseRole(ctx, id, "clerk", update).Execute()).gives(t, http.StatusOK, `%s`, asJSON(t, wanted))
		call(roles.GetCustomDatabaseRole(ctx, id, "clerk").Execute()).gives(t, http.StatusOK, `%s`, asJSON(t, wanted))
		list := call(roles.ListCustomDatabaseRoles(ctx, id).Execute()).is(t, http.StatusOK)
		matches(t, list, `[%s]`, asJSON(t, wanted))

		done(roles.DeleteCustomDatabaseRole(ctx, id, "clerk").Execute()).is(t, http.StatusNoContent)
		call(roles.GetCustomDatabaseRole(ctx, id, "clerk").Execute()).fails(t, http.StatusNotFound, "ATLAS_CUSTOM_ROLE_NOT_FOUND")
		call(roles.ListCustomDatabaseRoles(ctx, id).Execute()).gives(t, http.StatusOK, `[]`)
	})
}
