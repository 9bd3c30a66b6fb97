#!/usr/bin/env bash
# Installs the S3-compatible server that the tests of S3 storage roots run against:
# Versity S3 Gateway (Apache-2.0) at one version, built by Go from its module, which Go verifies by
# checksum. It lies in the user's cache, outside the repository; a second run does nothing.
# 1.8.0 is the first version that decides conditional puts atomically.
set -euo pipefail

version=v1.8.0
directory="${XDG_CACHE_HOME:-$HOME/.cache}/groundplane/versitygw-$version"

if [ -x "$directory/versitygw" ]; then exit 0; fi
if ! command -v go >/dev/null 2>&1; then
  echo "the S3 server of the tests was not installed: it needs Go 1.25 or newer" >&2
  exit 1
fi

mkdir -p "$directory"
scratch=$(mktemp -d "$directory/build-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# Without optimisation it builds in about three quarters of the time; it serves tests.
GOBIN="$scratch" go install -trimpath -ldflags='-s -w' -gcflags='all=-N -l' "github.com/versity/versitygw/cmd/versitygw@$version"
mv -f "$scratch/versitygw" "$directory/versitygw"
