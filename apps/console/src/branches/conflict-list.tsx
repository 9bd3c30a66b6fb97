import type { MergeConflict } from '@groundplane/client'
import { fragmentOfEntity } from '../catalog/catalog-route'
import { nameOfUrn } from '../catalog/names'
import { plural } from '../text/format'
import { Value } from '../text/value'
import { shownConflicts } from './merge-conflicts'

/** Where both sides changed the same: what stood there, what stands on `main`, and what stands here. */
export function ConflictList({ conflicts }: { conflicts: readonly MergeConflict[] }) {
  const { shown, following } = shownConflicts(conflicts)
  return (
    <section className="conflicts" aria-labelledby="conflicts-title">
      <h2 id="conflicts-title">{plural(shown.length, 'conflict')} with main</h2>
      <p className="faint">
        Nothing is merged before both sides agree. Change one of them so that it says what the other says, or
        reject this and propose anew.
      </p>
      <ul>
        {shown.map(({ key, urn, what, id, message, members }) => (
          <li key={key} className="conflict">
            <h3>
              {urn ? <a href={fragmentOfEntity(urn)}>{nameOfUrn(urn)}</a> : <code>{id || what}</code>}{' '}
              <span className="faint">{what}</span>
            </h3>
            {members.length === 0 ? <p>{message}</p> : null}
            {members.map((member) => (
              <dl key={member.path} className="conflict-sides">
                <div>
                  <dt>
                    <code>{member.path}</code> was
                  </dt>
                  <Side value={member.base} />
                </div>
                <div>
                  <dt>On main it is now</dt>
                  <Side value={member.target} />
                </div>
                <div>
                  <dt>Here it would be</dt>
                  <Side value={member.source} />
                </div>
              </dl>
            ))}
          </li>
        ))}
      </ul>
      {following > 0 ? (
        <p className="faint conflicts-following">
          What follows from {shown.length === 1 ? 'it' : 'these'} in the graph conflicts too:{' '}
          {plural(following, 'row')}.
        </p>
      ) : null}
    </section>
  )
}

function Side({ value }: { value: unknown }) {
  return (
    <dd>
      {value === undefined || value === null ? (
        <span className="faint">nothing</span>
      ) : (
        <Value value={value} />
      )}
    </dd>
  )
}
