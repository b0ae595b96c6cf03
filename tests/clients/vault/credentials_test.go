package vault

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/vault/sdk/logical"
)

// kind is one of the plugin's ways to make a key.
type kind struct {
	name string
	// What Vault is told.
	role map[string]any
	// What the key has by that, sorted.
	roles []any
	// Whether it gets into the project.
	inProject bool
}

var kinds = []kind{
	{
		name:  "key of the organization",
		role:  map[string]any{"organization_id": orgID, "roles": "ORG_MEMBER,ORG_GROUP_CREATOR"},
		roles: []any{inOrg("ORG_GROUP_CREATOR"), inOrg("ORG_MEMBER")},
	},
	{
		name: "key of the organization, assigned to a project",
		role: map[string]any{
			"organization_id": orgID, "roles": "ORG_MEMBER",
			"project_id": groupID, "project_roles": "GROUP_READ_ONLY,GROUP_DATA_ACCESS_READ_ONLY",
		},
		roles:     []any{inProject("GROUP_DATA_ACCESS_READ_ONLY"), inProject("GROUP_READ_ONLY"), inOrg("ORG_MEMBER")},
		inProject: true,
	},
	{
		name:      "key of a project",
		role:      map[string]any{"project_id": groupID, "roles": "GROUP_READ_ONLY"},
		roles:     []any{inProject("GROUP_READ_ONLY"), inOrg("ORG_MEMBER")},
		inProject: true,
	},
}

func inOrg(role string) any     { return map[string]any{"orgId": orgID, "roleName": role} }
func inProject(role string) any { return map[string]any{"groupId": groupID, "roleName": role} }

// with is the role with these settings besides.
func (k kind) with(settings map[string]any) map[string]any {
	role := maps.Clone(k.role)
	maps.Copy(role, settings)
	return role
}

func eachKind(t *testing.T, test func(*testing.T, kind)) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) { test(t, kind) })
	}
}

func TestAKeyFromItsIssueToItsRevocation(t *testing.T) {
	eachKind(t, func(t *testing.T, kind kind) {
		admin := administrator(t)
		vault := mounted(t, publicKey, privateKey)
		vault.write(t, "roles/app", kind.with(map[string]any{"ttl": "10m", "max_ttl": "1h"}))
		key := vault.issue(t, "app")
		lease := logical.LeaseOptions{TTL: 10 * time.Minute, MaxTTL: time.Hour, Renewable: true}
		equal(t, "lease", key.secret.LeaseOptions, lease)
		if !regexp.MustCompile(`^vault-app-[0-9A-Za-z]{20}$`).MatchString(key.description) {
			t.Fatalf("description is %s", key.description)
		}

		read := get(t, admin, key.path())
		sortBy("roleName", read.Body["roles"])
		equal(t, "key", read, answer{http.StatusOK, map[string]any{
			"desc":       key.description,
			"id":         key.id,
			"links":      linkTo(key.path()),
			"privateKey": "********-****-****-" + key.private[len(key.private)-12:],
			"publicKey":  key.public,
			"roles":      kind.roles,
		}})
		equal(t, "access list", get(t, admin, key.path()+"/accessList"), accessList(key))
		equal(t, "whether the organization lists it", lists(t, orgPath, key), true)
		equal(t, "whether the project lists it", lists(t, projectPath, key), kind.inProject)

		itself := key.holder(t)
		getsWhatItMay := func() {
			t.Helper()
			equal(t, "organization", get(t, itself, orgPath), get(t, admin, orgPath))
			project := refusal(http.StatusUnauthorized, "USER_CANNOT_ACCESS_GROUP", "User cannot access this group.")
			if kind.inProject {
				project = get(t, admin, projectPath)
			}
			equal(t, "project", get(t, itself, projectPath), project)
		}
		getsWhatItMay()
		vault.renew(t, key)
		getsWhatItMay()

		vault.revoke(t, key)
		equal(t, "organization, to the revoked key", get(t, itself, orgPath), unauthorized)
		equal(t, "project, to the revoked key", get(t, itself, projectPath), unauthorized)
		equal(t, "revoked key", get(t, admin, key.path()), gone(key))
		equal(t, "whether the organization lists it", lists(t, orgPath, key), false)
		equal(t, "whether the project lists it", lists(t, projectPath, key), false)
	})
}

func TestTwoKeysOfARoleAreRevokedSeparately(t *testing.T) {
	eachKind(t, func(t *testing.T, kind kind) {
		vault := mounted(t, publicKey, privateKey)
		vault.write(t, "roles/app", kind.role)
		first, second := vault.issue(t, "app"), vault.issue(t, "app")
		vault.revoke(t, first)
		equal(t, "organization, to the revoked key", get(t, first.holder(t), orgPath), unauthorized)
		equal(t, "status for the other key", get(t, second.holder(t), orgPath).Status, http.StatusOK)
		vault.revoke(t, second)
		equal(t, "organization, to the other, revoked", get(t, second.holder(t), orgPath), unauthorized)
	})
}

// Vault would try for ever to revoke a lease whose key it cannot delete. It knows by 404 that there is none any more. (Of a
// key of a project alone it does not: it looks for that in the project's list, and reports an error.)
func TestAKeyThatIsGoneCountsAsRevoked(t *testing.T) {
	for _, kind := range kinds[:2] {
		t.Run(kind.name, func(t *testing.T) {
			admin := administrator(t)
			vault := mounted(t, publicKey, privateKey)
			vault.write(t, "roles/app", kind.role)
			key := vault.issue(t, "app")
			equal(t, "answer", send(t, admin, http.MethodDelete, key.path()), answer{Status: http.StatusNoContent})
			vault.revoke(t, key)
			equal(t, "key", get(t, admin, key.path()), gone(key))
		})
	}
}

func TestAccessLists(t *testing.T) {
	const ownAddress = "127.0.0.1"
	elsewhere := refusal(http.StatusForbidden, "IP_ADDRESS_NOT_ON_ACCESS_LIST",
		"IP address "+ownAddress+" is not allowed to access this resource.", ownAddress)
	cases := []struct {
		name     string
		settings map[string]any
		// Pairs of block and address, sorted.
		entries [][2]string
		admits  bool
	}{
		{
			name:     "its address",
			settings: map[string]any{"ip_addresses": ownAddress},
			entries:  [][2]string{{"127.0.0.1/32", ownAddress}},
			admits:   true,
		},
		{
			name:     "a block that holds its address, and another address",
			settings: map[string]any{"cidr_blocks": "127.0.0.0/8", "ip_addresses": "192.0.2.7"},
			entries:  [][2]string{{"127.0.0.0/8", ""}, {"192.0.2.7/32", "192.0.2.7"}},
			admits:   true,
		},
		{
			name:     "others only",
			settings: map[string]any{"cidr_blocks": "198.51.100.0/24,2001:db8::/32", "ip_addresses": "192.0.2.7"},
			entries:  [][2]string{{"192.0.2.7/32", "192.0.2.7"}, {"198.51.100.0/24", ""}, {"2001:db8::/32", ""}},
		},
	}
	eachKind(t, func(t *testing.T, kind kind) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				admin := administrator(t)
				vault := mounted(t, publicKey, privateKey)
				vault.write(t, "roles/app", kind.with(c.settings))
				key := vault.issue(t, "app")

				page := get(t, admin, key.path()+"/accessList")
				sortBy("cidrBlock", page.Body["results"])
				for _, entry := range items(page.Body["results"]) {
					if _, err := time.Parse(time.RFC3339, fmt.Sprint(entry["created"])); err != nil {
						t.Fatal(err)
					}
					delete(entry, "created")
				}
				equal(t, "access list", page, accessList(key, c.entries...))

				wanted := elsewhere
				if c.admits {
					wanted = get(t, admin, orgPath)
				}
				equal(t, "organization", get(t, key.holder(t), orgPath), wanted)

				vault.revoke(t, key)
				equal(t, "organization, to the revoked key", get(t, key.holder(t), orgPath), unauthorized)
				equal(t, "revoked key", get(t, admin, key.path()), gone(key))
			})
		}
	})
}

func TestAnUnknownRoleIsReportedAndLeavesNothing(t *testing.T) {
	cases := map[string]struct {
		role     map[string]any
		reported string
	}{
		"in the organization": {
			role: map[string]any{"organization_id": orgID, "roles": "ORG_MEMBER,ORG_KING"},
			reported: "Error creating programmatic api key: " +
				"POST https://cloud.mongodb.com/api/atlas/v1.0/orgs/" + orgID + "/apiKeys: 400 " +
				`(request "INVALID_ENUM_VALUE") An invalid enumeration value ORG_KING was specified.`,
		},
		"in the project": {
			role: map[string]any{"project_id": groupID, "roles": "GROUP_OWNER,GROUP_KING"},
			reported: "Error creating programmatic api key: " +
				"POST https://cloud.mongodb.com/api/atlas/v1.0/groups/" + groupID + "/apiKeys: 400 " +
				`(request "INVALID_ROLE_FOR_GROUP") Invalid role GROUP_KING for group ` + groupID + ".",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			vault := mounted(t, publicKey, privateKey)
			vault.write(t, "roles/app", c.role)
			before := keys(t, orgPath)
			equal(t, "error", vault.reported(t, "app"), c.reported)
			equal(t, "keys", keys(t, orgPath), before)
		})
	}
}

// The plugin makes the key before it assigns it, and does not take it back. It has to be without any right in the project.
func TestAnUnknownRoleOfAnAssignmentAssignsNothing(t *testing.T) {
	admin := administrator(t)
	vault := mounted(t, publicKey, privateKey)
	vault.write(t, "roles/app", map[string]any{
		"organization_id": orgID, "roles": "ORG_MEMBER", "project_id": groupID, "project_roles": "GROUP_OWNER,GROUP_KING",
	})
	before, beforeInProject := keys(t, orgPath), keys(t, projectPath)
	reported := vault.reported(t, "app")
	left := slices.DeleteFunc(keys(t, orgPath), func(id string) bool { return slices.Contains(before, id) })
	equal(t, "number of keys left", len(left), 1)
	path := orgPath + "/apiKeys/" + left[0]
	equal(t, "error", reported, "Error creating programmatic api key: "+
		"PATCH https://cloud.mongodb.com/api/atlas/v1.0/groups/"+groupID+"/apiKeys/"+left[0]+": 400 "+
		`(request "INVALID_ROLE_FOR_GROUP") Invalid role GROUP_KING for group `+groupID+".")
	equal(t, "its roles", get(t, admin, path).Body["roles"], []any{inOrg("ORG_MEMBER")})
	equal(t, "keys of the project", keys(t, projectPath), beforeInProject)
	equal(t, "answer", send(t, admin, http.MethodDelete, path), answer{Status: http.StatusNoContent})
}

func TestAWrongPrivateKeyIsReported(t *testing.T) {
	vault := mounted(t, publicKey, "00000000-0000-0000-0000-000000000000")
	vault.write(t, "roles/app", kinds[0].role)
	before := keys(t, orgPath)
	equal(t, "error", vault.reported(t, "app"), "Error creating programmatic api key: "+
		"POST https://cloud.mongodb.com/api/atlas/v1.0/orgs/"+orgID+"/apiKeys: 401 "+
		`(request "UNEXPECTED_ERROR") You are not authorized for this resource.`)
	equal(t, "keys", keys(t, orgPath), before)
	vault.write(t, "config", map[string]any{"public_key": publicKey, "private_key": privateKey})
	vault.revoke(t, vault.issue(t, "app"))
}

// keys are the ids of the keys of an organization or a project, as listed.
func keys(t *testing.T, of string) []string {
	t.Helper()
	page := get(t, administrator(t), of+"/apiKeys?itemsPerPage=500")
	equal(t, "status", page.Status, http.StatusOK)
	ids := []string{}
	for _, key := range items(page.Body["results"]) {
		ids = append(ids, key["id"].(string))
	}
	return ids
}

func lists(t *testing.T, of string, key issued) bool {
	t.Helper()
	return slices.Contains(keys(t, of), key.id)
}

func gone(key issued) answer {
	return refusal(http.StatusNotFound, "API_KEY_NOT_FOUND", "No API Key with ID "+key.id+" exists.", key.id)
}

// accessList is the page of a list with these pairs of block and address, none of which has admitted anybody.
func accessList(key issued, entries ...[2]string) answer {
	path := key.path() + "/accessList"
	results := []any{}
	for _, entry := range entries {
		block, address := entry[0], entry[1]
		result := map[string]any{"cidrBlock": block, "count": 0, "ipAddress": address, "links": linkTo(path + "/" + address)}
		if address == "" {
			delete(result, "ipAddress")
			result["links"] = linkTo(path + "/" + strings.ReplaceAll(block, "/", "%2F"))
		}
		results = append(results, result)
	}
	return answer{http.StatusOK, map[string]any{
		"links": linkTo(path + "?pageNum=1&itemsPerPage=100"), "results": results, "totalCount": len(results),
	}}
}

func linkTo(path string) []any {
	return []any{map[string]any{"href": baseURL + path, "rel": "self"}}
}

// sortBy sorts a list in an answer whose order means nothing.
func sortBy(member string, list any) {
	if list, known := list.([]any); known {
		slices.SortFunc(list, func(a, b any) int {
			return cmp.Compare(a.(map[string]any)[member].(string), b.(map[string]any)[member].(string))
		})
	}
}

// items are the objects of a list in an answer.
func items(list any) []map[string]any {
	var objects []map[string]any
	if list, known := list.([]any); known {
		for _, item := range list {
			objects = append(objects, item.(map[string]any))
		}
	}
	return objects
}
