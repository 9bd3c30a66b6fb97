import { type RefObject, useEffect, useRef, useState } from 'react'
import { SearchIcon } from '../shell/icons'

/** Milliseconds of not typing after which is searched. */
const PAUSE_MS = 250

interface SearchBoxProps {
  input: RefObject<HTMLInputElement | null>
  /** What the address asks for. */
  query: string
  onQuery: (query: string) => void
}

/** The box. It searches when typing pauses, and at once on Enter. */
export function SearchBox({ input, query, onQuery }: SearchBoxProps) {
  const [text, setText] = useState(query)
  const said = useRef(query)
  const ask = useRef(onQuery)
  ask.current = onQuery

  // Another address (back, a link) says what is asked; what this box itself asked for does not.
  useEffect(() => {
    if (query === said.current) return
    said.current = query
    setText(query)
  }, [query])

  useEffect(() => {
    if (text === said.current) return
    const timer = setTimeout(() => {
      said.current = text
      ask.current(text)
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const typing =
        event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      input.current?.focus()
      input.current?.select()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [input])

  return (
    <search>
      <form
        className="compose search-form"
        onSubmit={(event) => {
          event.preventDefault()
          said.current = text
          onQuery(text)
        }}
      >
        <label htmlFor="catalog-query">Search the catalog</label>
        <div className="compose-field">
          <SearchIcon />
          <input
            id="catalog-query"
            ref={input}
            type="search"
            value={text}
            autoComplete="off"
            spellCheck={false}
            placeholder="A name, a column, an owner, a topic"
            aria-describedby="search-syntax"
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape' && text !== '') {
                event.preventDefault()
                setText('')
              }
            }}
          />
          <kbd className="compose-key">/</kbd>
        </div>
        <p id="search-syntax" className="search-syntax">
          Any word may match. <code>/q</code> begins a boolean query:{' '}
          <code>/q "order items" OR reven* AND tag:financial</code>
        </p>
      </form>
    </search>
  )
}
