import { CopyButton } from '../shell/copy-button'
import { formatCount } from '../text/format'
import { Identifier } from '../text/identifier'
import type { GroundplaneClient } from '../wire/types'
import type { EntityDocument, Named } from './answers'
import { fragmentOfEntity, fragmentOfLineage, fragmentOfSearch } from './catalog-route'
import { HealthBadge } from './health'
import { kindOf, nameOf, pathOf } from './names'
import { ProposeChange } from './propose-change'

/** Which facet of a search finds what an entity of this kind is put on. */
const USED_AS: Record<string, { field: string; words: string }> = {
  TAG: { field: 'tags', words: 'What bears this tag' },
  GLOSSARY_TERM: { field: 'glossaryTerms', words: 'What means this term' },
  CORP_USER: { field: 'owners', words: 'What this person owns' },
  CORP_GROUP: { field: 'owners', words: 'What this group owns' },
  DOMAIN: { field: 'domains', words: 'What is in this domain' },
  CONTAINER: { field: 'container', words: 'What is in it' },
  DATA_PLATFORM: { field: 'platform', words: 'What is on this platform' },
}

/** What it is, whose it is and how it fares, above its tabs. */
export function EntityHead({ client, entity }: { client: GroundplaneClient; entity: EntityDocument }) {
  const dataset = entity.type === 'DATASET'
  const description = entity.properties?.description ?? entity.properties?.definition
  const used = USED_AS[entity.type]
  return (
    <header className="entity-head">
      <p className="crumbs">
        <a href={fragmentOfSearch()}>Catalog</a>
        {ancestorsOf(entity.urn).map(({ path, part }) => (
          <code key={path}>{part}</code>
        ))}
      </p>
      <h1>
        <Identifier name={nameOf(entity)} />
      </h1>
      <p className="entity-kind">
        <span>{kindOf(entity)}</span>
        {entity.platform ? <span>on {entity.platform.name}</span> : null}
        {entity.platformInstance ? <span>instance {entity.platformInstance}</span> : null}
        {entity.env ? <span>{entity.env}</span> : null}
        {entity.rowCount === undefined ? null : (
          <span title={entity.profiledAt ? `Counted ${entity.profiledAt}` : undefined}>
            {formatCount(entity.rowCount)} rows
          </span>
        )}
        {dataset ? <HealthBadge health={entity.health} /> : null}
      </p>
      {entity.status?.removed ? (
        <p className="hint">It was removed: its source no longer has it. What was known of it is kept.</p>
      ) : null}
      <p className={typeof description === 'string' ? 'entity-text' : 'entity-text faint'}>
        {typeof description === 'string' ? description : 'No description.'}
      </p>
      {dataset ? <Facts entity={entity} /> : null}
      <p className="urn">
        <span>{entity.urn}</span>
        <CopyButton text={entity.urn} label="Copy URN" quiet />
      </p>
      <div className="entity-ways">
        {dataset ? (
          <a className="button" href={fragmentOfLineage(entity.urn)}>
            Explore the lineage
          </a>
        ) : null}
        {used ? (
          <a
            className="button"
            href={fragmentOfSearch({ selected: [{ field: used.field, value: entity.urn }] })}
          >
            {used.words}
          </a>
        ) : null}
        {dataset && !entity.status?.removed ? (
          <ProposeChange key={entity.urn} client={client} entity={entity} />
        ) : null}
      </div>
    </header>
  )
}

/** The parts of a dataset's path, each with the whole path down to it. */
function ancestorsOf(urn: string): { path: string; part: string }[] {
  const parts = pathOf(urn).split('.').filter(Boolean)
  return parts.map((part, index) => ({ part, path: parts.slice(0, index + 1).join('.') }))
}

function Facts({ entity }: { entity: EntityDocument }) {
  return (
    <dl className="facts">
      <Fact
        label="Owners"
        named={entity.owners}
        absent="Nobody"
        note={(owner) => (owner as { role?: string }).role?.toLowerCase().replaceAll('_', ' ')}
      />
      <Fact label="Domain" named={entity.domains} absent="None" />
      <Fact label="Tags" named={entity.tags} absent="None" />
      <Fact label="Terms" named={entity.glossaryTerms} absent="None" />
      <Fact label="In" named={entity.containers} absent="Not stated" />
    </dl>
  )
}

function Fact({
  label,
  named,
  absent,
  note,
}: {
  label: string
  named: readonly Named[] | undefined
  absent: string
  note?: (one: Named) => string | undefined
}) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {named?.length ? (
          named.map((one) => {
            const more = note?.(one)
            return (
              <span key={one.urn}>
                <a href={fragmentOfEntity(one.urn)} title={one.description}>
                  {nameOf(one)}
                </a>
                {more ? <span className="faint"> {more}</span> : null}
              </span>
            )
          })
        ) : (
          <span className="faint">{absent}</span>
        )}
      </dd>
    </div>
  )
}
