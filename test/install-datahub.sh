#!/usr/bin/env bash
# Installs DataHub's client, which `npm run test:datahub` drives: from PyPI, with everything it needs at the versions of
# test/datahub/requirements.txt. It lies in the user's cache, outside the repository, in
# the directory that is printed; a second run does nothing else.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
requirements="$here/datahub/requirements.txt"
version=$(sed -n 's/^acryl-datahub.*==//p' "$requirements")
directory="${XDG_CACHE_HOME:-$HOME/.cache}/groundplane/datahub-$version-$(sha256sum "$requirements" | cut -c1-12)"

echo "$directory"
if [ -f "$directory/complete" ]; then exit 0; fi
if ! command -v python3 >/dev/null 2>&1; then
  echo "DataHub's client was not installed: it needs Python 3.10 or newer" >&2
  exit 1
fi

rm -rf "$directory"
mkdir -p "$(dirname "$directory")"
python3 -m venv "$directory"
"$directory/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
touch "$directory/complete"
