/**
 * An operator in a process of its own: `<dir> <actor> <step>` runs apply, says `waiting` on stdout when it
 * comes to the named step, goes on when a line arrives on stdin, and prints its document. The step `none` is never met.
 */
import { readSync, writeSync } from 'node:fs'
import { applyCluster } from '../apply.js'

const [dir, actor, stop] = process.argv.slice(2) as [string, string, string]

const onStep = (step: string): void => {
  if (step !== stop) return
  writeSync(1, 'waiting\n')
  readSync(0, Buffer.alloc(1))
}

process.stdout.write(JSON.stringify(await applyCluster(dir, { onStep, actor })))
