import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Has a manifest and a lockfile of its own: the peers are no part of the workspace's install. */
const FOLDER = fileURLToPath(new URL('../../peers/', import.meta.url))
const MANIFEST = `${FOLDER}package.json`
/** npm writes it last. */
const INSTALLED = `${FOLDER}node_modules/.package-lock.json`
const OF_THE_WORKSPACE = /^npm_(?:package|lifecycle|config_local_prefix$|config_workspaces?$)/
const SIZE = 'about 650 MB'

/** The peers could not be installed. A bench without them would show nothing. */
export class PeersUnavailable extends Error {
  readonly code = 'bench_peers_unavailable'
  readonly remedy =
    'Check that the npm registry can be reached and that there is room on the disk, then run the bench again.'
}

/** A package of `bench/peers`, which `installPeers` has put there. */
export function requirePeer(name: string): unknown {
  return createRequire(MANIFEST)(name)
}

/**
 * Installs what `bench/peers` locks, on the first run and when the lock has changed since. Throws `PeersUnavailable`.
 * Not `npm ci`: it wants every platform's build of a peer in the lock, and a registry may lack those of others.
 */
export async function installPeers(): Promise<void> {
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(`${FOLDER}package-lock.json`).mtimeMs)
    return
  const { dependencies } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
    dependencies: Record<string, string>
  }
  const names = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`)
  process.stderr.write(
    `installing the peers of the bench into bench/peers/node_modules (${SIZE}): ${names.join(', ')}\n`,
  )
  const code = await npm(['install', '--no-save', '--no-fund', '--no-audit'])
  if (code !== 0) throw new PeersUnavailable(`npm install in bench/peers ended with ${code}.`)
  // npm leaves it as it was when the lock is only a later checkout of the same.
  utimesSync(INSTALLED, new Date(), new Date())
}

/** The npm that runs this program, else the one on the path. Its output is for the reader, so it goes to stderr. */
function npm(args: readonly string[]): Promise<number | null> {
  const own = process.env.npm_execpath
  const [command, first] = own ? [process.execPath, [own]] : ['npm', []]
  // What npm told its own child about the workspace must not be told to this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_THE_WORKSPACE.test(name)))
  const child = spawn(command, [...first, ...args], { cwd: FOLDER, env, stdio: ['ignore', 2, 2] })
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new PeersUnavailable('npm could not be started.', { cause })))
    child.on('close', resolve)
  })
}
