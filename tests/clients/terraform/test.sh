#!/usr/bin/env bash
# Terraform with the provider mongodb/mongodbatlas: apply, plan again (no change), change, destroy.
# Needs `terraform` and its registry, and the environment that tests/clients/run sets.
set -euo pipefail

: "${TELAMON_BASE_URL:?start this with tests/clients/run}"
command -v terraform >/dev/null || { echo "skipped terraform: terraform is not installed"; exit 77; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$here"/*.tf "$scratch/"
cd "$scratch"

export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1
export MONGODB_ATLAS_BASE_URL=$TELAMON_BASE_URL/
export TF_VAR_org_id=$TELAMON_ORG_ID
unset MONGODB_ATLAS_PUBLIC_API_KEY MONGODB_ATLAS_PRIVATE_API_KEY MONGODB_ATLAS_PUBLIC_KEY MONGODB_ATLAS_PRIVATE_KEY \
    MONGODB_ATLAS_CLIENT_ID MONGODB_ATLAS_CLIENT_SECRET MONGODB_ATLAS_ACCESS_TOKEN MCLI_PUBLIC_API_KEY \
    MCLI_PRIVATE_API_KEY MCLI_OPS_MANAGER_URL

fail() { echo "FAILED  terraform: $1" >&2; exit 1; }

if ! terraform init -no-color >init.log 2>&1; then
    sed 's/^/  /' init.log
    echo "skipped terraform: the provider cannot be installed here"
    exit 77
fi

# walk NAME: everything, with the credentials that are in the environment.
walk() {
    local status=0 now
    now=$(date +%s)
    export TF_VAR_name="terraform $1 $now"
    rm -f terraform.tfstate terraform.tfstate.backup
    terraform apply -no-color -auto-approve -var role=readAnyDatabase
    terraform plan -no-color -detailed-exitcode -var role=readAnyDatabase || status=$?
    [ "$status" -eq 0 ] || fail "a second plan is not empty"
    terraform apply -no-color -auto-approve -var role=readWriteAnyDatabase
    terraform output -raw certificate >user.pem
    grep --quiet 'BEGIN CERTIFICATE' user.pem || fail "no certificate was issued"
    terraform destroy -no-color -auto-approve -var role=readWriteAnyDatabase
}

MONGODB_ATLAS_PUBLIC_API_KEY=$TELAMON_PUBLIC_KEY MONGODB_ATLAS_PRIVATE_API_KEY=$TELAMON_PRIVATE_KEY walk key
echo "terraform: works with an API key"
MONGODB_ATLAS_CLIENT_ID=$TELAMON_CLIENT_ID MONGODB_ATLAS_CLIENT_SECRET=$TELAMON_CLIENT_SECRET walk account
echo "terraform: works with a service account"
