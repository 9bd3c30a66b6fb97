import { TableIcon, ViewIcon } from '../shell/icons'
import { Identifier } from '../text/identifier'
import type { EntityDocument, SearchAnswer } from './answers'
import { fragmentOfEntity } from './catalog-route'
import { HealthBadge } from './health'
import { kindOf, nameOf, pathOf } from './names'

type Hit = NonNullable<SearchAnswer['searchResults']>[number]

/** Fields of a match that the result shows anyway. */
const SHOWN = new Set(['name', 'description', 'urn', 'qualifiedName'])

const FIELD_WORDS: Record<string, string> = {
  fieldPaths: 'columns',
  fieldDescriptions: 'column descriptions',
  fieldTags: 'column tags',
  fieldTerms: 'column terms',
  glossaryTerms: 'terms',
  structuredProperties: 'properties',
}

/** One result: what it is, where it lies, whose it is, and how it fares. */
export function SearchResult({ hit, details }: { hit: Hit; details: EntityDocument | undefined }) {
  const { entity } = hit
  const dataset = entity.type === 'DATASET'
  const kind = kindOf(entity)
  const path = pathOf(entity.urn)
  const matches = hit.matchedFields.filter((match) => !SHOWN.has(match.name))
  return (
    <li className="result">
      <div className="result-head">
        <a className="result-name" href={fragmentOfEntity(entity.urn)}>
          <Identifier name={nameOf(entity)} />
        </a>
        <span className="result-kind">
          {dataset ? kind.includes('View') ? <ViewIcon /> : <TableIcon /> : null}
          {kind}
        </span>
        {entity.platform ? <span className="faint">{entity.platform}</span> : null}
        {path ? (
          <code className="result-path" title="Where it lies">
            {path}
          </code>
        ) : null}
      </div>
      {entity.properties?.description ? <p className="result-text">{entity.properties.description}</p> : null}
      <p className="result-foot">
        {dataset && details ? <HealthBadge health={details.health} /> : null}
        {details?.owners?.length ? <span>Owned by {details.owners.map(nameOf).join(', ')}</span> : null}
        {details?.tags?.map((tag) => (
          <span className="tag" key={tag.urn}>
            {nameOf(tag)}
          </span>
        ))}
        {matches.length > 0 ? <MatchedIn matches={matches} /> : null}
      </p>
    </li>
  )
}

/** Why it was found, where that is not to be seen. */
function MatchedIn({ matches }: { matches: Hit['matchedFields'] }) {
  const byField = new Map<string, string[]>()
  for (const match of matches) {
    const name = FIELD_WORDS[match.name] ?? match.name
    byField.set(name, [...(byField.get(name) ?? []), match.value])
  }
  return (
    <span className="result-match" title={matches.map((match) => `${match.name}: ${match.value}`).join('\n')}>
      Matches in{' '}
      {Array.from(byField, ([name, values], index) => (
        <span key={name}>
          {index > 0 ? ', ' : ''}
          {name}
          {name === 'columns' ? (
            <>
              {' '}
              <code>{values.slice(0, 3).join(', ')}</code>
            </>
          ) : null}
        </span>
      ))}
    </span>
  )
}
