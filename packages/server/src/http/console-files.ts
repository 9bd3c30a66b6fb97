import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

interface ConsoleFile {
  readonly path: string
  readonly type: string
  readonly bytes: number
  readonly etag: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/**
 * Serves the built console at `/`. The files are listed once, at the start, and a
 * request can only name one of them: no path of a request ever reaches the disk.
 * Content is public; the console asks the person for a token.
 */
export async function serveConsole(app: FastifyInstance, directory: string | undefined): Promise<void> {
  const files = directory === undefined ? new Map<string, ConsoleFile>() : await list(directory)
  const index = files.get('/index.html')
  app.get('/', (request, reply) => (index ? send(request, reply, index, false) : sendMissing(reply)))
  for (const [url, file] of files) {
    app.get(encodeURI(url), (request, reply) => send(request, reply, file, url.startsWith('/assets/')))
  }
}

async function list(directory: string): Promise<Map<string, ConsoleFile>> {
  const files = new Map<string, ConsoleFile>()
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const url = `/${path.slice(directory.length).replaceAll('\\', '/').replace(/^\/+/, '')}`
    const digest = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
    files.set(url, { path, type, bytes: (await stat(path)).size, etag: `"${digest.slice(0, 32)}"` })
  }
  return files
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  file: ConsoleFile,
  immutable: boolean,
): FastifyReply {
  reply
    .header('etag', file.etag)
    .header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
  return reply.type(file.type).header('content-length', file.bytes).send(createReadStream(file.path))
}

function sendMissing(reply: FastifyReply): FastifyReply {
  return reply.code(503).type('text/html; charset=utf-8').header('cache-control', 'no-store').send(MISSING)
}

const MISSING = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Groundplane</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
  body { max-width: 38rem; margin: 20vh auto 0; padding: 0 1.5rem }
  code { padding: .1em .4em; border-radius: .3em; background: color-mix(in srgb, currentColor 12%, transparent) }
</style></head>
<body>
  <h1>The console is not built</h1>
  <p>The server is running: its HTTP interface and MCP work. To see the console, run
  <code>npm run build</code> in the repository and start the server again.</p>
  <p>The interface is described at <a href="/openapi.json">/openapi.json</a>.</p>
</body>
</html>
`
