package clients

import (
	"context"
	"net/http"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestIPAccessListOfAProject(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx, entries := context.Background(), client.ProjectIPAccessListApi
		id, expiry := makeProject(t, client, orgID).GetId(), soon()
		address := `{"cidrBlock":"203.0.113.7/32","comment":"office","deleteAfterDate":%s,"groupId":%q,"ipAddress":"203.0.113.7"}`
		block := `{"cidrBlock":"198.51.100.0/24","comment":"data centre","groupId":%q}`

		wanted := []admin.NetworkPermissionEntry{{IpAddress: ptr("203.0.113.7"), Comment: ptr("office"), DeleteAfterDate: &expiry}}
		made := call(entries.CreateProjectIpAccessList(ctx, id, &wanted).Execute()).is(t, http.StatusCreated)
		matches(t, made, `{"results":[`+address+`],"totalCount":1}`, asJSON(t, expiry), id)
		wanted = []admin.NetworkPermissionEntry{{CidrBlock: ptr("198.51.100.0/24"), Comment: ptr("data centre")}}
		call(entries.CreateProjectIpAccessList(ctx, id, &wanted).Execute()).is(t, http.StatusCreated)

		call(entries.GetProjectIpList(ctx, id, "203.0.113.7").Execute()).gives(t, http.StatusOK, address, asJSON(t, expiry), id)
		call(entries.GetProjectIpList(ctx, id, "198.51.100.0/24").Execute()).gives(t, http.StatusOK, block, id)
		call(entries.GetProjectIpAccessListStatus(ctx, id, "198.51.100.0/24").Execute()).
			gives(t, http.StatusOK, `{"STATUS":"ACTIVE"}`)

		call(entries.DeleteProjectIpAccessList(ctx, id, "203.0.113.7").Execute()).is(t, http.StatusNoContent)
		call(entries.GetProjectIpList(ctx, id, "203.0.113.7").Execute()).
			fails(t, http.StatusNotFound, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND")
		list := call(entries.ListProjectIpAccessLists(ctx, id).Execute()).is(t, http.StatusOK)
		matches(t, list, `{"results":[`+block+`],"totalCount":1}`, id)
	})
}
