import { useRef } from 'react'
import { formatCount } from '../text/format'

interface FindInPictureProps {
  text: string
  /** Datasets that match, in the order Enter goes through them. */
  found: readonly string[]
  onText: (text: string) => void
  onGo: (urn: string) => void
}

/** Search among what is shown: what does not match fades, and Enter goes from match to match (with Shift, back). */
export function FindInPicture({ text, found, onText, onGo }: FindInPictureProps) {
  const at = useRef(-1)
  return (
    <label className="filter">
      <span className="visually-hidden">Find in the picture</span>
      <input
        type="search"
        value={text}
        placeholder="Find in the picture"
        onChange={(event) => {
          at.current = -1
          onText(event.target.value)
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || found.length === 0) return
          event.preventDefault()
          at.current = (at.current + (event.shiftKey ? -1 : 1) + found.length) % found.length
          const urn = found[at.current]
          if (urn) onGo(urn)
        }}
      />
      <span className="filter-count" aria-live="polite">
        {text.trim() ? `${formatCount(found.length)} found` : ''}
      </span>
    </label>
  )
}
