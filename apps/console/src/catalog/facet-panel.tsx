import { useState } from 'react'
import { useWide } from '../shell/use-wide'
import { formatCount, plural } from '../text/format'
import type { Facet } from './answers'
import type { Selected } from './catalog-route'
import { kindOf, nameOfUrn } from './names'
import { CONDITIONS, isSelected, toggled } from './search-filter'

/** Values of a facet shown before "more" is asked for. */
const FIRST = 6

interface FacetPanelProps {
  facets: readonly Facet[] | undefined
  selected: readonly Selected[]
  onSelected: (selected: Selected[]) => void
}

/** Facets as filters. On a narrow screen it folds away. */
export function FacetPanel({ facets, selected, onSelected }: FacetPanelProps) {
  const wide = useWide(1040)
  const body = <Facets facets={facets} selected={selected} onSelected={onSelected} />
  if (wide) {
    return (
      <aside className="facets" aria-label="Filters">
        {body}
      </aside>
    )
  }
  return (
    <details className="facets facets-folded">
      <summary>
        Filters{' '}
        <span className="faint">
          {selected.length > 0 ? plural(selected.length, 'chosen', 'chosen') : ''}
        </span>
      </summary>
      {body}
    </details>
  )
}

function Facets({ facets, selected, onSelected }: FacetPanelProps) {
  const shown = withSelected(facets ?? [], selected)
  return (
    <>
      {selected.length > 0 ? (
        <button type="button" className="button facets-clear" onClick={() => onSelected([])}>
          Clear {plural(selected.length, 'filter')}
        </button>
      ) : null}
      <fieldset className="facet">
        <legend>Health</legend>
        {CONDITIONS.map((one) => (
          <Choice key={one.field} one={one} label={one.label} selected={selected} onSelected={onSelected} />
        ))}
      </fieldset>
      {shown.map((facet) => (
        <FacetValues key={facet.field} facet={facet} selected={selected} onSelected={onSelected} />
      ))}
    </>
  )
}

function FacetValues({
  facet,
  selected,
  onSelected,
}: {
  facet: Facet
  selected: readonly Selected[]
  onSelected: (selected: Selected[]) => void
}) {
  const [all, setAll] = useState(false)
  const values = all
    ? facet.aggregations
    : facet.aggregations.filter(
        ({ value }, index) => index < FIRST || isSelected(selected, { field: facet.field, value }),
      )
  const more = facet.aggregations.length - values.length
  return (
    <fieldset className="facet">
      <legend>{facet.displayName}</legend>
      {values.map(({ value, count, displayName }) => (
        <Choice
          key={value}
          one={{ field: facet.field, value }}
          label={facet.field === '_entityType' ? kindOf({ type: displayName }) : displayName}
          count={count}
          selected={selected}
          onSelected={onSelected}
        />
      ))}
      {more > 0 ? (
        <button type="button" className="facet-more" onClick={() => setAll(true)}>
          {formatCount(more)} more
        </button>
      ) : null}
    </fieldset>
  )
}

function Choice({
  one,
  label,
  count,
  selected,
  onSelected,
}: {
  one: Selected
  label: string
  count?: number
  selected: readonly Selected[]
  onSelected: (selected: Selected[]) => void
}) {
  return (
    <label className="choice">
      <input
        type="checkbox"
        checked={isSelected(selected, one)}
        onChange={() => onSelected(toggled(selected, one))}
      />
      <span className="choice-label">{label}</span>
      {count !== undefined ? <span className="faint">{formatCount(count)}</span> : null}
    </label>
  )
}

/** A facet's value that is chosen and that nothing found has any more is still there, to be taken out. */
function withSelected(facets: readonly Facet[], selected: readonly Selected[]): Facet[] {
  const shown = facets.map((facet) => ({ ...facet, aggregations: [...facet.aggregations] }))
  for (const { field, value } of selected) {
    if (CONDITIONS.some((one) => one.field === field)) continue
    let facet = shown.find((one) => one.field === field)
    if (!facet) {
      facet = { field, displayName: field.replace(/^_/, ''), aggregations: [] }
      shown.push(facet)
    }
    if (!facet.aggregations.some((one) => one.value === value)) {
      facet.aggregations.push({ value, count: 0, displayName: nameOfUrn(value) })
    }
  }
  return shown.filter((facet) => facet.aggregations.length > 0)
}
