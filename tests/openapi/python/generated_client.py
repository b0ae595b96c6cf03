"""Imports every module of the generated client `telamon_client`, and works with it on a running server."""

import base64
import importlib
import json
import os
import pkgutil
import sys
import urllib.request
from pathlib import Path

import telamon_client
from telamon_client import AuthenticatedClient
from telamon_client.api.database_users import create_group_database_user, list_group_database_users
from telamon_client.api.organizations import get_org
from telamon_client.api.projects import create_group, get_group
from telamon_client.models import ApiError, Database, DatabaseUser, DatabaseUserRole, Group, GroupRequest, NewDatabaseUser


def access_token(credentials: dict[str, str]) -> str:
    """Gets a token for the service account."""
    basic = base64.b64encode(f"{credentials['clientId']}:{credentials['clientSecret']}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    url = f"{credentials['baseUrl'].rstrip('/')}/api/oauth/token"
    request = urllib.request.Request(url, b"grant_type=client_credentials", headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)["access_token"]


def check_modules(document: dict) -> None:
    """Every operation has a module, and every module imports."""
    names = [module.name for module in pkgutil.walk_packages(telamon_client.__path__, "telamon_client.")]
    modules = [importlib.import_module(name) for name in names]
    functions = [module for module in modules if hasattr(module, "sync_detailed")]
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert len(functions) == len(operations), f"{len(functions)} functions for {len(operations)} operations"
    print(f"{len(modules)} modules, {len(functions)} operations")


def check_work(credentials: dict[str, str]) -> None:
    """Reads and writes through the generated types."""
    client = AuthenticatedClient(
        base_url=credentials["baseUrl"].rstrip("/"),
        token=access_token(credentials),
        headers={"Accept": "application/vnd.atlas.2025-03-12+json"},
    )
    org = get_org.sync(credentials["orgId"], client=client)
    assert org is not None and org.id == credentials["orgId"], org

    group = create_group.sync(client=client, body=GroupRequest(name="Generated", org_id=org.id))
    assert isinstance(group, Group) and group.cluster_count == 0, group

    role = DatabaseUserRole(database_name="shop", role_name="readWrite")
    new = NewDatabaseUser(Database.ADMIN, "ada", password="correct horse battery staple", roles=[role])
    user = create_group_database_user.sync(group.id, client=client, body=new)
    assert isinstance(user, DatabaseUser) and user.roles == [role], user
    page = list_group_database_users.sync(group.id, client=client)
    assert page is not None and page.results == [user] and page.total_count == 1, page

    missing = get_group.sync("0" * 24, client=client)
    assert isinstance(missing, ApiError) and missing.error_code == "GROUP_NOT_FOUND", missing


if __name__ == "__main__":
    check_modules(json.loads(Path(sys.argv[1]).read_text()))
    check_work(json.loads(Path(os.environ["TELAMON_CREDENTIALS"]).read_text()))
