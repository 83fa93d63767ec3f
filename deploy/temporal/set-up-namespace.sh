#!/bin/sh
# Makes the namespace and the search attributes of logins, or leaves them as they are.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the CLI itself.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d

# A new namespace is known to every part of the server a few seconds later.
for _ in $(seq 30); do
  if temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name PosternApp --type Keyword --name PosternCountry --type Keyword --name PosternStatus --type Keyword; then
    exit 0
  fi
  sleep 2
done
exit 1
