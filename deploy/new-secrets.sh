#!/usr/bin/env bash
# Makes deploy/.env and deploy/secrets/signing-keys.json with new secrets, for deploy/compose.yaml. Replaces nothing.
# Run it from anywhere after `npm ci`. An argument names another folder than deploy/.
set -euo pipefail
umask 077
repository=$(cd "$(dirname "$0")/.." && pwd)
folder=$(cd "${1:-$repository/deploy}" && pwd)
env=$folder/.env
keys=$folder/secrets/signing-keys.json

for file in "$env" "$keys"; do
  if [ -e "$file" ]; then
    echo "$file is there already, and is left as it is; so is everything else." >&2
    exit 1
  fi
done

random() { openssl rand -base64 32; }
id=$(date -u +%Y-%m)

mkdir -p "$folder/secrets" "$folder/apps"
# The containers' user reads the file, and nobody else but its owner has to.
chmod 711 "$folder/secrets" "$folder/apps"
(cd "$repository" && npm run --silent signing-key -- --add-to "$keys")
if [ "$(id -u)" = 0 ]; then
  chown 1000:1000 "$keys"
elif [ "$(id -u)" != 1000 ]; then
  echo "The containers run as user 1000, which you are not: sudo chown 1000:1000 $keys" >&2
fi

cat >"$env" <<EOF
# What deploy/compose.yaml needs. Whoever reads this file can read every login: keep it as you keep a key.
# What each setting is and takes, and the others that may stand here: .env.example. What to do when one must change:
# docs/running.md.

# --- To be filled in

# Where the API is reached from outside, through your proxy: https://login.example
PUBLIC_URL=
# 8x8's account. Give the sub-account to this service alone.
EIGHTXEIGHT_API_KEY=
EIGHTXEIGHT_SUBACCOUNT_ID=
EIGHTXEIGHT_REGION=apac
# SG,MY. With several apps leave this empty, API_KEY too, and BRAND, ALLOWED_ORIGINS, ASSERTION_AUDIENCE, WEBHOOK_URL
# and WEBHOOK_SECRET below, and put their file, readable by user 1000, to deploy/apps/apps.json:
# APPS_FILE=/etc/postern/apps.json
ALLOWED_COUNTRIES=
# Where engineers open the Temporal UI, and where their browsers then find the codec server: both https
TEMPORAL_UI_URL=
CODEC_URL=

# --- If wanted

# The product name in messages; empty: Postern
BRAND=
ALLOWED_ORIGINS=
ASSERTION_AUDIENCE=
WEBHOOK_URL=
WEBHOOK_SECRET=
EIGHTXEIGHT_WEBHOOK_TOKEN=
EIGHTXEIGHT_WEBHOOK_AUTHORIZATION=
EIGHTXEIGHT_WEBHOOK_ADDRESSES=
SENDS_PER_DAY=
SENDS_PER_DAY_COUNTRY=
SENDS_PER_DAY_OVERALL=
# The identity provider of the Temporal UI, without which its pages stay sealed
CODEC_OIDC_JWKS_URL=
CODEC_OIDC_ISSUER=
CODEC_OIDC_AUDIENCE=
TEMPORAL_AUTH_ENABLED=false
TEMPORAL_AUTH_PROVIDER_URL=
TEMPORAL_AUTH_CLIENT_ID=
TEMPORAL_AUTH_CLIENT_SECRET=
TEMPORAL_AUTH_CALLBACK_URL=

# --- Made by deploy/new-secrets.sh

API_KEY=pk_live_$(openssl rand -hex 24)
LOOKUP_KEY=$(random)
ENCRYPTION_KEYS=$id:$(random)
TOKEN_KEYS=$id:$(random)
CODEC_TOKEN=$(openssl rand -hex 24)
POSTGRES_PASSWORD=$(openssl rand -hex 24)
VALKEY_PASSWORD=$(openssl rand -hex 24)
EOF
echo "$env is made. Fill in what stands first in it."
