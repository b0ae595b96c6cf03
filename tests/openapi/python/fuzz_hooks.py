"""Leads schemathesis to things that exist, and keeps it from sawing off the branch that it sits on.

Most path values are replaced by those of things that were made for it, and most queries and bodies name such things. What
a request uses up is made anew for it, and is never what other requests rely on: schemathesis picks up ids from answers, so
what it makes by itself can lead there.
"""

import atexit
import base64
import hashlib
import itertools
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import requests
import schemathesis

PREFIX = "/api/atlas/v2"
credentials = json.loads(Path(os.environ["TELAMON_CREDENTIALS"]).read_text())
base_url = credentials["baseUrl"].rstrip("/")
org, project = credentials["orgId"], credentials["groupId"]
home = {"orgId": org, "groupId": project}
numbers = itertools.count(1)
session = requests.Session()
# The headers of those who own the organizations that were made here: nobody else may call there.
owners: dict[str, str] = {}
# The path values of what requests rely on.
relied_on = [org, project, credentials["clientId"]]
statuses: dict[str, Counter] = defaultdict(Counter)


def bearer(client_id: str, secret: str) -> str:
    """The header of a service account."""
    form = {"grant_type": "client_credentials"}
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    answer = session.post(f"{base_url}/api/oauth/token", form, headers={"Authorization": f"Basic {basic}"}, timeout=20)
    answer.raise_for_status()
    return f"Bearer {answer.json()['access_token']}"


def call(method: str, path: str, body: object = None, accept: str = "2025-03-12") -> object:
    """A request of this module, which must succeed, and what it answers."""
    headers = {"Accept": f"application/vnd.atlas.{accept}+json", "Authorization": own_header}
    answer = session.request(method, f"{base_url}{PREFIX}{path}", json=body, headers=headers, timeout=20)
    assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.text else None


def chosen(key: object, among: list) -> object:
    """One of a list, always the same for the same key."""
    return among[hashlib.sha256(repr(key).encode()).digest()[0] % len(among)]


def kept(key: object) -> bool:
    """Whether a value stays as schemathesis made it: one in five."""
    return hashlib.sha256(repr(key).encode()).digest()[1] % 5 == 0


def numbered(old: str) -> str:
    return f"{old}{next(numbers)}"


def new_name(_: object = None) -> str:
    return f"fuzz {next(numbers)}"


def new_username(_: object = None) -> str:
    return f"fuzz-{next(numbers)}@example.com"


def new_address(_: object = None) -> str:
    number = next(numbers)
    return f"198.18.{number // 256 % 256}.{number % 256}"


def soon(_: object = None) -> str:
    return (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat(timespec="seconds")


# What makes things. Each answers with the path values that lead there; where it names no organization or project, the
# thing is in those of `home`.


def new_org() -> dict:
    account = {"name": "fuzz", "description": "fuzz", "roles": ["ORG_OWNER"], "secretExpiresAfterHours": 8}
    made = call("POST", "/orgs", {"name": new_name(), "serviceAccount": account})
    owner, org_id = made["serviceAccount"], made["organization"]["id"]
    owners[org_id] = bearer(owner["clientId"], owner["secrets"][0]["secret"])
    return {"orgId": org_id}


def new_project() -> dict:
    made = call("POST", "/groups", {"name": new_name(), "orgId": org})
    return {"groupId": made["id"], "groupName": made["name"]}


def new_maintained_project() -> dict:
    made = new_project()
    call("PATCH", f"/groups/{made['groupId']}/maintenanceWindow", {"dayOfWeek": 1})
    return made


def new_org_api_key() -> dict:
    return {"apiUserId": call("POST", f"/orgs/{org}/apiKeys", {"desc": "fuzz", "roles": ["ORG_MEMBER"]})["id"]}


def new_project_api_key() -> dict:
    return {"apiUserId": call("POST", f"/groups/{project}/apiKeys", {"desc": "fuzz", "roles": ["GROUP_READ_ONLY"]})["id"]}


def new_account(place: str, role: str) -> dict:
    body = {"name": "fuzz", "description": "fuzz", "roles": [role], "secretExpiresAfterHours": 8}
    made = call("POST", f"{place}/serviceAccounts", body)
    return {"clientId": made["clientId"], "secretId": made["secrets"][0]["id"]}


def new_org_account() -> dict:
    return new_account(f"/orgs/{org}", "ORG_MEMBER")


def new_project_account() -> dict:
    return new_account(f"/groups/{project}", "GROUP_READ_ONLY")


def with_entry(new: Callable[[], dict], holder: str) -> Callable[[], dict]:
    """What makes a credential with an entry in its access list."""

    def make() -> dict:
        values, address = new(), new_address()
        call("POST", f"{holder.format(**home, **values)}/accessList", [{"ipAddress": address}])
        return {**values, "ipAddress": address}

    return make


def new_network_entry() -> dict:
    address = new_address()
    call("POST", f"/groups/{project}/accessList", [{"ipAddress": address}])
    return {"entryValue": address}


def new_person() -> dict:
    """A person who has joined the organization and the project."""
    roles = [{"orgId": org, "roleName": "ORG_MEMBER"}, {"groupId": project, "roleName": "GROUP_OWNER"}]
    profile = {"country": "IE", "firstName": "Ada", "lastName": "Byron", "password": "correct horse battery staple"}
    made = call("POST", "/users", {**profile, "username": new_username(), "roles": roles})
    return {"userId": made["id"], "userName": made["username"]}


def new_team() -> dict:
    made = call("POST", f"/orgs/{org}/teams", {"name": new_name(), "usernames": [member["userName"]]})
    return {"teamId": made["id"], "teamName": made["name"], "userId": member["userId"]}


def new_project_team() -> dict:
    team = new_team()
    call("POST", f"/groups/{project}/teams", [{"teamId": team["teamId"], "roleNames": ["GROUP_READ_ONLY"]}])
    return team


def new_org_invitation() -> dict:
    made = call("POST", f"/orgs/{org}/invites", {"username": new_username(), "roles": ["ORG_MEMBER"]})
    return {"invitationId": made["id"], "username": made["username"]}


def new_project_invitation() -> dict:
    made = call("POST", f"/groups/{project}/invites", {"username": new_username(), "roles": ["GROUP_READ_ONLY"]})
    return {"invitationId": made["id"], "username": made["username"]}


def new_limit(name: str = "dataFederation.bytesProcessed.daily") -> dict:
    call("PATCH", f"/groups/{limited['groupId']}/limits/{name}", {"value": 50})
    return {**limited, "limitName": name}


def new_role() -> dict:
    body = {"roleName": f"fuzz{next(numbers)}", "inheritedRoles": [{"db": "a", "role": "read"}]}
    return {"roleName": call("POST", f"/groups/{project}/customDBRoles/roles", body)["roleName"]}


def new_database_user(database: str, **authentication: str) -> dict:
    roles = [{"databaseName": "a", "roleName": "read"}]
    values = {"databaseName": database, "username": f"CN=fuzz{next(numbers)}"}
    call("POST", f"/groups/{project}/databaseUsers", {**values, "roles": roles, **authentication})
    return values


def new_password_user() -> dict:
    return new_database_user("admin", password="correct horse battery staple")


def new_managed_user() -> dict:
    return new_database_user("$external", x509Type="MANAGED")


def all_of(name: str, path: str, field: str, accept: str = "2025-03-12") -> list[dict]:
    """Path values of some of the things that a list names."""
    return [{name: entry[field]} for entry in call("GET", f"{path}?itemsPerPage=3", accept=accept)["results"]]


own_header = bearer(credentials["clientId"], credentials["clientSecret"])
# Who is in every team, and who is in none.
member, *others = (new_person() for _ in range(4))
outsiders = itertools.cycle(others)
# Who was invited to the organization, and to the project.
invited_to_org, invited_to_project = new_org_invitation(), new_project_invitation()
# Both kinds of database users, by turns.
database_users = itertools.cycle([new_password_user, new_managed_user])
# A project whose limits may become narrow.
limited = new_project()
# An organization for projects that move there, with a key that vouches for it.
other_org = call("POST", "/orgs", {"name": new_name(), "apiKey": {"desc": "fuzz", "roles": ["ORG_OWNER"]}})
destination = {
    "destinationOrgId": other_org["organization"]["id"],
    "destinationOrgPrivateApiKey": other_org["apiKey"]["privateKey"],
    "destinationOrgPublicApiKey": other_org["apiKey"]["publicKey"],
}

# What makes the thing that a path leads to: the longest beginning of the path counts.
makers: dict[str, Callable[[], dict]] = {
    "/groups/byName/{groupName}": new_project,
    "/groups/{groupId}": new_project,
    "/groups/{groupId}/accessList/{entryValue}": new_network_entry,
    "/groups/{groupId}/apiKeys/{apiUserId}": new_project_api_key,
    "/groups/{groupId}/customDBRoles/roles/{roleName}": new_role,
    "/groups/{groupId}/databaseUsers/{databaseName}/{username}": lambda: next(database_users)(),
    "/groups/{groupId}/databaseUsers/{username}": new_managed_user,
    "/groups/{groupId}/invites/{invitationId}": new_project_invitation,
    "/groups/{groupId}/limits/{limitName}": new_limit,
    "/groups/{groupId}/maintenanceWindow": new_maintained_project,
    "/groups/{groupId}/serviceAccounts/{clientId}": new_project_account,
    "/groups/{groupId}/serviceAccounts/{clientId}/accessList/{ipAddress}": with_entry(
        new_project_account, "/groups/{groupId}/serviceAccounts/{clientId}"
    ),
    "/groups/{groupId}/serviceAccounts/{clientId}/secrets/{secretId}": new_project_account,
    "/groups/{groupId}/serviceAccounts/{clientId}:invite": new_org_account,
    "/groups/{groupId}/teams/{teamId}": new_project_team,
    "/groups/{groupId}/users/{userId}": new_person,
    "/groups/{groupId}/users/{userId}:removeRole": new_person,
    "/orgs/{orgId}": new_org,
    "/orgs/{orgId}/apiKeys/{apiUserId}": new_org_api_key,
    "/orgs/{orgId}/apiKeys/{apiUserId}/accessList/{ipAddress}": with_entry(
        new_org_api_key, "/orgs/{orgId}/apiKeys/{apiUserId}"
    ),
    "/orgs/{orgId}/invites/{invitationId}": new_org_invitation,
    "/orgs/{orgId}/serviceAccounts/{clientId}": new_org_account,
    "/orgs/{orgId}/serviceAccounts/{clientId}/accessList/{ipAddress}": with_entry(
        new_org_account, "/orgs/{orgId}/serviceAccounts/{clientId}"
    ),
    "/orgs/{orgId}/serviceAccounts/{clientId}/secrets/{secretId}": new_org_account,
    "/orgs/{orgId}/teams/byName/{teamName}": new_team,
    "/orgs/{orgId}/teams/{teamId}": new_team,
    "/orgs/{orgId}/teams/{teamId}/users/{userId}": new_team,
    "/orgs/{orgId}/users/{userId}": new_person,
    "/users/byName/{userName}": new_person,
    "/users/{userId}": new_person,
}
# What is there already; of the rest, one thing is made when it is first wanted.
standing: dict[str, list[dict]] = {
    "/defaultGroupLimits/{limitName}": all_of("limitName", "/defaultGroupLimits", "name", accept="preview"),
    "/groups/{groupId}": [home],
    "/groups/{groupId}/databaseUsers/{databaseName}/{username}": [new_password_user(), new_managed_user()],
    "/groups/{groupId}/events/{eventId}": all_of("eventId", f"/groups/{project}/events", "id"),
    "/groups/{groupId}/limits/{limitName}": [
        new_limit("atlas.project.security.databaseAccess.users"),
        new_limit("dataFederation.bytesProcessed.weekly"),
    ],
    "/orgs/{orgId}": [home],
    "/orgs/{orgId}/events/{eventId}": all_of("eventId", f"/orgs/{org}/events", "id"),
    "/rateLimits/{endpointSetId}": all_of("endpointSetId", "/rateLimits", "endpointSetId"),
}
for thing in (member, *others, invited_to_org, invited_to_project, *itertools.chain(*standing.values())):
    relied_on.extend(thing.values())
# What is used up beside what is deleted: it can be done once, or a few times only, or it may shut out the caller.
uses_up = {
    "addOrgTeamUser",
    "addOrgTeamUsers",
    "createGroupServiceAccountAccessList",
    "createGroupServiceAccountSecret",
    "createOrgApiKeyAccessListEntry",
    "createOrgServiceAccountAccessList",
    "createOrgServiceAccountSecret",
    "deferGroupMaintenanceWindow",
    "inviteGroupServiceAccount",
    "migrateGroup",
    "removeOrgTeamUser",
    "updateOrgSettings",
}


def lead(operation: str, method: str, path: str, values: dict[str, object], rest: str) -> None:
    """Replaces path values. `rest` is the rest of the request: the same value need not meet the same fate in another."""
    replaced = [name for name, value in values.items() if value in relied_on or not kept((value, rest))]
    if not replaced:
        return
    place = max((place for place in (*makers, *standing) if path.startswith(place)), key=len)
    if operation in uses_up or (method == "DELETE" and path == place):
        found = makers[place]()
    else:
        if place not in standing:
            standing[place] = [makers[place]()]
            relied_on.extend(standing[place][0].values())
        found = chosen(rest, standing[place])
    values.update({name: {**home, **found}[name] for name in replaced})


def project_role(old: object) -> object:
    """A role of projects, where the schema leaves open which there are."""
    if isinstance(old, dict) or old.startswith(("GROUP_", "ORG_")):
        return old
    return chosen(old, ["GROUP_OWNER", "GROUP_DATA_ACCESS_ADMIN", "GROUP_READ_ONLY"])


def person_role(old: object) -> dict:
    """A role of a person who is made: it belongs to an organization or to a project."""
    return chosen(old, [{"orgId": org, "roleName": "ORG_READ_ONLY"}, {"groupId": project, "roleName": "GROUP_OWNER"}])


def with_default(**values: object) -> Callable[[dict], dict]:
    """What completes an object, where no schema tells that it would be refused without these."""
    return lambda old: {**values, **old}


def without(*names: str) -> Callable[[dict], dict]:
    """What takes out of an object what may not differ from what there is."""
    return lambda old: {name: value for name, value in old.items() if name not in names}


def list_entry(old: dict) -> dict:
    """An entry of an access list: it must name its addresses in one way."""
    rest = without("awsSecurityGroup", "cidrBlock", "ipAddress")(old)
    return {**rest, **chosen(old, [{"cidrBlock": f"{new_address()}/32"}, {"ipAddress": new_address()}])}


Fields = dict[str | None, Callable]
# What stands for a text or an object of a query or a body, by its name; without a name: for the body itself, or the
# elements of one that is a list.
everywhere: Fields = {
    "groupId": lambda _: project,
    "groupRole": project_role,
    "groupRoles": project_role,
    "ipAddress": new_address,
    "orgId": lambda _: org,
    "roleNames": project_role,
    "roles": project_role,
    "teamId": lambda _: new_team()["teamId"],
    "teamIds": lambda _: new_team()["teamId"],
}
# The same for single operations.
single: dict[str, Fields] = {
    "addGroupAccessUser": {"username": new_username},
    "addGroupUsers": {"username": new_username},
    "addOrgTeamUser": {"id": lambda _: next(outsiders)["userId"]},
    "addOrgTeamUsers": {"id": lambda _: next(outsiders)["userId"]},
    "createGroup": {"name": new_name, "projectOwnerId": lambda _: member["userId"]},
    "createGroupAccessListEntry": {None: list_entry, "deleteAfterDate": soon},
    "createGroupCustomDbRoleRole": {
        None: with_default(inheritedRoles=[{"db": "a", "role": "read"}]),
        "roleName": numbered,
    },
    "createGroupDatabaseUser": {
        None: with_default(password="correct horse", roles=[{"databaseName": "a", "roleName": "read"}]),
        "deleteAfterDate": soon,
        "groupId": lambda _: None,
        "username": numbered,
    },
    "createGroupInvite": {"username": new_username},
    "createGroupServiceAccountAccessList": {None: list_entry},
    "createOrgApiKeyAccessListEntry": {None: list_entry},
    "createOrgInvite": {"username": new_username},
    "createOrgServiceAccountAccessList": {None: list_entry},
    "createOrgTeam": {"name": new_name, "usernames": lambda _: member["userName"]},
    "createOrgUser": {"username": new_username},
    "createUser": {"country": lambda _: "IE", "roles": person_role, "username": new_username},
    # Nobody may ask for the limits of somebody else.
    "getRateLimit": {"userId": lambda _: credentials["clientId"]},
    "listRateLimits": {"userId": lambda _: credentials["clientId"]},
    "migrateGroup": {None: lambda old: {**old, **destination}},
    "removeOrgTeamUser": {"id": lambda _: member["userId"]},
    "renameOrgTeam": {"name": new_name},
    "updateGroupDatabaseUser": {None: without("databaseName", "deleteAfterDate", "groupId", "username")},
    "updateGroupInvites": {"username": lambda _: invited_to_project["username"]},
    "updateGroupTeam": {None: without("teamId")},
    "updateOrgInvites": {"username": lambda _: invited_to_org["username"]},
}


def led(value: object, fields: Fields, name: str | None = None) -> object:
    """What a query or a body says, where no schema tells what would be accepted."""
    if isinstance(value, list):
        return [led(item, fields, name) for item in value]
    if name in fields and isinstance(value, (str, dict) if name else dict):
        value = fields[name](value)
    if isinstance(value, dict):
        return {key: led(item, fields, key) for key, item in value.items()}
    return value


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
    operation, path = definition["operationId"], case.operation.path.removeprefix(PREFIX)
    if case.path_parameters:
        lead(operation, case.operation.method.upper(), path, case.path_parameters, repr((case.query, case.body)))
    fields = {**everywhere, **single.get(operation, {})}
    if isinstance(case.body, (dict, list)) and not kept(case.body):
        case.body = led(case.body, fields)
    if isinstance(case.query, dict):
        if not kept(case.query):
            case.query = {name: led(value, fields, name) for name, value in case.query.items()}
        # An envelope turns every status into 200.
        case.query.pop("envelope", None)
    success = next(content for status, content in sorted(definition["responses"].items()) if status.startswith("2"))
    case.headers["Accept"] = chosen((case.query, case.body), list(success["content"]))
    case.headers["Authorization"] = owners.get((case.path_parameters or {}).get("orgId"), own_header)


@schemathesis.hook
def after_call(context, case, response):
    """Counts."""
    statuses[case.operation.definition.raw["operationId"]][response.status_code] += 1


@atexit.register
def write_summary() -> None:
    """Leaves the figures to fuzz_summary.py."""
    Path(os.environ["TELAMON_FUZZ_SUMMARY"]).write_text(json.dumps(statuses))
