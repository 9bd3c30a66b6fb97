#!/bin/sh
# Second stage of the image: what the command needs to run, and nothing else.
#   assemble.sh <built source> <out>
# <out> gets bin/groundplane, the packages of the command with their builds, the console, and the libraries
# they name, from the lock file. Development tools, tests, benchmarks and editors stay behind.
set -eu
source=$1
out=$2
mkdir -p "$out"
cp "$source/package.json" "$source/package-lock.json" "$source/LICENSE" "$source/NOTICE" "$out/"
# npm reads the manifest of every workspace to resolve the lock file.
for manifest in "$source"/packages/*/package.json "$source"/apps/*/package.json "$source"/editors/*/package.json \
  "$source"/bench/package.json "$source"/test/package.json; do
  folder=$out/$(dirname "${manifest#"$source"/}")
  mkdir -p "$folder"
  cp "$manifest" "$folder/"
done
# The command is linked at install, so it has to lie there.
cp -R "$source/packages/cli/bin" "$out/packages/cli/"
(cd "$out" && npm install --no-save --omit=dev --workspace packages/cli --no-fund --no-audit)
for dist in "$source"/packages/*/dist; do
  package=$(basename "$(dirname "$dist")")
  cp -R "$dist" "$out/packages/$package/"
  find "$out/packages/$package/dist" \( -name '*.test.*' -o -name '*.d.ts' -o -name '*.map' -o -name '.tsbuildinfo' \) -delete
  rm -rf "$out/packages/$package/dist/testing"
done
mkdir -p "$out/apps/console"
cp -R "$source/apps/console/dist" "$out/apps/console/"
rm -rf "$out/bench" "$out/test" "$out/editors" "$out/apps/console/package.json"
# Links to what was just removed, and to workspaces that the command does not use.
find "$out/node_modules" -xtype l -delete
mkdir -p "$out/bin"
ln -sf ../packages/cli/bin/groundplane.js "$out/bin/groundplane"
chmod 755 "$out/packages/cli/bin/groundplane.js"
