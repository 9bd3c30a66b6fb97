import type { RunReport, Schedule, ScheduleView } from '@groundplane/cluster'
import { type Clock, systemClock, ulidSource } from '@groundplane/core'
import { type ClusterTarget, openCluster } from '../cluster-target.js'
import { CommandError } from '../errors.js'
import { showRows, type Wanted } from '../listing.js'
import { clusterRoot } from '../operator/scope.js'
import { complain, note, print, printJson } from '../output.js'
import { performer } from '../scheduled-job.js'

interface ScheduleOptions extends Wanted {
  readonly cluster: string
  readonly as?: string
}

interface RunOptions extends ScheduleOptions {
  /** Addresses: these are run, whether due or not, and no others. */
  readonly now?: readonly string[]
  /** Who wants them run now; default: who acts. */
  readonly askedBy?: string
}

/**
 * Runs what is due. Exit code 1 when a run failed; one that was skipped, or that somebody else has, is no failure.
 * The first SIGINT or SIGTERM lets the run under way finish and begins no other; the second ends the process.
 */
export async function runScheduleRun(options: RunOptions, clock: Clock = systemClock): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const { runDue, schedulesOf } = await import('@groundplane/cluster')
  const store = await storeOf(cluster, options, clock)
  const schedules = schedulesOf(cluster.revision)
  const askedBy = options.askedBy ?? cluster.principal?.actor
  const stop = new AbortController()
  const abort = () => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, abort)
  try {
    const runs = await runDue(store, chosen(schedules, options.now), {
      ...(options.now && { now: true, ...(askedBy !== undefined && { askedBy }) }),
      perform: performer(cluster),
      signal: stop.signal,
      onReport: options.json ? () => {} : say,
    })
    // Those of a graph that is quarantined are still declared.
    if (cluster.revision.quarantined.length === 0) await store.forgetOthers(schedules)
    const ok = runs.every(({ status, result }) => status !== 'unreadable' && result?.outcome !== 'failed')
    if (options.json) printJson({ ok, runs })
    else if (runs.every(({ status }) => status === 'waiting')) note('Nothing is due.')
    return ok ? 0 : 1
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, abort)
  }
}

function chosen(schedules: readonly Schedule[], now: readonly string[] | undefined): readonly Schedule[] {
  return (
    now?.map((name) => {
      const found = schedules.find(({ address }) => address === name)
      if (found) return found
      throw new CommandError('schedule_not_found', `Nothing is scheduled as "${name}".`, {
        kind: 'not-found',
        remedy: `Applied schedules: ${schedules.map(({ address }) => address).join(', ') || 'none; give a source or a set of assertions a `schedule` and apply'}.`,
      })
    }) ?? schedules
  )
}

/** Needs `read` on each catalog that something is scheduled for. */
export async function runScheduleList(options: ScheduleOptions, clock: Clock = systemClock): Promise<number> {
  const cluster = await openCluster(options.cluster, options.as)
  const { schedulesOf } = await import('@groundplane/cluster')
  const schedules = schedulesOf(cluster.revision)
  for (const graph of new Set(schedules.map((s) => s.graph)))
    cluster.authorize({ action: 'read', graph, branch: 'main' })
  const views = await (await storeOf(cluster, options, clock)).views(schedules)
  const columns = [
    'schedule',
    'cron',
    'timezone',
    'state',
    'last',
    'at',
    'asked_by',
    'code',
    'missed',
    'next',
  ]
  await showRows({ schedules: views }, columns, views.map(rowOf), options, 'Nothing is scheduled.')
  return 0
}

async function storeOf({ principal }: ClusterTarget, { cluster }: ScheduleOptions, clock: Clock) {
  const { scheduleStore } = await import('@groundplane/cluster')
  const actor = principal?.actor
  return scheduleStore(await clusterRoot(cluster), {
    clock,
    ids: ulidSource(clock),
    ...(actor !== undefined && { actor }),
  })
}

function rowOf({ schedule, cron, timezone, state, running, last, missed, next, problem }: ScheduleView) {
  return {
    schedule,
    cron,
    timezone,
    state: running ? `running: ${running.pid} on ${running.host}` : state,
    last: last?.outcome ?? null,
    at: last?.finished ?? null,
    asked_by: (running ?? last)?.asked_by ?? null,
    code: problem?.code ?? last?.code ?? null,
    missed,
    next,
  }
}

function say({ schedule, status, result, problem }: RunReport): void {
  if (problem) complain(`error[${problem.code}]: ${schedule}: ${problem.message}`)
  else if (status === 'registered') print(`${schedule}: new; it waits for its next due time`)
  else if (status === 'running') print(`${schedule}: another runner has it`)
  else if (status === 'lost') print(`${schedule}: another runner took it over`)
  else if (result) {
    const { outcome, due, missed, asked_by, commit, code, message } = result
    const late = missed === 0 ? '' : ` and ${missed} missed before`
    const what = commit ? `commit ${commit}` : 'nothing to commit'
    const asked = asked_by === undefined ? '' : `, asked for by ${asked_by}`
    print(`${schedule}: ${outcome} for ${due}${late}${asked}; ${what}`)
    if (code !== undefined) complain(`${outcome === 'failed' ? 'error' : 'warning'}[${code}]: ${message}`)
  }
}
