#!/usr/bin/env bash
# install-from-pypi.sh FOLDER PACKAGE NAME: installs what a suite drives from PyPI, with everything it needs at the
# versions of test/FOLDER/requirements.txt. It lies in the user's cache, outside the repository, in the directory that
# is printed; a second run does nothing else. PACKAGE is the one whose version the directory is named after.
set -euo pipefail

requirements="$(cd "$(dirname "$0")" && pwd)/$1/requirements.txt"
version=$(sed -n "s/^$2.*==//p" "$requirements")
directory="${XDG_CACHE_HOME:-$HOME/.cache}/groundplane/$1-$version-$(sha256sum "$requirements" | cut -c1-12)"

echo "$directory"
if [ -f "$directory/complete" ]; then exit 0; fi
if ! command -v python3 >/dev/null 2>&1; then
  echo "$3 was not installed: it needs Python 3.10 or newer" >&2
  exit 1
fi

rm -rf "$directory"
mkdir -p "$(dirname "$directory")"
python3 -m venv "$directory"
"$directory/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
touch "$directory/complete"
