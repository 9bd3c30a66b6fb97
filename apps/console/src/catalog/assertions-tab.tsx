import { useInfiniteQuery } from '@tanstack/react-query'
import { CulpritIcon, HealthyIcon, MissingIcon, UnwatchedIcon } from '../shell/icons'
import { Problem } from '../shell/problem'
import { ShowMore } from '../shell/show-more'
import { formatCount, plural } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { type Assertion, type AssertionRun, ask, type RunResult } from './answers'

const RESULTS: Record<RunResult, { words: string; Icon: typeof HealthyIcon; look: string }> = {
  SUCCESS: { words: 'Passes', Icon: HealthyIcon, look: 'healthy' },
  FAILURE: { words: 'Fails', Icon: CulpritIcon, look: 'failing' },
  ERROR: { words: 'Could not be judged', Icon: MissingIcon, look: 'error' },
  INIT: { words: 'Not judged yet', Icon: UnwatchedIcon, look: 'unwatched' },
}

const PAGE = 20
/** Runs of each assertion that the server gives at most. */
const RUNS = 10

/** What is asserted of the dataset, and how each assertion came out, run by run. */
export function AssertionsTab({ client, urn }: { client: GroundplaneClient; urn: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['catalog', 'assertions', urn],
    queryFn: ({ signal, pageParam }) =>
      ask(
        client,
        'get_dataset_assertions',
        { urn, start: pageParam, count: PAGE, run_events_count: RUNS },
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: ({ data }) =>
      data.count > 0 && data.start + data.count < data.total ? data.start + data.count : undefined,
  })
  if (pages.isPending) return <span className="skeleton tab-skeleton" aria-hidden="true" />
  if (!pages.data) return <Problem error={pages.error} onRetry={() => void pages.refetch()} />
  const assertions = pages.data.pages.flatMap((page) => page.data.assertions)
  if (assertions.length === 0) {
    return <p className="absent">Nothing is asserted of it, so nothing is known of its health.</p>
  }
  return (
    <>
      <ul className="cards">
        {assertions.map((assertion) => (
          <AssertionCard key={assertion.urn} assertion={assertion} />
        ))}
      </ul>
      <ShowMore pages={pages} />
    </>
  )
}

function AssertionCard({ assertion }: { assertion: Assertion }) {
  const { name, urn, description, column, latestResultType, failed, evaluated } = assertion
  const result = RESULTS[latestResultType ?? 'INIT']
  return (
    <li className="card">
      <div className="card-head">
        <h3>
          <code>{name ?? urn}</code>
        </h3>
        {column ? (
          <span className="faint">
            on <code>{column}</code>
          </span>
        ) : null}
        <span className={`health-state health-${result.look}`}>
          <result.Icon size={14} />
          {latestResultType ? result.words : 'Has never run'}
        </span>
        {failed ? (
          <strong className="failed-rows">
            {formatCount(failed)}
            {evaluated === undefined ? '' : ` of ${formatCount(evaluated)}`} rows
          </strong>
        ) : null}
      </div>
      <p>{description ?? <span className="faint">No description.</span>}</p>
      {assertion.note ? <p className="faint">{assertion.note}</p> : null}
      <History assertion={assertion} />
    </li>
  )
}

function History({ assertion }: { assertion: Assertion }) {
  const { runHistory, runSummary } = assertion
  if (runHistory.length === 0) return null
  return (
    <details className="runs-of">
      <summary>
        <span className="run-strip" aria-hidden="true">
          {[...runHistory].reverse().map((run) => (
            <span
              key={`${run.runId} ${run.timestampMillis}`}
              className={`tick tick-${RESULTS[run.resultType].look}`}
            />
          ))}
        </span>
        {plural(runSummary.total, 'run')}: {formatCount(runSummary.succeeded)} passed,{' '}
        {formatCount(runSummary.failed)} failed, {formatCount(runSummary.errors)} without a verdict
      </summary>
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">Run at</th>
            <th scope="col">Result</th>
            <th scope="col">Rows that fail</th>
            <th scope="col">Run</th>
          </tr>
        </thead>
        <tbody>
          {runHistory.map((run) => (
            <RunRow key={`${run.runId} ${run.timestampMillis}`} run={run} />
          ))}
        </tbody>
      </table>
      {runSummary.total > runHistory.length ? (
        <p className="faint">The newest {runHistory.length} are shown.</p>
      ) : null}
      <Definition assertion={assertion} />
    </details>
  )
}

function RunRow({ run }: { run: AssertionRun }) {
  const at = new Date(run.timestampMillis).toISOString()
  const { failed, evaluated, error, sampleKeys, resultType } = run
  return (
    <tr>
      <th scope="row">
        <time dateTime={at}>{at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time>
      </th>
      <td>{RESULTS[resultType].words}</td>
      <td>
        {failed === undefined ? <span className="faint">not told</span> : formatCount(failed)}
        {failed !== undefined && evaluated !== undefined ? ` of ${formatCount(evaluated)}` : ''}
        {error ? <p>{error}</p> : null}
        {sampleKeys?.length ? (
          <details>
            <summary>{plural(sampleKeys.length, 'of them', 'of them')}</summary>
            <ul className="samples">
              {sampleKeys.map((key) => (
                <li key={key}>
                  <code>{key}</code>
                </li>
              ))}
            </ul>
          </details>
        ) : null}
      </td>
      <td>
        <code>{run.runId}</code>
      </td>
    </tr>
  )
}

function Definition({ assertion }: { assertion: Assertion }) {
  return (
    <details>
      <summary>Definition</summary>
      <pre className="code">{JSON.stringify(assertion.definition, null, 2)}</pre>
      <p className="urn">{assertion.urn}</p>
    </details>
  )
}
