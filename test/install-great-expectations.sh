#!/usr/bin/env bash
# install-great-expectations.sh 0|1: installs that major version of Great Expectations, which `npm run test:great-expectations`
# drives, and prints where.
case "${1:-1}" in
  0) exec "$(dirname "$0")/install-from-pypi.sh" great-expectations-0 great-expectations "Great Expectations 0.18" ;;
  *) exec "$(dirname "$0")/install-from-pypi.sh" great-expectations great-expectations "Great Expectations" ;;
esac
