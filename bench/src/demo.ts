import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLI, memoryMb, run, startServer } from './process.js'
import { type BenchRow, bounded, median } from './row.js'

/** The main job from a clean state, the incident alone, the idle server, and the command's start. */
export async function demoBench(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-bench-'))
  try {
    const demo = await run([CLI, 'demo', '--once', '--json', '--dir', dir, '--bind', '127.0.0.1:0'])
    if (demo.code !== 0) throw new Error(`the demo failed:\n${demo.stderr}`)
    const incidentMs: number[] = []
    for (let i = 0; i < 5; i++) {
      const incident = await run([
        CLI,
        'incident',
        'revenue dashboard wrong',
        '--cluster',
        dir,
        '--as',
        'oncall-crew',
        '--json',
      ])
      if (incident.code !== 0) throw new Error(`the incident failed:\n${incident.stderr}`)
      incidentMs.push((JSON.parse(incident.stdout) as { wallMs: number }).wallMs)
    }
    const help: number[] = []
    for (let i = 0; i < 9; i++) help.push((await run([CLI, '--help'])).wallMs)
    return [
      bounded('demo from a clean state, wall', 's', demo.wallMs / 1000, 90),
      bounded('demo from a clean state, peak memory', 'MB', demo.peakMb, 600),
      bounded('incident alone, no model (median of 5)', 'ms', median(incidentMs), 2000),
      bounded('idle server, resident', 'MB', await idleServerMb(dir), 200),
      bounded('groundplane --help (median of 9)', 'ms', median(help), 150),
    ]
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Resident memory of a server that has answered one request and then rested for three seconds. */
async function idleServerMb(dir: string): Promise<number> {
  const server = await startServer([CLI, 'serve', '--cluster', dir, '--bind', '127.0.0.1:0'], {
    GROUNDPLANE_SERVER_BEARER_TOKENS_JSON: '{"operator":"bench-token"}',
  })
  try {
    const answer = await fetch(new URL('/catalog/search?query=orders', server.url), {
      headers: { authorization: 'Bearer bench-token' },
    })
    if (!answer.ok) throw new Error(`the server answered ${answer.status}: ${await answer.text()}`)
    await new Promise((resolve) => setTimeout(resolve, 3000))
    return memoryMb(server.child, 'VmRSS')
  } finally {
    await server.stop()
  }
}
