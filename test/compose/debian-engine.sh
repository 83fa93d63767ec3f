#!/usr/bin/env bash
# Docker on a Debian machine that reaches Debian's packages and Go's modules only: the engine is Debian's, Compose and
# Buildx are built here, a few minutes once. Starts the engine when it does not run. Wants root and Go.
set -euo pipefail
plugins=/usr/local/lib/docker/cli-plugins

step() { echo "postern: $*" >&2; }

command -v dockerd >/dev/null || {
  step "Docker's engine from Debian"
  apt-get update -qq
  apt-get install --yes -qq --no-install-recommends docker.io iptables debootstrap >/dev/null
}

# plugin NAME MODULE VERSION PACKAGE VARIABLE: `go install` refuses modules that replace others, so it is built in a copy.
plugin() {
  docker "$1" version >/dev/null 2>&1 && return
  step "docker $1 $3 from its sources"
  local sources
  sources=$(mktemp -d)
  cp -r --no-preserve=mode "$(go mod download -json "$2@$3" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/." "$sources"
  mkdir -p "$plugins"
  (cd "$sources" && go build -ldflags "-X $5=$3" -o "$plugins/docker-$1" "$4")
  rm -r "$sources"
}
plugin compose github.com/docker/compose/v2 v2.40.3 ./cmd github.com/docker/compose/v2/internal.Version
plugin buildx github.com/docker/buildx v0.29.1 ./cmd/buildx github.com/docker/buildx/version.Version

docker info >/dev/null 2>&1 && exit
step "dockerd, its log in /var/log/dockerd.log; to end it: kill \$(cat /run/docker.pid)"
setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &
for _ in $(seq 60); do
  docker info >/dev/null 2>&1 && exit
  sleep 1
done
tail /var/log/dockerd.log >&2
exit 1
