"""requests with HTTPDigestAuth, which most scripts in Python use: a nonce is used again, with a rising count."""

import os
import re

import pytest
import requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth

API = os.environ["TELAMON_BASE_URL"] + "/api/atlas/v2"


@pytest.fixture
def session():
    with requests.Session() as session:
        session.auth = HTTPDigestAuth(os.environ["TELAMON_PUBLIC_KEY"], os.environ["TELAMON_PRIVATE_KEY"])
        session.headers["Accept"] = "application/vnd.atlas.2025-03-12+json"
        yield session


def signature(answer):
    """Nonce and count that the request was signed with."""
    header = answer.request.headers["Authorization"]
    return re.search(r'nonce="([^"]+)"', header)[1], int(re.search(r"nc=([0-9a-f]{8})", header)[1], 16)


def test_one_challenge_serves_a_session(session, org_id, unique):
    first = session.get(f"{API}/groups", params={"itemsPerPage": 2, "name": "a b&c=d/é"})
    assert first.status_code == 200
    assert [answer.status_code for answer in first.history] == [401]
    nonce, count = signature(first)
    assert count == 1

    made = session.post(f"{API}/groups", json={"name": unique("requests"), "orgId": org_id})
    assert made.status_code == 201
    path = f"{API}/groups/{made.json()['id']}"
    answers = [
        made,
        session.get(path),
        session.patch(path, json={"name": made.json()["name"] + " renamed"}),
        session.get(f"{path}/databaseUsers"),
        session.delete(path),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 202]
    assert [answer.history for answer in answers] == [[]] * 5, "no request was challenged again"
    assert [signature(answer) for answer in answers] == [(nonce, count) for count in range(2, 7)]


def test_a_replayed_signature_is_stale(session):
    answer = session.get(f"{API}/orgs")
    headers = {name: answer.request.headers[name] for name in ("Accept", "Authorization")}
    replayed = requests.get(f"{API}/orgs", headers=headers)
    assert replayed.status_code == 401
    assert "stale=true" in replayed.headers["WWW-Authenticate"]
    assert session.get(f"{API}/orgs").status_code == 200, "the session itself goes on"


def test_a_wrong_key_is_refused(session):
    session.auth = HTTPDigestAuth(os.environ["TELAMON_PUBLIC_KEY"], "wrong")
    answer = session.get(f"{API}/orgs")
    assert (answer.status_code, answer.json()["error"]) == (401, 401)


def test_certificate(session, group_id, unique):
    user = unique("requests")
    body = {
        "databaseName": "$external",
        "username": user,
        "x509Type": "MANAGED",
        "roles": [{"databaseName": "admin", "roleName": "readAnyDatabase"}],
    }
    assert session.post(f"{API}/groups/{group_id}/databaseUsers", json=body).status_code == 201
    made = session.post(f"{API}/groups/{group_id}/databaseUsers/{user}/certs", json={"monthsUntilExpiration": 3})
    assert made.status_code == 201
    assert re.fullmatch(
        r"-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n"
        r"-----BEGIN PRIVATE KEY-----\n[^-]+-----END PRIVATE KEY-----\n",
        made.text,
    )
    listed = session.get(f"{API}/groups/{group_id}/databaseUsers/{user}/certs").json()
    assert [certificate["subject"] for certificate in listed["results"]] == [f"CN={user}"]


def test_token(org_id):
    token_url = os.environ["TELAMON_BASE_URL"] + "/api/oauth/token"
    account = HTTPBasicAuth(os.environ["TELAMON_CLIENT_ID"], os.environ["TELAMON_CLIENT_SECRET"])
    token = requests.post(token_url, auth=account, data={"grant_type": "client_credentials"}).json()["access_token"]
    headers = {"Accept": "application/vnd.atlas.2025-03-12+json", "Authorization": f"Bearer {token}"}
    assert requests.get(f"{API}/orgs/{org_id}", headers=headers).json()["id"] == org_id
