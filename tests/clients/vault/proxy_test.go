package vault

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"

	"github.com/elazarl/goproxy"
)

// startProxy puts the server in the place of cloud.mongodb.com, the only host that the plugin knows. That takes nothing but
// what the environment of any program in Go can say: an HTTPS proxy, and an authority to trust, whose certificates the proxy
// shows. Go reads both at the first request, and never again.
func startProxy(server *url.URL, folder string) *httptest.Server {
	proxy := goproxy.NewProxyHttpServer()
	proxy.OnRequest(goproxy.ReqHostIs("cloud.mongodb.com:443")).HandleConnect(goproxy.AlwaysMitm)
	proxy.OnRequest().HandleConnect(goproxy.AlwaysReject)
	proxy.OnRequest().DoFunc(func(request *http.Request, _ *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		request.URL.Scheme, request.URL.Host = server.Scheme, server.Host
		return request, nil
	})
	listening := httptest.NewServer(proxy)

	authority := filepath.Join(folder, "authority.pem")
	if err := os.WriteFile(authority, goproxy.CA_CERT, 0o600); err != nil {
		panic(err)
	}
	os.Setenv("HTTPS_PROXY", listening.URL)
	os.Setenv("SSL_CERT_FILE", authority)
	os.Unsetenv("NO_PROXY")
	os.Unsetenv("no_proxy")
	return listening
}
