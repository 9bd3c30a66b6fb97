import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock, ulidSource } from '@groundplane/core'
import { followSchedules } from './follow-schedules.js'
import { clusterRoot } from './operator/scope.js'
import { complain } from './output.js'

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))
/** A run that has not ended so long after the server was asked to stop is killed; the next runner takes it over. */
const STOP_MS = 20_000

export interface ScheduleRunner {
  /** Begins to run what comes due. */
  start(): void
  /** Begins the run of one schedule, due or not, for whoever asks for it. False: one that was asked for so is under way. */
  runNow(schedule: string, askedBy?: string): boolean
  /** Begins no run any more, and waits for those under way. */
  close(): Promise<void>
}

/**
 * Follows the schedules of a cluster while a server serves it. The work is done by `schedule run` in a process of
 * its own, so that no request waits for a harvest.
 */
export function scheduleRunner(cluster: string, actor: string | undefined): ScheduleRunner {
  const stop = new AbortController()
  const { signal } = stop
  const onTrouble = (message: string) => complain(`warning[schedules_not_followed]: ${message}`)
  const asked = new Map<string, Promise<void>>()
  let followed: Promise<void> | undefined
  return {
    start() {
      followed ??= followSchedules({
        look: lookAt(cluster),
        run: () => runOnce(cluster, actor, [], signal),
        clock: systemClock,
        wait: (ms) => delay(ms, undefined, { signal, ref: false }).catch(() => {}),
        onTrouble,
        signal,
      })
    },
    runNow(schedule, askedBy) {
      if (asked.has(schedule) || signal.aborted) return false
      const run = runOnce(
        cluster,
        actor,
        ['--now', schedule, ...(askedBy === undefined ? [] : [`--asked-by=${askedBy}`])],
        signal,
      )
        .then((done) => done || onTrouble(`the run of ${schedule} that was asked for could not begin`))
        .catch((error) => onTrouble((error as Error).message))
        .then(() => void asked.delete(schedule))
      asked.set(schedule, run)
      return true
    },
    async close() {
      stop.abort()
      await Promise.all([followed, ...asked.values()])
    },
  }
}

/** The applied schedules are read again when the ledger has moved. */
function lookAt(cluster: string) {
  let known:
    | { cas: string; schedules: ReturnType<typeof import('@groundplane/cluster').schedulesOf> }
    | undefined
  return async () => {
    const { loadApplied, recordedLedger, scheduleStore, schedulesOf } = await import('@groundplane/cluster')
    const dir = await clusterRoot(cluster)
    const store = await scheduleStore(dir, { clock: systemClock, ids: ulidSource(systemClock) })
    if (known === undefined || (await recordedLedger(dir)) !== known.cas) {
      const revision = await loadApplied(dir)
      known = { cas: revision.cas, schedules: schedulesOf(revision) }
    }
    return store.views(known.schedules)
  }
}

/** Failed runs are in their records and said on standard error; false when the command itself could not do its work. */
async function runOnce(
  cluster: string,
  actor: string | undefined,
  more: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  const args = [
    'schedule',
    'run',
    '--cluster',
    cluster,
    '--quiet',
    ...(actor === undefined ? [] : ['--as', actor]),
    ...more,
  ]
  const child = spawn(process.execPath, [...process.execArgv, MAIN, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let killer: NodeJS.Timeout | undefined
  const stop = () => {
    child.kill('SIGTERM')
    killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    return code === 0 || code === 1
  } finally {
    clearTimeout(killer)
    signal.removeEventListener('abort', stop)
  }
}
