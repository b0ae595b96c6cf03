package clients

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

// Every answer must be as docs/openapi/v2.json describes it, and every operation that is both there and in the SDK must
// have been answered with success, with each credential.
func TestMain(m *testing.M) {
	flag.Parse()
	if baseURL == "" {
		fmt.Fprintln(os.Stderr, "TELAMON_BASE_URL is not set: start these tests with tests/clients/run")
		os.Exit(2)
	}
	documented, err := documentedOperations()
	if err != nil {
		panic(err)
	}
	known, err := operationsOfTheSDK()
	if err != nil {
		panic(err)
	}
	seen := &recorder{next: http.DefaultTransport, documented: documented, answered: make(map[answer]bool)}
	http.DefaultTransport = seen
	status := m.Run()

	complaints := seen.undocumented
	// Tests that failed, and a selection of tests, cover what they cover.
	if status == 0 && flag.Lookup("test.run").Value.String() == "" {
		complaints = append(complaints, seen.gaps(known)...)
	}
	for _, complaint := range complaints {
		fmt.Println(complaint)
		status = 1
	}
	os.Exit(status)
}

// operation is a method and a path, whose parameters have lost their names: "GET /api/atlas/v2/groups/{}".
type operation string

var parameter = regexp.MustCompile(`\{[^}]*\}`)

func newOperation(method, path string) operation {
	return operation(strings.ToUpper(method) + " " + parameter.ReplaceAllLiteralString(path, "{}"))
}

// operationsOfTheSDK reads its source: what executes a request names one method of HTTP and one path.
func operationsOfTheSDK() (map[operation]bool, error) {
	sdk, err := build.Import(reflect.TypeFor[admin.APIClient]().PkgPath(), ".", build.FindOnly)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(sdk.Dir, "api_*.go"))
	if err != nil {
		return nil, err
	}
	found := make(map[operation]bool)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, declaration := range file.Decls {
			if method, path := methodAndPath(declaration); method != "" && path != "" {
				found[newOperation(method, path)] = true
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("there are no operations in %s", sdk.Dir)
	}
	return found, nil
}

func methodAndPath(declaration ast.Decl) (method, path string) {
	ast.Inspect(declaration, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.SelectorExpr:
			if name, is := strings.CutPrefix(node.Sel.Name, "Method"); is {
				method = name
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(node.Value); err == nil && strings.HasPrefix(text, "/api/atlas/v2") {
				path = text
			}
		}
		return true
	})
	return method, path
}

// document is what the description says of an operation.
type document struct {
	operation
	pattern *regexp.Regexp
	// versions are the media types of the answers, by status.
	versions map[string][]string
	// public operations take no credential.
	public bool
}

// documentedOperations are in the order in which they are to be matched: what ends in ":migrate" before what ends in
// any parameter.
func documentedOperations() ([]document, error) {
	text, err := os.ReadFile("../../../docs/openapi/v2.json")
	if err != nil {
		return nil, err
	}
	var description struct {
		Paths map[string]map[string]struct {
			Security  *[]any
			Responses map[string]struct {
				Content map[string]any
			}
		}
	}
	if err := json.Unmarshal(text, &description); err != nil {
		return nil, err
	}
	var found []document
	for path, methods := range description.Paths {
		for method, details := range methods {
			name := newOperation(method, path)
			versions := make(map[string][]string)
			for status, response := range details.Responses {
				versions[status] = slices.Collect(maps.Keys(response.Content))
			}
			found = append(found, document{
				operation: name,
				pattern:   regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(string(name)), `\{\}`, "[^/]+") + "$"),
				versions:  versions,
				public:    details.Security != nil && len(*details.Security) == 0,
			})
		}
	}
	slices.SortFunc(found, func(a, b document) int { return len(b.operation) - len(a.operation) })
	return found, nil
}

// answer is a success, and how the request was signed.
type answer struct {
	operation
	scheme string
}

// recorder notes what was answered. It stands below what signs the requests.
type recorder struct {
	next         http.RoundTripper
	documented   []document
	lock         sync.Mutex
	answered     map[answer]bool
	undocumented []string
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err == nil {
		r.note(request, response)
	}
	return response, err
}

func (r *recorder) note(request *http.Request, response *http.Response) {
	called := request.Method + " " + request.URL.EscapedPath()
	at := slices.IndexFunc(r.documented, func(d document) bool { return d.pattern.MatchString(called) })
	if at < 0 {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	documented := r.documented[at]
	versions, known := documented.versions[strconv.Itoa(response.StatusCode)]
	if response.StatusCode/100 != 2 {
		if !known {
			r.undocumented = append(r.undocumented, fmt.Sprintf("undocumented answer to %s: %s", called, response.Status))
		}
		return
	}
	scheme, _, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	r.answered[answer{documented.operation, scheme}] = true
	// Some answers without a body name the version in a header of their own. The SDK asks for the one that it was made for.
	version, _, _ := strings.Cut(response.Header.Get("Content-Type")+response.Header.Get("X-Content-Type"), ";")
	if asked := request.Header.Get("Accept"); version != asked || !slices.Contains(versions, version) {
		complaint := fmt.Sprintf("undocumented answer to %s in version %s: %s in version %s", called, asked, response.Status, version)
		r.undocumented = append(r.undocumented, complaint)
	}
}

// gaps are the operations that the SDK knows and that were never answered with success.
func (r *recorder) gaps(known map[operation]bool) []string {
	var gaps []string
	for _, documented := range r.documented {
		if !known[documented.operation] {
			continue
		}
		for _, credential := range credentials {
			// An API key is kept back until the server asks for it; a token is always sent.
			unasked := documented.public && r.answered[answer{documented.operation, ""}]
			if !unasked && !r.answered[answer{documented.operation, credential.scheme}] {
				gaps = append(gaps, fmt.Sprintf("never answered with success: %s (%s)", documented.operation, credential.name))
			}
		}
	}
	return gaps
}
