import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { processIdentity } from '@groundplane/core'
import { afterAll, expect, it } from 'vitest'
import { scratch, socialGraph } from '../testing/scratch.js'

const files = scratch()
afterAll(() => files.remove())

it('sweeps what a killed create left, of any graph of the directory, and never the build of a living process', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const identity = processIdentity().split('-') as [string, string, string]
  // A pid that was this child's: gone once it has exited.
  const dead = `${identity[0]}-${child.pid}-1`
  await new Promise((resolve) => {
    child.on('exit', resolve)
    child.kill('SIGKILL')
  })
  const left = ['.g.gp', '.other.gp'].map((name) => `${name}.creating-${dead}.01ARZ3NDEKTSV4RRFFQ69G5FAV`)
  const living = `.g.gp.creating-${processIdentity()}.01ARZ3NDEKTSV4RRFFQ69G5FAW`
  for (const name of [...left, living]) {
    mkdirSync(files.path(name))
    utimesSync(files.path(name), 1, 1)
  }
  socialGraph(files.path('g.gp')).close()
  expect(readdirSync(files.dir).filter((name) => name.includes('.creating-'))).toEqual([living])
})

it('shows a graph whole or not at all after a kill during create, and the next create leaves no trace of it', async () => {
  const script = fileURLToPath(new URL('../testing/create-child.js', import.meta.url))
  for (let round = 0; round < 6; round++) {
    const root = files.path(`killed-${round}.gp`)
    const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => {
      child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), round * 6))
      child.on('exit', resolve)
    })
    if (existsSync(root)) expect(socialGraphOpens(root)).toBe('init')
    else socialGraph(root).close()
    expect(readdirSync(files.dir).filter((name) => name.includes(`killed-${round}.gp.creating-`))).toEqual([])
  }
})

function socialGraphOpens(root: string): string {
  const script = fileURLToPath(new URL('../testing/open-child.js', import.meta.url))
  return spawnSync(process.execPath, [script, root, 'head'], { encoding: 'utf8' }).stdout.trim()
}

/** An unprivileged user: `nobody` when the tests run as root, who may do anything. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

it.skipIf(process.platform === 'win32')('says who may not write when permissions are what is missing', () => {
  const root = files.path('locked.gp')
  socialGraph(root).close()
  chmodSync(files.dir, 0o755)
  chmodSync(root, 0o555)
  chmodSync(`${root}/graph.db`, 0o444)
  const script = fileURLToPath(new URL('../testing/open-child.js', import.meta.url))
  try {
    for (const mode of ['head', 'read', 'write']) {
      const { stdout, stderr } = spawnSync(process.execPath, [script, root, mode], {
        encoding: 'utf8',
        ...user,
      })
      expect(stdout.trim(), stderr).toBe('denied graph_not_writable')
    }
  } finally {
    chmodSync(root, 0o755)
  }
})
