package clients

import (
	"context"
	"net/http"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestAuditing(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx, auditing := context.Background(), client.AuditingApi
		id := makeProject(t, client, orgID).GetId()
		call(auditing.GetAuditingConfiguration(ctx, id).Execute()).gives(t, http.StatusOK,
			`{"auditAuthorizationSuccess":false,"configurationType":"NONE","enabled":false}`)
		// The filter is a text, and comes back letter by letter.
		filter := `{ "atype" : "authenticate" }`
		change := &admin.AuditLog{Enabled: ptr(true), AuditAuthorizationSuccess: ptr(false), AuditFilter: &filter}
		whole := `{"auditAuthorizationSuccess":false,"auditFilter":%q,"configurationType":"FILTER_JSON","enabled":true}`
		call(auditing.UpdateAuditingConfiguration(ctx, id, change).Execute()).gives(t, http.StatusAccepted, whole, filter)
		call(auditing.GetAuditingConfiguration(ctx, id).Execute()).gives(t, http.StatusOK, whole, filter)
	})
}

func TestMaintenanceWindow(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx, windows := context.Background(), client.MaintenanceWindowsApi
		id := makeProject(t, client, orgID).GetId()
		expect := func(day, hour, deferrals int, autoDefer bool) {
			t.Helper()
			call(windows.GetMaintenanceWindow(ctx, id).Execute()).gives(t, http.StatusOK,
				`{"autoDeferOnceEnabled":%t,"dayOfWeek":%d,"hourOfDay":%d,"numberOfDeferrals":%d,"startASAP":false%s}`,
				autoDefer, day, hour, deferrals, admin.TimeZone)
		}
		expect(1, 1, 0, false)
		done(windows.DeferMaintenanceWindow(ctx, id).Execute()).
			fails(t, http.StatusBadRequest, "ATLAS_MAINTENANCE_WINDOW_NOT_DEFINED")
		window := &admin.GroupMaintenanceWindow{DayOfWeek: 3, HourOfDay: ptr(4)}
		call(windows.UpdateMaintenanceWindow(ctx, id, window).Execute()).is(t, http.StatusOK)
		done(windows.ToggleMaintenanceAutoDefer(ctx, id).Execute()).is(t, http.StatusOK)
		done(windows.DeferMaintenanceWindow(ctx, id).Execute()).is(t, http.StatusOK)
		expect(3, 4, 1, true)
		done(windows.ResetMaintenanceWindow(ctx, id).Execute()).is(t, http.StatusNoContent)
		expect(1, 1, 0, false)
	})
}

func TestLDAPConfiguration(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx, directory := context.Background(), client.LDAPConfigurationApi
		id := makeProject(t, client, orgID).GetId()
		save := &admin.UserSecurity{Ldap: &admin.LDAPSecuritySettings{
			AuthenticationEnabled: ptr(true), AuthorizationEnabled: ptr(false),
			Hostname: ptr("ldap.example.com"), Port: ptr(636), BindUsername: ptr("CN=telamon,O=Example"), BindPassword: ptr("secret"),
			UserToDNMapping: &[]admin.UserToDNMapping{{Match: "(.+)", Substitution: ptr("CN={0},O=Example")}},
		}}
		// The password is never shown.
		whole := `{"customerX509":{},"ldap":{"authenticationEnabled":true,"authorizationEnabled":false,"bindUsername":"CN=telamon,O=Example",
			"hostname":"ldap.example.com","port":636%s}}`
		mapping := `,"userToDNMapping":[{"match":"(.+)","substitution":"CN={0},O=Example"}]`
		call(admin.SaveLDAPConfiguration(directory, ctx, id, save).Execute()).gives(t, http.StatusAccepted, whole, mapping)
		call(admin.GetLDAPConfiguration(directory, ctx, id).Execute()).gives(t, http.StatusOK, whole, mapping)
		call(admin.DeleteLDAPConfiguration(directory, ctx, id).Execute()).gives(t, http.StatusAccepted, whole, "")
		call(admin.GetLDAPConfiguration(directory, ctx, id).Execute()).gives(t, http.StatusOK, whole, "")
	})
}

func TestSlowOperationThresholding(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx, advisor := context.Background(), client.PerformanceAdvisorApi
		id := makeProject(t, client, orgID).GetId()
		done(advisor.EnableSlowOperationThresholding(ctx, id).Execute()).is(t, http.StatusNoContent)
		equal(t, "managedSlowMs", call(admin.GetManagedSlowMs(advisor, ctx, id).Execute()).is(t, http.StatusOK), true)
		done(advisor.DisableSlowOperationThresholding(ctx, id).Execute()).is(t, http.StatusNoContent)
		equal(t, "managedSlowMs", call(admin.GetManagedSlowMs(advisor, ctx, id).Execute()).is(t, http.StatusOK), false)
	})
}
