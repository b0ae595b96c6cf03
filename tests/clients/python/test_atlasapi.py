"""atlasapi, unmodified: the older API, v1.0, with HTTP digest, and nothing of v2."""

import datetime
import os

import pytest
import requests

os.environ.setdefault("BASE_URL", os.environ["TELAMON_BASE_URL"])

# The package reads BASE_URL when it is imported.
from atlasapi.atlas import Atlas  # noqa: E402
from atlasapi.errors import ErrAtlasConflict, ErrAtlasNotFound, ErrAtlasUnauthorized  # noqa: E402
from atlasapi.events_event_types import AtlasEventTypes  # noqa: E402
from atlasapi.maintenance_window import MaintenanceWindow, Weekdays  # noqa: E402
from atlasapi.specs import DatabaseUsersPermissionsSpecs, IAMType, RoleSpecs  # noqa: E402


@pytest.fixture
def atlas(group_id):
    return Atlas(os.environ["TELAMON_PUBLIC_KEY"], os.environ["TELAMON_PRIVATE_KEY"], group_id)


def user_with_password(name):
    return DatabaseUsersPermissionsSpecs(name, "correct horse battery staple", IAMType.NONE)


def test_organizations(atlas, org_id, group_id):
    assert org_id in [organization.id for organization in atlas.Organizations.organizations]
    named = atlas.Organizations.organization_by_id(org_id)
    assert atlas.Organizations.organization_by_name(named.name).id == org_id
    assert group_id in [project.id for project in atlas.Organizations.get_all_projects_for_org(org_id)]


def test_projects(atlas, group_id):
    project = atlas.Projects.project_by_id(group_id)
    assert group_id in [one.id for one in atlas.Projects.projects]
    assert atlas.Projects.project_by_name(project.name).id == group_id
    assert list(atlas.Projects.get_project_teams()) == []
    assert "owner@example.com" in [user.email_address for user in atlas.Projects.get_project_users(flatten_teams=True)]
    assert atlas.Projects.user_count(include_org_users=True) >= 1
    assert atlas.Projects.settings.is_data_explorer is True


def test_database_users(atlas, unique):
    users, name = atlas.DatabaseUsers, unique("atlasapi")
    specs = user_with_password(name)
    specs.add_role("shop", RoleSpecs.read, "orders")
    assert users.create_a_database_user(specs)["username"] == name
    with pytest.raises(ErrAtlasConflict) as caught:
        users.create_a_database_user(specs)
    assert caught.value.details["errorCode"] == "USER_ALREADY_EXISTS"

    # The package's own class for changes cannot be made: it forgets an argument of the class that it extends.
    change = user_with_password(name)
    change.add_roles("shop", [RoleSpecs.readWrite])
    assert users.update_a_database_user(name, change)["roles"] == [{"databaseName": "shop", "roleName": "readWrite"}]
    found = users.get_a_single_database_user(name)
    assert found["links"][0]["href"].endswith(f"/api/atlas/v1.0/groups/{atlas.group}/databaseUsers/admin/{name}")
    assert name in [user["username"] for user in users.get_all_database_users(iterable=True)]
    users.delete_a_database_user(name)
    with pytest.raises(ErrAtlasNotFound):
        users.get_a_single_database_user(name)


def test_access_list(atlas):
    entries = atlas.Whitelist.create_whitelist_entry("192.0.2.77", "by atlasapi")
    assert "192.0.2.77/32" in [entry.cidrBlock for entry in entries]
    assert atlas.Whitelist.get_whitelist_entry("192.0.2.77").comment == "by atlasapi"
    assert "192.0.2.77" in [entry.ipAddress for entry in atlas.Whitelist.get_all_whitelist_entries()]
    atlas.Whitelist.delete_a_whitelist_entry("192.0.2.77")
    with pytest.raises(ErrAtlasNotFound):
        atlas.Whitelist.get_whitelist_entry("192.0.2.77")


def test_maintenance_window(atlas):
    windows = atlas.MaintenanceWindows
    assert windows.set_config(MaintenanceWindow(Weekdays.TUESDAY, 13, 0, False))
    config = windows.current_config()
    assert (config.dayOfWeek, config.hourOfDay) == (Weekdays.TUESDAY, 13)
    # A deferral is answered without a body, as the service does; the package reads every answer as JSON.
    with pytest.raises(requests.exceptions.JSONDecodeError):
        windows.defer()


def test_events(atlas):
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    specs = user_with_password("atlasapi-events")
    specs.add_role("shop", RoleSpecs.read)
    atlas.DatabaseUsers.create_a_database_user(specs)
    atlas.DatabaseUsers.delete_a_database_user("atlasapi-events")
    wanted = AtlasEventTypes.MONGODB_USER_DELETED
    # Without a type the package fails at the first event that is younger than itself.
    assert {event.event_type for event in atlas.Events.since_by_type(yesterday, wanted)} == {wanted}


def test_a_wrong_key_is_an_error_with_a_body(group_id):
    stranger = Atlas("nobodyxx", "00000000-0000-0000-0000-000000000000", group_id)
    with pytest.raises(ErrAtlasUnauthorized) as caught:
        stranger.Projects.project_by_id(group_id)
    assert caught.value.details["error"] == 401
