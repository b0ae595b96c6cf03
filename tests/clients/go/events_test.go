package clients

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/telamon-db/telamon/tests/clients/go/admin"
)

func TestEventsOfAProject(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, organization string, owner *admin.APIClient) {
		ctx, events := context.Background(), owner.EventsApi
		id := makeProject(t, owner, organization).GetId()
		user := makeDatabaseUser(t, owner, id)

		page := call(events.ListProjectEvents(ctx, id).EventType([]string{"MONGODB_USER_ADDED"}).Execute()).is(t, http.StatusOK)
		equal(t, "number of events", page.GetTotalCount(), 1)
		event := page.GetResults()[0]
		equal(t, "user", event.GetDbUserUsername(), user.Username)
		equal(t, "project", event.GetGroupId(), id)
		equal(t, "address", event.GetRemoteAddress(), "127.0.0.1")
		one := call(events.GetProjectEvent(ctx, id, event.GetId()).Execute()).is(t, http.StatusOK)
		matches(t, one, `%s`, asJSON(t, event))
		others := call(events.ListProjectEvents(ctx, id).ExcludedEventType([]string{"MONGODB_USER_ADDED"}).Execute()).
			is(t, http.StatusOK)
		for _, other := range others.GetResults() {
			if other.GetEventTypeName() == "MONGODB_USER_ADDED" {
				t.Fatalf("an excluded event is in the list: %v", other)
			}
		}
		call(events.GetProjectEvent(ctx, id, neverExisted).Execute()).fails(t, http.StatusNotFound, "EVENT_NOT_FOUND")
	})
}

func TestEventsOfAnOrganization(t *testing.T) {
	withEachOrganization(t, func(t *testing.T, id string, owner *admin.APIClient) {
		ctx, events := context.Background(), owner.EventsApi
		project := makeProject(t, owner, id).GetId()
		created := events.ListOrganizationEvents(ctx, id).EventType([]string{"GROUP_CREATED"})
		page := call(created.Execute()).is(t, http.StatusOK)
		equal(t, "number of events", page.GetTotalCount(), 1)
		event := page.GetResults()[0]
		equal(t, "project", event.GetGroupId(), project)
		equal(t, "organization", event.GetOrgId(), id)
		one := call(events.GetOrganizationEvent(ctx, id, event.GetId()).Execute()).is(t, http.StatusOK)
		matches(t, one, `%s`, asJSON(t, event))

		since := func(moment time.Time) int {
			return call(created.MinDate(moment).Execute()).is(t, http.StatusOK).GetTotalCount()
		}
		equal(t, "number of events since", since(event.GetCreated()), 1)
		equal(t, "number of later events", since(event.GetCreated().Add(time.Second)), 0)
		call(events.GetOrganizationEvent(ctx, id, neverExisted).Execute()).fails(t, http.StatusNotFound, "ORG_EVENT_NOT_FOUND")
	})
}

func TestEventTypes(t *testing.T) {
	withEachCredential(t, func(t *testing.T, client *admin.APIClient) {
		page := call(client.EventsApi.ListEventTypes(context.Background()).ItemsPerPage(500).Execute()).is(t, http.StatusOK)
		for _, kind := range page.GetResults() {
			if kind.GetEventType() == "MONGODB_USER_ADDED" && kind.GetDescription() != "" {
				return
			}
		}
		t.Fatal("the types lack MONGODB_USER_ADDED")
	})
}
