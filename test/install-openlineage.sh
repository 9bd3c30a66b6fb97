#!/usr/bin/env bash
# Installs OpenLineage's client, which `npm run test:openlineage` drives, and prints where.
exec "$(dirname "$0")/install-from-pypi.sh" openlineage openlineage-python "OpenLineage's client"
