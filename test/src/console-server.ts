import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateWarehouses } from '@groundplane/warehouse'
import { EXAMPLE, runJson, startCommand } from './command.js'

const TOKEN = 'console-end-to-end'
const VIEWER_TOKEN = 'console-end-to-end-viewer'
const OPERATOR_TOKEN = 'console-end-to-end-operator'

/** A server with the console and the demo's catalog, to drive a browser against. */
export interface ConsoleServer {
  readonly url: string
  readonly token: string
  /** The token of an actor that may read and not change; absent for a server that was given by its address. */
  readonly viewerToken?: string
  /** The token of an actor that may decide what others propose; absent likewise. */
  readonly operatorToken?: string
  /** Ends the process at once. A server that was given by its address cannot be stopped. */
  stop?(): Promise<void>
  /** Starts it again on the same address, with the same data. */
  start?(): Promise<void>
  dispose(): Promise<void>
}

/**
 * The server named by GROUNDPLANE_URL and GROUNDPLANE_TOKEN, or else one of our own: the
 * example with generated warehouses (small geolocation, everything else at full size),
 * converged, harvested, checked and served by the installed command.
 */
export async function openConsoleServer(): Promise<ConsoleServer> {
  const { GROUNDPLANE_URL: url, GROUNDPLANE_TOKEN: token } = process.env
  if (url) return { url: url.replace(/\/$/, ''), token: token ?? '', dispose: async () => {} }

  const scratch = mkdtempSync(join(tmpdir(), 'groundplane-console-'))
  try {
    return await serveExample(scratch)
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true })
    throw error
  }
}

async function serveExample(scratch: string): Promise<ConsoleServer> {
  const dir = join(scratch, 'cluster')
  cpSync(EXAMPLE, dir, { recursive: true })
  generateWarehouses({ dir: join(dir, 'data'), scale: { geolocation: 0.01 } })
  await runJson(['cluster', 'import', '--config', dir])
  await runJson(['cluster', 'apply', '--config', dir, '--as', 'operator'])
  await runJson(['harvest', '--cluster', dir, '--as', 'harvester'])
  await runJson(['check', '--cluster', dir, '--as', 'harvester'])
  schedule(join(dir, 'cluster.yaml'))
  await runJson(['cluster', 'apply', '--config', dir, '--as', 'operator'])

  const port = await freePort()
  let running = await serve(dir, port)
  const stop = async () => endProcess(running)
  return {
    url: `http://127.0.0.1:${port}`,
    token: TOKEN,
    viewerToken: VIEWER_TOKEN,
    operatorToken: OPERATOR_TOKEN,
    stop,
    start: async () => {
      running = await serve(dir, port)
    },
    dispose: async () => {
      await stop()
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}

/** The example by the clock: due once a year, so that nothing runs by itself while a browser looks. One source is not healthy from here on. */
function schedule(file: string): void {
  const yearly = (at: string) => `schedule: "0 4 1 ${at} *"`
  const text = readFileSync(file, 'utf8')
    .replace('url: data/olist_source.db', `$&\n    ${yearly('1')}`)
    .replace('url: data/olist_dirty.db', `$&\n    ${yearly('2')}\n    health: SELECT 0`)
    .replace('sources: [olist_source, olist_dirty]', `$&\n    ${yearly('3')}\n    timezone: Europe/Berlin`)
  writeFileSync(file, text)
}

/** Resolves when the command says that it listens; rejects with what it said when it ends before that. */
async function serve(dir: string, port: number): Promise<ChildProcess> {
  const bind = `127.0.0.1:${port}`
  const args = ['serve', '--cluster', dir, '--bind', bind, '--catalog-writes', '--schedules-as', 'harvester']
  const child = startCommand(args, {
    GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: JSON.stringify({
      'oncall-crew': TOKEN,
      viewer: VIEWER_TOKEN,
      operator: OPERATOR_TOKEN,
    }),
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('listening on')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`groundplane serve exited ${code}:\n${said}`)))
  })
  return child
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
