"""pyatlassdk, unmodified: models checked by pydantic, httpx below."""

import contextlib
import datetime
import json
import os

import pytest
from pyatlassdk import AtlasAdminClient
from pyatlassdk.admin import AtlasApiError
from pyatlassdk.admin.models.cloud_database_user import CloudDatabaseUser
from pyatlassdk.admin.models.create_atlas_organization_api_key import CreateAtlasOrganizationApiKey
from pyatlassdk.admin.models.data_federation_limit import DataFederationLimit
from pyatlassdk.admin.models.group import Group
from pyatlassdk.admin.models.group_settings import GroupSettings
from pyatlassdk.admin.models.group_update import GroupUpdate
from pyatlassdk.admin.models.user_cert import UserCert

from conftest import BASE_URL

NEVER_EXISTED = "5f00000000000000000000cc"

# This SDK reads the answer of every operation as JSON, also a certificate and the empty answer to a DELETE, and fails
# after the server did what was asked.
not_json = contextlib.suppress(json.JSONDecodeError)


@pytest.fixture
def project(client, org_id, unique):
    # The SDK demands the read-only members of a project, and sends them.
    now = datetime.datetime.now(datetime.timezone.utc)
    body = Group(name=unique("python"), org_id=org_id, cluster_count=0, created=now)
    made = client.projects.create_group(body)
    yield made
    with not_json, contextlib.suppress(AtlasApiError):
        client.projects.delete_group(made.id)


def refused(status, code, call, *arguments):
    with pytest.raises(AtlasApiError) as caught:
        call(*arguments)
    assert (caught.value.status_code, caught.value.payload["errorCode"]) == (status, code)


def test_organizations(client, org_id, group_id):
    assert org_id in [organization.id for organization in client.organizations.list_orgs().results]
    assert client.organizations.get_org(org_id).id == org_id
    assert group_id in [group.id for group in client.organizations.get_org_groups(org_id).results]
    client.organizations.get_org_settings(org_id)


def test_projects(client, project):
    assert project.id in [group.id for group in client.projects.list_groups(items_per_page=500).results]
    assert client.projects.get_group_by_name(project.name).id == project.id
    client.projects.update_group(project.id, GroupUpdate(name=project.name + " renamed"))
    assert client.projects.get_group(project.id).name == project.name + " renamed"

    client.projects.update_group_settings(project.id, GroupSettings(is_data_explorer_enabled=False))
    assert client.projects.get_group_settings(project.id).is_data_explorer_enabled is False
    name = "atlas.project.security.databaseAccess.users"
    client.projects.set_group_limit(group_id=project.id, limit_name=name, body=DataFederationLimit(name=name, value=50))
    assert client.projects.get_group_limit(group_id=project.id, limit_name=name).value == 50

    with not_json:
        client.projects.delete_group(project.id)
    refused(404, "RESOURCE_NOT_FOUND", client.projects.get_group, project.id)
    refused(404, "GROUP_NOT_FOUND", client.projects.get_group, NEVER_EXISTED)


def test_database_users(client, project, unique):
    users = client.database_users
    name = unique("user")
    body = CloudDatabaseUser(
        database_name="admin",
        group_id=project.id,
        username=name,
        password="correct horse battery staple",
        roles=[{"databaseName": "shop", "roleName": "readWrite"}],
    )
    made = users.create_group_database_user(project.id, body)
    assert (made.username, made.password, made.x509_type) == (name, None, "NONE")
    assert [user.username for user in users.list_group_database_users(project.id).results] == [name]

    made.roles[0].role_name = "read"
    users.update_group_database_user("admin", project.id, name, made)
    assert users.get_group_database_user("admin", project.id, name).roles[0].role_name == "read"

    with not_json:
        users.delete_group_database_user("admin", project.id, name)
    refused(404, "USERNAME_NOT_FOUND", users.get_group_database_user, "admin", project.id, name)


def test_certificates(client, project, unique):
    name = unique("certificate")
    body = CloudDatabaseUser(
        database_name="$external",
        group_id=project.id,
        username=name,
        x509_type="MANAGED",
        roles=[{"databaseName": "admin", "roleName": "readWriteAnyDatabase"}],
    )
    client.database_users.create_group_database_user(project.id, body)
    with not_json:
        client.x509_authentication.create_group_database_user_cert(project.id, name, UserCert(months_until_expiration=3))
    [certificate] = client.x509_authentication.list_group_database_user_certs(project.id, name).results
    assert (certificate.subject, certificate.group_id) == (f"CN={name}", project.id)
    lifetime = certificate.not_after - datetime.datetime.now(datetime.timezone.utc)
    assert 88 <= lifetime.days <= 92


def test_events(client, project, org_id):
    client.projects.update_group(project.id, GroupUpdate(tags=[{"key": "environment", "value": "test"}]))
    events = client.events.list_org_events(org_id, items_per_page=10).results
    names = [event.event_type_name for event in events if event.group_id == project.id]
    assert names == ["GROUP_TAGS_MODIFIED", "GROUP_CREATED"], "the newest first"


def test_api_keys(client, org_id, unique):
    keys = client.programmatic_api_keys
    made = keys.create_org_api_key(org_id, CreateAtlasOrganizationApiKey(desc=unique("key"), roles=["ORG_READ_ONLY"]))
    base_url = BASE_URL + "/api/atlas/v2"
    with AtlasAdminClient(public_key=made.public_key, private_key=made.private_key, base_url=base_url) as itself:
        assert itself.organizations.get_org(org_id).id == org_id
        assert keys.get_org_api_key(made.id, org_id).private_key.startswith("********-****-****-")
        with not_json:
            keys.delete_org_api_key(made.id, org_id)
        with pytest.raises(AtlasApiError) as caught:
            itself.organizations.get_org(org_id)
        assert caught.value.status_code == 401


# The SDK's models of service accounts are of a later contract, with a member that it demands; its request method reads them.
def test_service_accounts(client, org_id, unique):
    accounts = f"/orgs/{org_id}/serviceAccounts"
    body = {"name": unique("account"), "description": "made in Python", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8}
    made = client.request("POST", accounts, json=body, response_model=dict)
    assert made["secrets"][0]["secret"].startswith("mdb_sa_sk_")
    listed = client.request("GET", accounts, params={"itemsPerPage": 500}, response_model=dict)["results"]
    assert made["clientId"] in [account["clientId"] for account in listed]
    client.request("DELETE", f"{accounts}/{made['clientId']}")
    refused(404, "RESOURCE_NOT_FOUND", client.request, "GET", f"{accounts}/{made['clientId']}")


def test_a_wrong_secret_is_refused():
    client = AtlasAdminClient(
        client_id=os.environ["TELAMON_CLIENT_ID"],
        client_secret="wrong",
        base_url=BASE_URL + "/api/atlas/v2",
        oauth_token_url=BASE_URL + "/api/oauth/token",
    )
    with client, pytest.raises(AtlasApiError) as caught:
        client.organizations.list_orgs()
    assert (caught.value.status_code, caught.value.payload["error"]) == (401, "invalid_client")
