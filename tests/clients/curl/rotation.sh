#!/usr/bin/env bash
# docs/rotation.md, literally: every command of the guide, in order, in one shell.
# Needs curl, and the environment that tests/clients/run sets.
set -euo pipefail

: "${TELAMON_BASE_URL:?start this with tests/clients/run}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
guide=$here/../../../docs/rotation.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

BASE=$TELAMON_BASE_URL ORG=$TELAMON_ORG_ID PROJECT=$TELAMON_GROUP_ID
CLIENT_ID=$TELAMON_CLIENT_ID CLIENT_SECRET=$TELAMON_CLIENT_SECRET

fail() {
    echo "FAILED  rotation: $1" >&2
    exit 1
}

sed -n '/^```sh$/,/^```$/p' "$guide" | sed '/^```/d' > commands.sh
[ "$(grep -c . commands.sh)" -gt 30 ] || fail "the guide has lost its commands"
# shellcheck source=/dev/null
. ./commands.sh

# What the guide promises of its ends.
status() {
    curl -sS -o body -w '%{http_code}' -H "Authorization: Bearer $1" \
        -H 'Accept: application/vnd.atlas.2024-08-05+json' "$BASE/api/atlas/v2/groups"
}
[ "$(status "$(cat new-token)")" = 200 ] || fail "the new secret's token is refused"
[ "$(status "$(cat old-token)")" = 401 ] || fail "the old secret's token still works"
secrets=$(call "$ACCOUNTS/$ACCOUNT" | tr '{' '\n' | grep -c maskedSecretValue)
[ "$secrets" = 2 ] || fail "two secrets were to be left, and there are $secrets"
. ./secret.env
[ "$(status "$(token "$ACCOUNT" "$SECRET")")" = 200 ] || fail "the published secret is refused"
