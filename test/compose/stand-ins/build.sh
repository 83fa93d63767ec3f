#!/usr/bin/env bash
# Builds stand-ins for the images that are named, as deploy/compose.yaml and deploy/Dockerfile name them: for a machine
# that reaches Debian's packages, npm and Go's modules, but no registry of images. Wants root, debootstrap and Go.
#   test/compose/stand-ins/build.sh node:24.21.0-bookworm-slim temporalio/server:1.32.0 …
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/postern/stand-ins
mkdir -p "$folder"

step() { echo "postern: $*" >&2; }

# debian SUITE PACKAGES: that Debian as an archive
debian() {
  [ -e "$folder/$1.tar" ] && return
  step "Debian $1, a minute"
  debootstrap --variant=minbase --include="$2" "$1" "$folder/$1" http://deb.debian.org/debian >"$folder/$1.log"
  tar -C "$folder/$1" --exclude='./var/cache/apt/archives/*.deb' -cf "$folder/$1.making" .
  mv "$folder/$1.making" "$folder/$1.tar"
  rm -rf "${folder:?}/$1"
}

# go_build FILE PACKAGE VERSION
go_build() {
  [ -e "$folder/$1-$3" ] || {
    step "$1 $3 by go install, minutes"
    GOBIN=$folder/making go install "$2@$3"
    mv "$folder/making/$(basename "$2")" "$folder/$1-$3"
  }
  cp "$folder/$1-$3" "$folder/$1"
}

# module NAME VERSION: the folder of its sources
module() { go mod download -json "$1@$2" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p'; }

for image in "$@"; do
  version=${image##*:}
  case $image in
    node:*)
      target=node
      debian bookworm ca-certificates
      # The version that the image's name gives, which is the development dependency's too.
      cp "$(dirname "$(readlink -f "$here/../../../node_modules/.bin/node")")/node" "$folder/node"
      rm -rf "$folder/npm" && cp -r "$(npm root --global 2>/dev/null)/npm" "$folder/npm"
      ;;
    temporalio/server:*)
      target=server
      debian bookworm ca-certificates
      go_build temporal-server go.temporal.io/server/cmd/server "v$version"
      cp --no-preserve=mode "$(module go.temporal.io/server "v$version")/docker/scripts/sh/entrypoint.sh" \
        "$folder/server-entrypoint.sh"
      ;;
    temporalio/admin-tools:*)
      target=admin-tools
      debian bookworm ca-certificates
      go_build temporal-sql-tool go.temporal.io/server/cmd/tools/sql "v$version"
      go_build temporal github.com/temporalio/cli/cmd/temporal v1.5.1
      ;;
    temporalio/ui:*)
      target=ui
      debian bookworm ca-certificates
      go_build ui-server github.com/temporalio/ui-server/v2/cmd/server "v$version"
      cp --no-preserve=mode "$(module github.com/temporalio/ui-server/v2 "v$version")/config/docker.yaml" \
        "$folder/ui-config.yaml"
      ;;
    postgres:*)
      target=postgres
      debian bookworm ca-certificates
      cp "$here/postgres-entrypoint.sh" "$folder/"
      ;;
    valkey/valkey:*)
      target=valkey
      debian trixie valkey-server,valkey-tools
      ;;
    *)
      echo "There is no stand-in for $image." >&2
      exit 1
      ;;
  esac
  step "image $image, a stand-in"
  # The certificates that this machine trusts: its way out may have one of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$folder/"
  docker build --quiet --file "$here/Dockerfile" --target "$target" --label postern.stand-in=true --tag "$image" "$folder" >/dev/null
done
