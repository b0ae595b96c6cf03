"""The server under test, as tests/clients/run names it, and clients for it."""

import os
import secrets

import pytest
from pyatlassdk import AtlasAdminClient

BASE_URL = os.environ["TELAMON_BASE_URL"]


@pytest.fixture(scope="session")
def org_id():
    return os.environ["TELAMON_ORG_ID"]


@pytest.fixture(scope="session")
def group_id():
    return os.environ["TELAMON_GROUP_ID"]


def with_api_key():
    return AtlasAdminClient(
        public_key=os.environ["TELAMON_PUBLIC_KEY"],
        private_key=os.environ["TELAMON_PRIVATE_KEY"],
        base_url=BASE_URL + "/api/atlas/v2",
    )


def with_service_account():
    return AtlasAdminClient(
        client_id=os.environ["TELAMON_CLIENT_ID"],
        client_secret=os.environ["TELAMON_CLIENT_SECRET"],
        base_url=BASE_URL + "/api/atlas/v2",
        oauth_token_url=BASE_URL + "/api/oauth/token",
    )


@pytest.fixture(params=[with_api_key, with_service_account])
def client(request):
    with request.param() as client:
        yield client


@pytest.fixture
def unique():
    """Makes names that no other run has used."""
    return lambda prefix: f"{prefix}-{secrets.token_hex(6)}"
