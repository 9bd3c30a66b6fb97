/**
 * A separate process that runs one cluster command and kills itself, without any
 * chance to clean up, at the named step: `<dir> <apply|import|refresh> <step>`.
 * With the step `list` it runs to the end and prints the steps it went through;
 * with `run` it says when it begins, and leaves its end to the parent.
 */
import { writeSync } from 'node:fs'
import { applyCluster } from '../apply.js'
import { importCluster, refreshCluster } from '../refresh.js'

const COMMANDS = { apply: applyCluster, import: importCluster, refresh: refreshCluster }
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
