/**
 * A runner in a process of its own: `<location> <now> <work file> <step>` says `ready`, waits for a byte on
 * stdin, runs what is due of `HOURLY` and prints its reports. Its work is one line more in the file. It kills
 * itself, without any chance to clean up, at the named step; with `list` it prints the steps it went through.
 */
import { appendFileSync, readSync, writeSync } from 'node:fs'
import { type StorageRoot, storageRoot } from '@groundplane/storage'
import { runDue } from '../schedule/run-due.js'
import { HOURLY, SetClock, storeOf } from './schedule-fixture.js'

const [location, now, work, fatal] = process.argv.slice(2) as [string, string, string, string]
const steps: string[] = []

function step(name: string): void {
  steps.push(name)
  if (name !== fatal) return
  process.kill(process.pid, 'SIGKILL')
  for (;;); // the signal is on its way; nothing more may happen
}

const root = storageRoot(location)
let puts = 0
const watched: StorageRoot = {
  location,
  get: (key) => root.get(key),
  list: (prefix) => root.list(prefix),
  delete: (key, options) => root.delete(key, options),
  async put(key, body, options) {
    const name = `put ${++puts}`
    step(`before ${name}`)
    const done = await root.put(key, body, options)
    step(`after ${name}`)
    return done
  },
}

writeSync(1, 'ready\n')
readSync(0, Buffer.alloc(1))
const reports = await runDue(storeOf(watched, new SetClock(now)), [HOURLY], {
  async perform(_, { run, confirm }) {
    await confirm()
    step('before work')
    appendFileSync(work, `${run}\n`)
    step('after work')
    return { outcome: 'succeeded', commit: null }
  },
})
process.stdout.write(JSON.stringify(fatal === 'list' ? steps : reports))
