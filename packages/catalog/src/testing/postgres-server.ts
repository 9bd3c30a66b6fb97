import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'

/** Debian keeps the programs of each version in a directory of its own. */
const DEBIAN = '/usr/lib/postgresql'
/** Becomes the server, and ends it when standard input ends: also a test run that is killed leaves no server. */
const TIED = 'exec 3<&0; (cat <&3 >/dev/null; kill -QUIT $$) & exec "$0" "$@" 3<&- </dev/null'
const ADMIN = { user: 'admin', password: 'canary-admin-password' } as const

/** Where the programs of PostgreSQL are; undefined when it is not installed. */
export const POSTGRES_PROGRAMS: string | undefined = programs()

function programs(): string | undefined {
  const found = process.env['GROUNDPLANE_TEST_POSTGRES_BIN'] ?? newest()
  if (found !== undefined && existsSync(join(found, 'initdb'))) return found
  const rule = '='.repeat(78)
  process.stderr.write(
    `\n${rule}\nTHE TESTS OF POSTGRESQL SOURCES ARE SKIPPED: PostgreSQL is not installed.\nOn Debian: apt-get install postgresql. Elsewhere set GROUNDPLANE_TEST_POSTGRES_BIN to its bin directory.\n${rule}\n\n`,
  )
  return undefined
}

function newest(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined
  const versions = readdirSync(DEBIAN)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
  return versions.map((v) => join(DEBIAN, v, 'bin')).find((bin) => existsSync(join(bin, 'initdb')))
}

/**
 * A PostgreSQL server of the test's own, empty, in a directory of its own, on a loopback port and a Unix
 * socket, with `pg_stat_statements` loaded and nothing that writes on its own account. PostgreSQL refuses
 * to run as root: then it runs as the user `postgres` or `nobody`.
 */
export class PostgresServer {
  /** Host and port for addresses: `127.0.0.1:54321`. */
  readonly address: string
  /** Directory of the Unix socket. */
  readonly directory: string
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, directory: string, port: number) {
    this.#child = child
    this.directory = directory
    this.port = port
    this.address = `127.0.0.1:${port}`
  }

  static async start(): Promise<PostgresServer> {
    const bin = POSTGRES_PROGRAMS as string
    const directory = mkdtempSync(join(tmpdir(), 'gp-postgres-'))
    const user = unprivileged()
    const passwords = join(directory, 'password')
    const data = join(directory, 'data')
    writeFileSync(passwords, ADMIN.password)
    chmodSync(directory, 0o755)
    if (user) for (const path of [directory, passwords]) chownSync(path, user.uid, user.gid)
    const options = { ...user, cwd: directory, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' } }
    const init = ['-D', data, '-U', ADMIN.user, `--pwfile=${passwords}`, '-A', 'scram-sha-256', '-E', 'UTF8']
    execFileSync(join(bin, 'initdb'), [...init, '--no-sync', '--locale=C.UTF-8'], {
      ...options,
      stdio: 'pipe',
    })
    for (let attempt = 1; ; attempt++) {
      const port = await freePort()
      const child = spawn('sh', ['-c', TIED, join(bin, 'postgres'), ...settings(data, directory, port)], {
        ...options,
        stdio: ['pipe', 'ignore', 'pipe'], // the first is held open by this process until its end
      })
      const ready = await answers(child)
      if (ready === true) return new PostgresServer(child, directory, port)
      if (attempt === 5) throw new Error(`the PostgreSQL server of the tests does not start: ${ready}`)
    }
  }

  /** Runs a script of statements as the superuser. */
  async run(database: string, script: string): Promise<void> {
    await this.connected(database, async (client) => void (await client.query(script)))
  }

  /** As `user`, who has the password `password-of-<user>`; default the superuser. */
  async connected<T>(database: string, body: (client: Client) => Promise<T>, user?: string): Promise<T> {
    const login = user === undefined ? ADMIN : { user, password: `password-of-${user}` }
    const client = new Client({ host: '127.0.0.1', port: this.port, database, ...login })
    client.on('error', () => {}) // of a server that is stopped under it
    await client.connect()
    try {
      return await body(client)
    } finally {
      await client.end().catch(() => {})
    }
  }

  /** Speaks TLS from now on, as `localhost`. Answers the path of the certificate, which is its own root. */
  async enableTls(): Promise<string> {
    const [certificate, key] = [join(this.directory, 'server.crt'), join(this.directory, 'server.key')]
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' })
    chmodSync(key, 0o600)
    const user = unprivileged()
    if (user) chownSync(key, user.uid, user.gid)
    await this.connected('postgres', async (client) => {
      await client.query(`ALTER SYSTEM SET ssl_cert_file = '${certificate}'`)
      await client.query(`ALTER SYSTEM SET ssl_key_file = '${key}'`)
      await client.query('ALTER SYSTEM SET ssl = on')
      await client.query('SELECT pg_reload_conf()')
    })
    // The server reads its settings anew in its own time; each new connection shows what it has by then.
    const ssl = () => this.connected('postgres', (client) => client.query<{ ssl: string }>('SHOW ssl'))
    while ((await ssl()).rows[0]?.ssl !== 'on');
    return certificate
  }

  /** Ends at once, with whatever it does. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGQUIT')
      await ended
    }
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function settings(data: string, directory: string, port: number): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: directory,
    shared_preload_libraries: 'pg_stat_statements',
    // Its own upkeep would take transaction ids, and a source that nobody wrote to would look changed.
    autovacuum: 'off',
    fsync: 'off',
    shared_buffers: '16MB',
    max_connections: 20,
    log_min_messages: 'log',
  }
  return ['-D', data, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: 'pipe' }).toString())
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // The next one.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody"')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** True when it takes connections; what it said when it ended first. */
function answers(child: ChildProcess): Promise<true | string> {
  return new Promise((resolve) => {
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('database system is ready to accept connections')) resolve(true)
    })
    child.once('exit', () => resolve(said))
  })
}
