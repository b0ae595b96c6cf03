"""Leads schemathesis to things that exist, and keeps it from sawing off the branch that it sits on.

Most path values are replaced by those of things that were made for it; what it deletes is made anew first. It never
deletes or changes its own organization's existence, its own service account, or its own right to call.
"""

import atexit
import base64
import hashlib
import itertools
import json
import os
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

import requests
import schemathesis

credentials = json.loads(Path(os.environ["TELAMON_CREDENTIALS"]).read_text())
base_url = credentials["baseUrl"].rstrip("/")
org, project, own_account = credentials["orgId"], credentials["groupId"], credentials["clientId"]
numbers = itertools.count(1)
session = requests.Session()


def bearer(client_id: str, secret: str) -> str:
    """The header of a service account."""
    form = {"grant_type": "client_credentials"}
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    answer = requests.post(f"{base_url}/api/oauth/token", form, headers={"Authorization": f"Basic {basic}"}, timeout=20)
    answer.raise_for_status()
    return f"Bearer {answer.json()['access_token']}"


def call(method: str, path: str, body: dict | None = None) -> dict:
    """A request of this module, which must succeed."""
    answer = session.request(method, f"{base_url}/api/atlas/v2{path}", json=body, timeout=20)
    assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.headers["Content-Type"].endswith("charset=utf-8") and answer.text[:1] == "{" else {}


def new_project() -> str:
    """A project that may be deleted."""
    return call("POST", "/groups", {"name": f"fuzz {next(numbers)}", "orgId": org})["id"]


def new_api_key() -> str:
    """An API key that may be deleted."""
    return call("POST", f"/orgs/{org}/apiKeys", {"desc": "fuzz", "roles": ["ORG_MEMBER"]})["id"]


def new_service_account() -> str:
    """A service account that may be deleted."""
    body = {"name": "fuzz", "description": "fuzz", "roles": ["ORG_MEMBER"], "secretExpiresAfterHours": 8}
    return call("POST", f"/orgs/{org}/serviceAccounts", body)["clientId"]


def new_org() -> tuple[str, str]:
    """An organization that may be deleted, and the header of its owner."""
    account = {"name": "fuzz", "description": "fuzz", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 8}
    made = call("POST", "/orgs", {"name": "fuzz", "serviceAccount": account})
    owner = made["serviceAccount"]
    return made["organization"]["id"], bearer(owner["clientId"], owner["secrets"][0]["secret"])


def database_user(database: str, username: str, **more: object) -> None:
    """A database user, made if it is not there."""
    body = {"databaseName": database, "username": username, "roles": [{"databaseName": "a", "roleName": "read"}], **more}
    answer = session.post(f"{base_url}/api/atlas/v2/groups/{project}/databaseUsers", json=body, timeout=20)
    assert answer.status_code in (201, 409), answer.text


def make_users() -> None:
    """The two database users that the path values name."""
    database_user("admin", "ada", password="correct horse battery staple")
    database_user("$external", "CN=grace", x509Type="MANAGED")


session.headers["Authorization"] = bearer(own_account, credentials["clientSecret"])
session.headers["Accept"] = "application/vnd.atlas.2025-03-12+json"
make_users()
spare_project = new_project()
events = {
    kind: [event["id"] for event in call("GET", f"{path}/events?itemsPerPage=3")["results"]]
    for kind, path in (("orgId", f"/orgs/{org}"), ("groupId", f"/groups/{project}"))
}
pool = {
    "apiUserId": [new_api_key()],
    "clientId": [new_service_account()],
    "endpointSetId": [entry["endpointSetId"] for entry in call("GET", "/rateLimits")["results"][:3]],
    "groupId": [project],
    "groupName": [call("GET", f"/groups/{project}")["name"]],
    "limitName": ["atlas.project.security.databaseAccess.users", "dataFederation.bytesProcessed.daily"],
    "orgId": [org],
}
# What is made anew before it is deleted.
makers = {
    "deleteGroup": ("groupId", new_project),
    "deleteOrgApiKey": ("apiUserId", new_api_key),
    "deleteOrgServiceAccount": ("clientId", new_service_account),
}
statuses: dict[str, Counter] = defaultdict(Counter)


def chosen(key: object, among: list[str]) -> str:
    """One of a list, always the same for the same key."""
    return among[hashlib.sha256(repr(key).encode()).digest()[0] % len(among)]


def kept(key: object) -> bool:
    """Whether a value stays as schemathesis made it: one in five."""
    return hashlib.sha256(repr(key).encode()).digest()[1] % 5 == 0


def lead(operation: str, method: str, values: dict[str, object], rest: str) -> None:
    """Replaces path values. `rest` is the rest of the request: the same value need not meet the same fate in another."""
    if values.keys() & {"username", "databaseName"} and not kept((values["username"], rest)):
        make_users()
        managed = "databaseName" not in values or chosen(rest, ["a", "b"]) == "a"
        values["username"] = "CN=grace" if managed else "ada"
        if "databaseName" in values:
            values["databaseName"] = "$external" if managed else "admin"
        values["groupId"] = project
    for name, value in list(values.items()):
        if name == "eventId" and not kept((value, rest)):
            values[name] = chosen(rest, events["orgId" if "orgId" in values else "groupId"])
        elif name in pool and not kept((value, rest)):
            values[name] = chosen(rest, pool[name])
    if operation == "setGroupLimit" and values["groupId"] == project:
        # In the other project, one database user may come to be one too many.
        values["groupId"] = spare_project
    if operation in makers:
        name, make = makers[operation]
        if values[name] in (own_account, spare_project, *pool[name]):
            values[name] = make()
    if method != "GET" and values.get("clientId") == own_account:
        values["clientId"] = pool["clientId"][0]


def lead_body(operation: str, body: object) -> None:
    """Replaces what a body says, where no schema tells what would be accepted."""
    if not isinstance(body, dict):
        return
    if operation == "updateOrgSettings":
        # With it, credentials without an access list may not call any more: such as this one.
        body.pop("apiAccessListRequired", None)
    if kept(body):
        return
    if operation == "createGroup":
        body.update(orgId=org, name=f"fuzz {next(numbers)}")
    if operation == "createGroupDatabaseUser" and isinstance(body.get("username"), str):
        body["username"] += str(next(numbers))
    if operation in ("createGroupDatabaseUser", "updateGroupDatabaseUser"):
        body.pop("groupId", None)
        if isinstance(body.get("deleteAfterDate"), str):
            soon = datetime.now(timezone.utc) + timedelta(hours=1)
            body["deleteAfterDate"] = soon.isoformat(timespec="seconds")
    if operation == "updateGroupDatabaseUser":
        for name in ("username", "databaseName", "deleteAfterDate"):
            body.pop(name, None)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Takes the answers in envelopes out: they would document every status."""
    for item in raw_schema["paths"].values():
        for operation in item.values():
            operation["responses"].pop("default", None)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes a request one that finds something."""
    definition = case.operation.definition.raw
    name, method = definition["operationId"], case.method.upper()
    if case.path_parameters:
        lead(name, method, case.path_parameters, repr((case.query, case.body)))
    lead_body(name, case.body)
    if isinstance(case.query, dict):
        # An envelope turns every status into 200.
        case.query.pop("envelope", None)
    success = next(content for status, content in sorted(definition["responses"].items()) if status.startswith("2"))
    case.headers["Accept"] = next(iter(success["content"]))
    case.headers["Authorization"] = session.headers["Authorization"]
    if name == "deleteOrg" and case.path_parameters["orgId"] == org:
        case.path_parameters["orgId"], case.headers["Authorization"] = new_org()


@schemathesis.hook
def after_call(context, case, response):
    """Counts."""
    statuses[case.operation.definition.raw["operationId"]][response.status_code] += 1


@atexit.register
def write_summary() -> None:
    """Leaves the figures to fuzz_summary.py."""
    Path(os.environ["TELAMON_FUZZ_SUMMARY"]).write_text(json.dumps(statuses))
