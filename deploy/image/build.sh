#!/bin/sh
# First stage of the image: everything from the lock file, then the build. Runs in the root of the source.
set -eu
npm ci --no-fund --no-audit
npm run build
