#!/bin/sh
# First stage of the image: everything from the lock file, then the build. Runs in the root of the source.
# Not `npm ci`: the lock file has the optional binaries of one platform, and `ci` refuses it for that.
set -eu
npm install --no-save --no-fund --no-audit
npm run build
