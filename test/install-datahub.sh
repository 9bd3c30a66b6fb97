#!/usr/bin/env bash
# Installs DataHub's client, which `npm run test:datahub` drives, and prints where.
exec "$(dirname "$0")/install-from-pypi.sh" datahub acryl-datahub "DataHub's client"
