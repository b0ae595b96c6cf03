package clients

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestCertificatesOfADatabaseUser(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		user := admin.NewCloudDatabaseUser("$external", groupID, unique("certificate"))
		user.X509Type = ptr("MANAGED")
		user.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "admin", RoleName: "readWriteAnyDatabase"}}
		call(client.DatabaseUsersApi.CreateDatabaseUser(ctx, groupID, user).Execute()).is(t, http.StatusCreated)

		issue := func(months int) tls.Certificate {
			request := &admin.UserCert{MonthsUntilExpiration: ptr(months)}
			answer := call(client.X509AuthenticationApi.CreateDatabaseUserCertificate(ctx, groupID, user.Username, request).Execute())
			text := []byte(answer.is(t, http.StatusCreated))
			pair, err := tls.X509KeyPair(text, text)
			if err != nil {
				t.Fatalf("not a certificate and its key: %v", err)
			}
			return pair
		}
		issue(24)
		pair := issue(3)
		equal(t, "subject", pair.Leaf.Subject.String(), "CN="+user.Username)

		page := call(client.X509AuthenticationApi.ListDatabaseUserCertificates(ctx, groupID, user.Username).Execute()).
			is(t, http.StatusOK)
		equal(t, "number of certificates", page.GetTotalCount(), 2)
		last := page.GetResults()[1]
		equal(t, "serial number", last.GetId(), pair.Leaf.SerialNumber.Int64())
		equal(t, "groupId", last.GetGroupId(), groupID)
		equal(t, "subject", last.GetSubject(), "CN="+user.Username)
		equal(t, "notAfter", last.GetNotAfter().UTC(), pair.Leaf.NotAfter.UTC())

		expectHandshake(t, pair)

		tooLong := &admin.UserCert{MonthsUntilExpiration: ptr(25)}
		call(client.X509AuthenticationApi.CreateDatabaseUserCertificate(ctx, groupID, user.Username, tooLong).Execute()).
			fails(t, http.StatusBadRequest, "CERT_EXPIRY_CANNOT_EXCEED_TWO_YEARS")
		call(client.DatabaseUsersApi.DeleteDatabaseUser(ctx, groupID, "$external", user.Username).Execute()).
			is(t, http.StatusNoContent)
	})
}

// expectHandshake lets a TLS server, which trusts the project's certificate authority alone, take the certificate.
func expectHandshake(t *testing.T, pair tls.Certificate) {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(download(t, baseURL+"/pki/projects/"+groupID+"/ca.pem")) {
		t.Fatal("the project's certificate authority is not PEM")
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		_, _ = io.WriteString(answer, request.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots}
	server.StartTLS()
	defer server.Close()

	client := server.Client()
	client.Timeout = 10 * time.Second
	client.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{pair}
	answer, err := client.Get(server.URL)
	if err != nil {
		t.Fatalf("the certificate was refused: %v", err)
	}
	defer answer.Body.Close()
	name, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "common name", string(name), pair.Leaf.Subject.CommonName)
}

func download(t *testing.T, url string) []byte {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "status of "+url, answer.StatusCode, http.StatusOK)
	return text
}

func TestCustomerCertificateAuthority(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		ctx := context.Background()
		id := *makeProject(t, client, orgID).Id
		// Any authority will do: the one of the project that is there from the start.
		owner := admin.NewCloudDatabaseUser("$external", groupID, unique("authority"))
		owner.X509Type = ptr("MANAGED")
		owner.Roles = &[]admin.DatabaseUserRole{{DatabaseName: "admin", RoleName: "readAnyDatabase"}}
		call(client.DatabaseUsersApi.CreateDatabaseUser(ctx, groupID, owner).Execute()).is(t, http.StatusCreated)
		call(client.X509AuthenticationApi.CreateDatabaseUserCertificate(ctx, groupID, owner.Username, &admin.UserCert{}).Execute()).
			is(t, http.StatusCreated)
		authority := string(download(t, baseURL+"/pki/projects/"+groupID+"/ca.pem"))

		save := &admin.UserSecurity{CustomerX509: &admin.DBUserTLSX509Settings{Cas: &authority}}
		call(admin.SaveLDAPConfiguration(client.LDAPConfigurationApi, ctx, id, save).Execute()).is(t, http.StatusAccepted)
		read := call(admin.GetLDAPConfiguration(client.LDAPConfigurationApi, ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "customer's authorities", read.GetCustomerX509().Cas != nil, true)
		call(client.X509AuthenticationApi.DisableCustomerManagedX509(ctx, id).Execute()).is(t, http.StatusAccepted)
		read = call(admin.GetLDAPConfiguration(client.LDAPConfigurationApi, ctx, id).Execute()).is(t, http.StatusOK)
		equal(t, "customer's authorities", read.GetCustomerX509().Cas != nil, false)
	})
}
