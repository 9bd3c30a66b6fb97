import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem } from '../shell/problem'
import { useNow } from '../shell/use-now'
import { formatAge, formatCount, plural, shortId } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { ask, type EntityDocument } from './answers'
import { type CommitGroup, commitGroups } from './commit-groups'
import { Change } from './value-change'

/** Versions that are asked for: of each aspect together, and of one alone. */
const OF_EACH = 10
const OF_ONE = 100

/** What was said of it over time: commit by commit, who, why, and what it changed. */
export function ChangesTab({ client, entity }: { client: GroundplaneClient; entity: EntityDocument }) {
  const [aspect, setAspect] = useState('')
  const now = useNow(30_000)
  const answer = useQuery({
    queryKey: ['catalog', 'changes', entity.urn, aspect],
    queryFn: ({ signal }) =>
      ask(
        client,
        'provenance',
        { urn: entity.urn, limit: aspect ? OF_ONE : OF_EACH, ...(aspect && { aspect }) },
        signal,
      ),
  })
  const names = Array.isArray(entity.aspects) ? entity.aspects : Object.keys(entity.aspects ?? {})
  const known = names.length > 0 ? names : (answer.data?.aspects ?? []).map((one) => one.aspect)
  const more = (answer.data?.aspects ?? []).filter((one) => one.hasMore).map((one) => one.aspect)
  return (
    <>
      <div className="tab-tools">
        <label className="picker">
          Changes of{' '}
          <select value={aspect} onChange={(event) => setAspect(event.target.value)}>
            <option value="">all aspects</option>
            {known.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      {answer.isPending ? <span className="skeleton tab-skeleton" aria-hidden="true" /> : null}
      {answer.isError ? <Problem error={answer.error} onRetry={() => void answer.refetch()} /> : null}
      {answer.data ? (
        <ol className="commits">
          {commitGroups(answer.data).map((group) => (
            <CommitEntry key={group.commit} group={group} now={now} onAspect={setAspect} />
          ))}
        </ol>
      ) : null}
      {more.length > 0 ? (
        <p className="faint">
          Older versions exist of {more.join(', ')}.
          {aspect ? ` The newest ${OF_ONE} are shown.` : ' Choose the aspect to see them.'}
        </p>
      ) : null}
    </>
  )
}

function CommitEntry({
  group,
  now,
  onAspect,
}: {
  group: CommitGroup
  now: number
  onAspect: (aspect: string) => void
}) {
  const first = group.aspects.filter(({ version }) => version.first)
  const changed = group.aspects.filter(({ version }) => !version.first)
  return (
    <li className="commit">
      <div className="card-head">
        <h3>{group.message ?? 'No message'}</h3>
        {group.actor ? <span>{group.actor}</span> : null}
        <time className="faint" dateTime={group.at} title={group.at}>
          {formatAge(group.at, now)}
        </time>
        <code className="faint" title={`Commit ${group.commit}`}>
          {shortId(group.commit)}
        </code>
        {group.branch ? <span className="faint">on {group.branch}</span> : null}
      </div>
      {first.length > 0 ? (
        <p>
          First said: <code>{first.map(({ aspect }) => aspect).join(', ')}</code>
        </p>
      ) : null}
      {changed.map(({ aspect, version, dropped }) => (
        <div key={aspect} className="diff">
          <h4>
            <code>{aspect}</code>
          </h4>
          {version.changes?.map((change) => (
            <Change key={change.path} change={change} />
          ))}
          {version.moreChanges ? (
            <p className="faint">and {plural(version.moreChanges, 'more change')}</p>
          ) : null}
          {dropped > 0 ? (
            <p className="faint">
              {formatCount(dropped)} changes are not in this answer.{' '}
              <button type="button" className="facet-more" onClick={() => onAspect(aspect)}>
                Show {aspect} alone
              </button>
            </p>
          ) : null}
        </div>
      ))}
    </li>
  )
}
