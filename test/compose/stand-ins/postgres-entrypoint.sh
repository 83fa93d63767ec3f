#!/bin/bash
# What the image `postgres` does with an empty folder: a superuser POSTGRES_USER with POSTGRES_PASSWORD, asked from
# everywhere for the password, and a database of that name.
set -euo pipefail

as_postgres() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }

mkdir -p "$PGDATA"
chown -R postgres:postgres "$PGDATA"
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=$(mktemp)
  echo "$POSTGRES_PASSWORD" >"$password"
  chown postgres "$password"
  as_postgres initdb --username "$POSTGRES_USER" --pwfile "$password" --auth-local trust --auth-host scram-sha-256 \
    --encoding UTF8
  rm "$password"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "CREATE DATABASE \"$POSTGRES_USER\"" | as_postgres postgres --single -j postgres
fi
exec setpriv --reuid postgres --regid postgres --init-groups "$@" -c listen_addresses='*'
