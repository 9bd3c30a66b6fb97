/**
 * A separate process that runs one cluster command and kills itself, without any
 * chance to clean up, at the named step: `<dir> <apply|approve|gc|import|refresh> <step>`.
 * With the step `list` it runs to the end and prints the steps it went through;
 * with `run` it says when it begins, and leaves its end to the parent.
 */
import { writeSync } from 'node:fs'
import { applyCluster } from '../apply.js'
import { approveCluster } from '../approve.js'
import type { ClusterOptions } from '../environment.js'
import { gcCluster } from '../gc.js'
import { importCluster, refreshCluster } from '../refresh.js'

const COMMANDS = {
  apply: applyCluster,
  approve: (dir: string, options: ClusterOptions) => approveCluster(dir, 'graph.scratch', options),
  gc: (dir: string, options: ClusterOptions) =>
    gcCluster(dir, { ...options, confirm: true, keepRevisions: 1 }),
  import: importCluster,
  refresh: refreshCluster,
}
const [dir, command, fatal] = process.argv.slice(2) as [string, keyof typeof COMMANDS, string]
const steps: string[] = []

const onStep = (step: string): void => {
  if (fatal === 'run' && steps.length === 0) writeSync(1, 'begun')
  steps.push(step)
  if (step !== fatal) return
  process.kill(process.pid, 'SIGKILL')
  for (;;); // the signal is on its way; nothing more may happen
}

const document = await COMMANDS[command](dir, { onStep, actor: 'crasher' })
process.stdout.write(JSON.stringify({ ok: document.ok, steps }))
