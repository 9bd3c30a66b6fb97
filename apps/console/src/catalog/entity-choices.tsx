import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { Problem } from '../shell/problem'
import type { GroundplaneClient } from '../wire/types'
import { ask, type Named } from './answers'
import { kindOf, nameOf } from './names'
import { queryOfPrefixes } from './search-filter'

/** Found entities that are offered at a time. */
const OFFERED = 8

interface EntityChoicesProps {
  client: GroundplaneClient
  legend: string
  /** Words of the box, for those who hear it alone. */
  find: string
  /** Whether what is found is told by its kind, too. */
  tellKind?: boolean
  /** Condition of a search for what may be chosen. */
  filter: string
  /** What is chosen from the start; it stays in the list when it is taken out. */
  given: readonly Named[]
  chosen: readonly string[]
  onChosen: (urns: string[]) => void
}

/** Boxes to tick: what is on an entity, and what a search finds to put on it. */
export function EntityChoices(props: EntityChoicesProps) {
  const { client, legend, find, tellKind = false, filter, given, chosen, onChosen } = props
  const [text, setText] = useState('')
  const [added, setAdded] = useState<readonly Named[]>([])
  const query = useDeferredValue(text.trim())
  const found = useQuery({
    queryKey: ['catalog', 'choices', filter, query],
    queryFn: ({ signal }) =>
      ask(client, 'search', { query: queryOfPrefixes(query), filter, num_results: OFFERED }, signal),
    placeholderData: (before) => before,
    staleTime: 30_000,
  })
  const kept = [...given, ...added.filter(({ urn }) => !given.some((one) => one.urn === urn))]
  const hits = (found.data?.searchResults ?? []).map(({ entity }) => entity)
  const offered = hits.filter(({ urn }) => !kept.some((one) => one.urn === urn))
  const toggle = (one: Named, on: boolean) => {
    if (on && !kept.some(({ urn }) => urn === one.urn)) setAdded([...added, one])
    onChosen(on ? [...chosen, one.urn] : chosen.filter((urn) => urn !== one.urn))
  }
  const box = (one: Named, note?: string) => (
    <label key={one.urn} className="choice">
      <input
        type="checkbox"
        checked={chosen.includes(one.urn)}
        onChange={(event) => toggle(one, event.target.checked)}
      />
      <span className="choice-label">
        {nameOf(one)} {note ? <span className="faint">{note}</span> : null}
      </span>
    </label>
  )
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {kept.map((one) => box(one))}
      <input
        type="search"
        className="choices-find"
        aria-label={find}
        placeholder={find}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // It finds while one types; the form is sent by its own button.
          if (event.key === 'Enter') event.preventDefault()
        }}
      />
      {found.isError ? <Problem error={found.error} onRetry={() => void found.refetch()} /> : null}
      {offered.map((entity) => box(entity, tellKind ? kindOf(entity) : undefined))}
      <p className="faint" role="status">
        {found.data && offered.length === 0 ? 'Nothing else is found.' : ''}
      </p>
    </fieldset>
  )
}
