#!/usr/bin/env bash
# The API's guide, command by command, with curl: once with a service account's token, once with an API key by digest.
# Needs curl and openssl, and the environment that tests/clients/run sets.
set -euo pipefail

: "${TELAMON_BASE_URL:?start this with tests/clients/run}"
api=$TELAMON_BASE_URL/api/atlas/v2
v2023='application/vnd.atlas.2023-01-01+json'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
suffix=$(openssl rand -hex 6)

fail() {
    echo "FAILED  curl: $1" >&2
    [ ! -s "$scratch/body" ] || { cat "$scratch/body" && echo; } >&2
    exit 1
}

# send STATUS CURL_ARGUMENT...: the request, whose answer must have that status; its body is then in $scratch/body.
send() {
    local wanted=$1 got
    shift
    got=$(curl --silent --show-error --max-time 30 --output "$scratch/body" --dump-header "$scratch/head" \
        --write-out '%{http_code}' "$@")
    [ "$got" = "$wanted" ] || fail "status $got, wanted $wanted: curl $*"
}

holds() { grep --quiet --fixed-strings -- "$1" "$scratch/body" || fail "the answer does not hold $1"; }
lacks() { ! grep --quiet --fixed-strings -- "$1" "$scratch/body" || fail "the answer holds $1"; }
# member NAME: the last text member of that name in the answer.
member() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$scratch/body"; }

token() {
    send 200 --user "$TELAMON_CLIENT_ID:$TELAMON_CLIENT_SECRET" \
        --header "Content-Type: application/x-www-form-urlencoded" \
        --header "Accept: application/json" \
        --header "Cache-Control: no-cache" \
        --data "grant_type=client_credentials" \
        --request POST "$TELAMON_BASE_URL/api/oauth/token"
    holds '"token_type":"Bearer"'
    holds '"expires_in":3600'
    member access_token
}

# walk NAME CREDENTIAL...: what the guides do first.
walk() {
    local name=$1 user=curl-$1-$suffix project
    shift
    local authorized=("$@" --header "Accept: $v2023")
    local json=(--header "Content-Type: $v2023")

    send 200 "${authorized[@]}" --request GET "$api/groups"
    holds "\"id\":\"$TELAMON_GROUP_ID\""
    send 201 "${authorized[@]}" "${json[@]}" --request POST "$api/groups" \
        --data "{\"name\":\"curl $name $suffix\",\"orgId\":\"$TELAMON_ORG_ID\"}"
    project=$(member id)
    send 200 "${authorized[@]}" "$api/groups/$project?pretty=true"
    grep --quiet "^ *\"name\" *: *\"curl $name $suffix\"" "$scratch/body" || fail "pretty=true did not indent"
    send 409 "${authorized[@]}" "${json[@]}" --data "{\"name\":\"curl $name $suffix\",\"orgId\":\"$TELAMON_ORG_ID\"}" "$api/groups"
    holds '"errorCode":"GROUP_ALREADY_EXISTS"'

    send 201 "${authorized[@]}" --header "Content-Type: application/json" "$api/groups/$project/databaseUsers" \
        --data @- <<JSON
{
  "databaseName": "\$external",
  "username": "$user",
  "x509Type": "MANAGED",
  "roles": [{"databaseName": "admin", "roleName": "readWriteAnyDatabase"}]
}
JSON
    holds "\"username\":\"$user\""
    send 201 "${authorized[@]}" "${json[@]}" --data '{"monthsUntilExpiration": 3}' \
        "$api/groups/$project/databaseUsers/$user/certs"
    check_certificate "$project" "$user"
    send 200 "${authorized[@]}" "$api/groups/$project/databaseUsers/$user/certs"
    holds "\"subject\":\"CN=$user\""
    holds '"totalCount":1'
    send 200 "${authorized[@]}" "$api/groups/$project/databaseUsers/\$external/$user"
    holds '"x509Type":"MANAGED"'
    send 204 "${authorized[@]}" --request DELETE "$api/groups/$project/databaseUsers/\$external/$user"
    send 202 "${authorized[@]}" --request DELETE "$api/groups/$project"

    send 200 "$@" --header "Accept: application/vnd.atlas.2025-03-12+json" "$api/orgs/$TELAMON_ORG_ID"
    grep --quiet --ignore-case "^content-type: $v2023" "$scratch/head" || fail "the answer does not name its version"
    send 406 "$@" --header "Accept: application/json" "$api/orgs"
    holds '"errorCode":"INVALID_VERSION_DATE"'
}

# check_certificate PROJECT USER: the certificate and key in the last answer, as openssl sees them.
check_certificate() {
    local pem=$scratch/$2.pem ca=$scratch/ca.pem subject
    cp "$scratch/body" "$pem"
    send 200 "$TELAMON_BASE_URL/pki/projects/$1/ca.pem"
    cp "$scratch/body" "$ca"
    openssl verify -purpose sslclient -CAfile "$ca" "$pem" >/dev/null || fail "openssl does not trust the certificate"
    openssl x509 -in "$pem" -noout -checkend $((80 * 24 * 3600)) >/dev/null || fail "the certificate ends too early"
    subject=$(openssl x509 -in "$pem" -noout -subject -nameopt RFC2253)
    [ "$subject" = "subject=CN=$2" ] || fail "the certificate's subject is '$subject'"
    [ "$(openssl x509 -in "$pem" -noout -pubkey)" = "$(openssl pkey -in "$pem" -pubout)" ] || fail "the key is another certificate's"
}

access_token=$(token)
walk bearer --header "Authorization: Bearer $access_token"
walk digest --user "$TELAMON_PUBLIC_KEY:$TELAMON_PRIVATE_KEY" --digest

send 401 --header "Accept: $v2023" "$api/groups"
grep --quiet --ignore-case '^www-authenticate: digest realm="MMS Public API"' "$scratch/head" || fail "no digest challenge"

send 200 --user "$TELAMON_CLIENT_ID:$TELAMON_CLIENT_SECRET" --data "token=$access_token&token_type_hint=access_token" \
    "$TELAMON_BASE_URL/api/oauth/revoke"
send 401 --header "Authorization: Bearer $access_token" --header "Accept: $v2023" "$api/groups"
lacks "$TELAMON_GROUP_ID"
send 401 --user "$TELAMON_CLIENT_ID:wrong" --data grant_type=client_credentials "$TELAMON_BASE_URL/api/oauth/token"
holds '"error":"invalid_client"'

echo "curl: the guide works with a token and with digest"
