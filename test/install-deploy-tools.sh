#!/usr/bin/env bash
# Installs what the tests of deploy/ need beside Node: Helm, built by Go from its module, and kubernetes-validate with
# the JSON schemas of Kubernetes, from PyPI. Both at one version. They lie in the user's cache, outside the
# repository; a second run does nothing.
set -euo pipefail

helm_version=v3.19.0
validate_version=1.37.0
directory="${XDG_CACHE_HOME:-$HOME/.cache}/groundplane/deploy-tools-$helm_version-$validate_version"
mkdir -p "$directory"

if [ ! -x "$directory/helm" ]; then
  if ! command -v go >/dev/null 2>&1; then
    echo "Helm was not installed for the tests: it needs Go" >&2
    exit 1
  fi
  scratch=$(mktemp -d "$directory/build-XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  GOBIN="$scratch" go install "helm.sh/helm/v3/cmd/helm@$helm_version"
  mv -f "$scratch/helm" "$directory/helm"
fi

if [ ! -x "$directory/python/bin/kubernetes-validate" ]; then
  if ! command -v python3 >/dev/null 2>&1; then
    echo "kubernetes-validate was not installed for the tests: it needs Python 3" >&2
    exit 1
  fi
  rm -rf "$directory/python"
  python3 -m venv "$directory/python"
  "$directory/python/bin/pip" install --quiet --disable-pip-version-check "kubernetes-validate==$validate_version"
fi
