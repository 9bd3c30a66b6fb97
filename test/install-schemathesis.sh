#!/usr/bin/env bash
# Installs Schemathesis, which `npm run test:http` drives, and prints where.
exec "$(dirname "$0")/install-from-pypi.sh" schemathesis schemathesis Schemathesis
