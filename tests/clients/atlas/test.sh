#!/usr/bin/env bash
# The official Atlas CLI: a project, database users, certificates, an API key; then all is deleted.
# Needs `atlas`, and the environment that tests/clients/run sets. Once with an API key; with a service account as well
# where this CLI knows them.
set -euo pipefail

: "${TELAMON_BASE_URL:?start this with tests/clients/run}"
command -v atlas >/dev/null || { echo "skipped atlas: the Atlas CLI is not installed"; exit 77; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# No profile of the person who runs this, no word to anybody else.
export HOME=$scratch XDG_CONFIG_HOME=$scratch/config
export DO_NOT_TRACK=1 MONGODB_ATLAS_TELEMETRY_ENABLED=false MONGODB_ATLAS_SKIP_UPDATE_CHECK=yes
export MONGODB_ATLAS_OPS_MANAGER_URL=$TELAMON_BASE_URL/
export MONGODB_ATLAS_ORG_ID=$TELAMON_ORG_ID
unset MONGODB_ATLAS_PROJECT_ID MONGODB_ATLAS_PUBLIC_API_KEY MONGODB_ATLAS_PRIVATE_API_KEY MONGODB_ATLAS_CLIENT_ID \
    MONGODB_ATLAS_CLIENT_SECRET MONGODB_ATLAS_ACCESS_TOKEN

fail() { echo "FAILED  atlas: $1" >&2; exit 1; }
member() { sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p' | sed -n 1p; }

walk() {
    local suffix project key user
    suffix=$1-$(date +%s)-$$
    user=atlas-$suffix

    atlas organizations list --output json | grep "$TELAMON_ORG_ID" >/dev/null || fail "the organization is not listed"
    atlas organizations describe "$TELAMON_ORG_ID" --output json >/dev/null
    project=$(atlas projects create "Atlas CLI $suffix" --output json | member id)
    [ -n "$project" ] || fail "no project was made"
    atlas projects list --output json | grep "$project" >/dev/null || fail "the project is not listed"
    atlas projects describe "$project" --output json >/dev/null
    atlas projects settings update --projectId "$project" --disableDataExplorer --output json >/dev/null
    atlas projects settings describe --projectId "$project" --output json >/dev/null

    atlas dbusers create atlasAdmin --username "scram-$suffix" --password 'Passw0rdPassw0rd' --projectId "$project"
    atlas dbusers update "scram-$suffix" --role readWrite@shop,read@logs.access --projectId "$project"
    atlas dbusers update "scram-$suffix" --password 'NewPassw0rdNewPassw0rd' --projectId "$project"
    atlas dbusers describe "scram-$suffix" --projectId "$project" --output json | grep '"roleName": *"readWrite"' >/dev/null ||
        fail "a change of the password took the roles away"

    atlas dbusers create readWriteAnyDatabase --username "$user" --x509Type MANAGED --projectId "$project"
    atlas dbusers certs create --username "$user" --monthsUntilExpiration 3 --projectId "$project" >"$scratch/user.pem"
    grep --quiet 'BEGIN CERTIFICATE' "$scratch/user.pem" || fail "no certificate was printed"
    atlas dbusers certs list "$user" --projectId "$project" --output json | grep "CN=$user" >/dev/null ||
        fail "the certificate is not listed"
    atlas dbusers delete "$user" --authDB "\$external" --projectId "$project" --force
    atlas dbusers delete "scram-$suffix" --projectId "$project" --force

    key=$(atlas organizations apiKeys create --desc "key $suffix" --role ORG_READ_ONLY --output json | member id)
    [ -n "$key" ] || fail "no API key was made"
    atlas organizations apiKeys assign "$key" --desc "renamed $suffix" --output json >/dev/null
    atlas organizations apiKeys describe "$key" --output json | grep "renamed $suffix" >/dev/null || fail "the key has its old name"
    atlas organizations apiKeys delete "$key" --force

    atlas events organizations list --orgId "$TELAMON_ORG_ID" --output json >/dev/null
    atlas projects delete "$project" --force
    if atlas projects describe "$project" --output json >/dev/null 2>&1; then
        fail "the deleted project is still there"
    fi
}

MONGODB_ATLAS_PUBLIC_API_KEY=$TELAMON_PUBLIC_KEY MONGODB_ATLAS_PRIVATE_API_KEY=$TELAMON_PRIVATE_KEY walk key
echo "atlas: works with an API key"

# CLIs that do not know service accounts ignore these two, and then ask for a login.
export MONGODB_ATLAS_CLIENT_ID=$TELAMON_CLIENT_ID MONGODB_ATLAS_CLIENT_SECRET=$TELAMON_CLIENT_SECRET
if atlas organizations list --output json 2>/dev/null | grep "$TELAMON_ORG_ID" >/dev/null; then
    walk account
    echo "atlas: works with a service account"
else
    echo "atlas: this version does not know service accounts, so only the API key was tried"
fi
