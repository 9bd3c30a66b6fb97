#!/usr/bin/env bash
# Makes a TypeScript client from the OpenAPI document that the reference publishes (openapi.json of its public repository),
# for test/src/reference/generated.e2e.test.ts:  test/generate-reference-client.sh openapi.json
# The generator and what it makes lie in the user's cache, outside the repository; nothing of the reference is kept in it.
set -euo pipefail

document="$(realpath "${1:?the path of the document}")"
directory="${XDG_CACHE_HOME:-$HOME/.cache}/groundplane/reference-openapi"
mkdir -p "$directory"
npm install --prefix "$directory" --no-fund --no-audit --ignore-scripts --loglevel=error \
  @hey-api/openapi-ts@0.96.1 typescript@5.9.3 >/dev/null
cd "$directory"
cat >generator.config.mjs <<END
export default {
  input: '$document',
  output: { path: 'source', module: { extension: '.js' } },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
}
END
node_modules/.bin/openapi-ts --file generator.config.mjs >/dev/null
mkdir -p client
echo '{"type":"module"}' | tee source/package.json >client/package.json
node_modules/.bin/tsc source/index.ts source/client.gen.ts --outDir client --target es2022 --module nodenext --skipLibCheck
echo "$directory/client"
