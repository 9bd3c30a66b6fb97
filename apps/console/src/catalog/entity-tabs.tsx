import { type KeyboardEvent, useRef } from 'react'
import { goTo } from '../shell/address'
import { formatCount } from '../text/format'
import type { EntityDocument } from './answers'
import { fragmentOfEntity, TABS, type Tab } from './catalog-route'

export type ShownTab = Tab | 'properties'

const LABELS: Record<ShownTab, string> = {
  properties: 'Properties',
  schema: 'Schema',
  lineage: 'Lineage',
  assertions: 'Assertions',
  incidents: 'Incidents',
  queries: 'Queries',
  changes: 'Changes',
}

/** What is no dataset and has lineage. */
const WITH_LINEAGE: ReadonlySet<string> = new Set(['DASHBOARD', 'CHART', 'DATA_JOB'])

/** The tabs of an entity: only a dataset has columns, assertions and queries. */
function tabsOf(entity: EntityDocument): readonly ShownTab[] {
  if (entity.type === 'DATASET') return TABS
  return WITH_LINEAGE.has(entity.type) ? ['properties', 'lineage', 'changes'] : ['properties', 'changes']
}

/** The tab the address asks for, where the entity has it, else its first. */
export function shownTab(entity: EntityDocument, asked: Tab | null): ShownTab {
  const tabs = tabsOf(entity)
  return asked !== null && tabs.includes(asked) ? asked : (tabs[0] ?? 'changes')
}

/** Tabs as ARIA has them: one stop of the Tab key, arrows go along, and the address says which is open. */
export function EntityTabs({ entity, tab }: { entity: EntityDocument; tab: ShownTab }) {
  const row = useRef<HTMLDivElement>(null)
  const tabs = tabsOf(entity)
  const open = (to: ShownTab) =>
    goTo(fragmentOfEntity(entity.urn, to === 'properties' || to === tabs[0] ? undefined : to), 'replace')

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    const to =
      event.key === 'Home'
        ? tabs[0]
        : event.key === 'End'
          ? tabs.at(-1)
          : step && tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]
    if (!to) return
    event.preventDefault()
    open(to)
    row.current?.querySelector<HTMLElement>(`#tab-${to}`)?.focus()
  }

  return (
    <div className="tabs" role="tablist" aria-label="What is known of it" ref={row} onKeyDown={onKeyDown}>
      {tabs.map((one) => {
        const count = countOf(entity, one)
        return (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={one === tab}
            aria-controls="entity-panel"
            tabIndex={one === tab ? 0 : -1}
            className="tab"
            onClick={() => open(one)}
          >
            {LABELS[one]}
            {count === undefined ? null : <span className="chip-count"> {formatCount(count)}</span>}
          </button>
        )
      })}
    </div>
  )
}

/** How many there are, where the document tells it. */
function countOf(entity: EntityDocument, tab: ShownTab): number | undefined {
  const { schemaMetadata, health, upstreams, downstreams, omitted } = entity
  if (tab === 'schema')
    return schemaMetadata?.schemaFieldsTruncated?.totalFields ?? schemaMetadata?.fields?.length
  if (tab === 'assertions') return health?.assertions?.total ?? 0
  if (tab === 'lineage') {
    // Of others their document names one side alone.
    if (entity.type !== 'DATASET') return undefined
    const whole = !omitted?.some(({ part }) => part === 'upstreams' || part === 'downstreams')
    return whole ? (upstreams?.length ?? 0) + (downstreams?.length ?? 0) : undefined
  }
  return undefined
}
