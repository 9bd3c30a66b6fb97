import type { CatalogApi } from '@groundplane/catalog'
import type { IncidentEvent, IncidentReport } from '@groundplane/protocol'
import { describe, expect, it } from 'vitest'
import { IncidentRuns, type RunCrew, type Subscriber } from './incident-runs.js'

const event = (runId: string, id: number): IncidentEvent => ({
  id,
  runId,
  at: '2026-11-21T00:00:00.000Z',
  type: 'role.thinking',
  role: 'detective',
  data: { text: `t${id}`, kind: 'note' },
})

/** A crew that does what the test says, step by step. */
function scriptedCrew() {
  const started: {
    say: (id: number) => void
    end: () => void
    fail: (error: Error) => void
    signal: AbortSignal
  }[] = []
  const crew: RunCrew = ({ onEvent, signal }) =>
    new Promise((resolve, reject) => {
      const runId = `run-${started.length}`
      signal.addEventListener('abort', () => reject(signal.reason))
      started.push({
        say: (id) => onEvent(event(runId, id)),
        end: () => resolve({} as IncidentReport),
        fail: reject,
        signal,
      })
    })
  return { crew, started }
}

class Recorder implements Subscriber {
  readonly ids: number[] = []
  ended = false
  event({ id }: IncidentEvent) {
    this.ids.push(id)
  }
  end() {
    this.ended = true
  }
}

const noCatalog = () => {
  throw new Error('the record is not read while the run is here')
}
const runsOf = (crew: RunCrew, limit = 2) =>
  new IncidentRuns({ crew, limit, catalog: noCatalog as unknown as () => CatalogApi })

async function begin(runs: IncidentRuns, started: ReturnType<typeof scriptedCrew>['started']) {
  const starting = runs.start('s', undefined, {})
  const run = started.at(-1) as (typeof started)[number]
  run.say(1)
  return { runId: await starting, run }
}

describe('IncidentRuns', () => {
  it('gives a late reader the past and the future, each event once and in order', async () => {
    const { crew, started } = scriptedCrew()
    const runs = runsOf(crew)
    const { runId, run } = await begin(runs, started)
    run.say(2)
    const early = new Recorder()
    runs.follow(runId, {}).subscribe(0, early)
    run.say(3)
    const late = new Recorder()
    runs.follow(runId, {}).subscribe(2, late)
    run.say(4)
    run.end()
    await Promise.resolve()
    await new Promise(setImmediate)
    expect([early.ids, early.ended]).toEqual([[1, 2, 3, 4], true])
    expect([late.ids, late.ended]).toEqual([[3, 4], true])
  })

  it('has no report while it runs, and says which way to wait or begin anew', () => {
    const recorded = (status: string) => ({ runId: 'r', status, report: null, events: [], error: null })
    const report = (status: string) => {
      const catalog = { getRun: () => recorded(status) } as unknown as CatalogApi
      return () =>
        new IncidentRuns({ crew: scriptedCrew().crew, limit: 1, catalog: () => catalog }).report('r', {})
    }
    for (const [status, remedy] of [
      ['running', /run\.finished/],
      ['failed', /Start the incident again/],
    ] as const) {
      let refused: unknown
      try {
        report(status)()
      } catch (error) {
        refused = error
      }
      expect(refused).toMatchObject({
        code: 'run_not_finished',
        kind: 'conflict',
        remedy: expect.stringMatching(remedy),
      })
    }
  })

  it('goes on when its readers leave', async () => {
    const { crew, started } = scriptedCrew()
    const runs = runsOf(crew)
    const { runId, run } = await begin(runs, started)
    const reader = new Recorder()
    runs.follow(runId, {}).subscribe(0, reader)()
    run.say(2)
    expect(reader.ids).toEqual([1])
    expect(run.signal.aborted).toBe(false)
    const next = new Recorder()
    runs.follow(runId, {}).subscribe(0, next)
    expect(next.ids).toEqual([1, 2])
  })

  it('works at most so many at a time, and takes the next when one has ended', async () => {
    const { crew, started } = scriptedCrew()
    const runs = runsOf(crew, 1)
    const { run } = await begin(runs, started)
    await expect(runs.start('s', undefined, {})).rejects.toMatchObject({
      kind: 'limited',
      code: 'too_many_runs',
    })
    run.fail(new Error('broke'))
    await new Promise(setImmediate)
    await begin(runs, started)
  })

  it('passes on why a run could not begin', async () => {
    const { crew, started } = scriptedCrew()
    const starting = runsOf(crew).start('s', undefined, {})
    started[0]?.fail(new Error('no such instance'))
    await expect(starting).rejects.toThrow('no such instance')
  })

  it('ends its runs and their readers when it closes, and takes no more', async () => {
    const { crew, started } = scriptedCrew()
    const runs = runsOf(crew)
    const { runId, run } = await begin(runs, started)
    const reader = new Recorder()
    runs.follow(runId, {}).subscribe(0, reader)
    await runs.close()
    expect(run.signal.aborted).toBe(true)
    expect(reader.ended).toBe(true)
    await expect(runs.start('s', undefined, {})).rejects.toMatchObject({ code: 'server_stopping' })
  })
})
