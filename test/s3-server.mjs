// Set-up of every test run: an S3-compatible server (Versity S3 Gateway) as a process of its own on a
// loopback port, with an empty bucket in a temporary directory. Tests find it through the
// AWS_… variables, as users' commands find theirs, and GROUNDPLANE_TEST_S3 names the bucket.
// Not installed (test/install-s3-server.sh), it says so, and the tests of S3 are skipped.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

const CACHE = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
const BINARY = join(CACHE, 'groundplane', 'versitygw-v1.8.0', 'versitygw')
const BUCKET = 'groundplane-test'
const KEYS = { id: 'groundplane', secret: 'groundplane-test-secret' }
/** Becomes the command, and ends it when standard input ends: also a test run that is killed leaves no server. */
const TIED = 'exec 3<&0; (cat <&3 >/dev/null; kill $$) & exec "$0" "$@" 3<&- </dev/null'

export async function setup() {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name] // no test may reach a real account
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'
  if (!existsSync(BINARY)) {
    const rule = '='.repeat(78)
    process.stderr.write(
      `\n${rule}\nTHE TESTS OF S3 STORAGE ROOTS ARE SKIPPED: the S3 server is not installed.\nInstall it once: test/install-s3-server.sh\n${rule}\n\n`,
    )
    return () => {}
  }
  const directory = mkdtempSync(join(tmpdir(), 'groundplane-s3-'))
  mkdirSync(join(directory, BUCKET))
  const { child, port } = await start(directory)
  Object.assign(process.env, {
    GROUNDPLANE_TEST_S3: `s3://${BUCKET}`,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: KEYS.id,
    AWS_SECRET_ACCESS_KEY: KEYS.secret,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  })
  return async () => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    rmSync(directory, { recursive: true, force: true })
  }
}

/** A port that was free a moment ago may be taken by now: then another one. */
async function start(directory) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const address = `127.0.0.1:${port}`
    const child = spawn('sh', ['-c', TIED, BINARY, '--quiet', '--port', address, 'posix', directory], {
      env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: KEYS.id, ROOT_SECRET_KEY: KEYS.secret },
      stdio: ['pipe', 'ignore', 'pipe'], // the first is held open by this process until its end
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    if (await answers(child, port)) return { child, port }
    if (attempt === 5) throw new Error(`the S3 server of the tests does not start: ${said}`)
  }
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** True when it takes connections, false when it ended first. */
async function answers(child, port) {
  while (child.exitCode === null && child.signalCode === null) {
    const open = await new Promise((resolve) => {
      const socket = createConnection({ host: '127.0.0.1', port })
      socket.on('connect', () => socket.end(() => resolve(true)))
      socket.on('error', () => resolve(false))
    })
    if (open) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}
