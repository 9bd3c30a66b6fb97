#!/usr/bin/env bash
# Installs the TypeScript SDK of the reference from the npm registry, unchanged, for the tests in test/src/reference.
# It lies in the user's cache, outside the repository; a second run does nothing. Where the registry does not have
# it, those tests run with a client of our own that sends and reads the same, and this says so.
set -euo pipefail

version=0.11
directory="${XDG_CACHE_HOME:-$HOME/.cache}/groundplane/reference-sdk"
if [ -f "$directory/node_modules/@modernrelay/omnigraph/dist/index.js" ]; then exit 0; fi
mkdir -p "$directory"
if ! npm install --prefix "$directory" --no-fund --no-audit --ignore-scripts --loglevel=error \
  "@modernrelay/omnigraph@~$version" >/dev/null 2>&1; then
  echo "the SDK of the reference cannot be had from this registry: its tests run with our own client only" >&2
  exit 1
fi
