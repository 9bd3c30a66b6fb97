import { type ReactNode, useEffect, useRef } from 'react'

/**
 * What is known of one dataset of a picture, beside it. Takes the focus when it appears; Escape gives it back.
 * Its content names it by an element with the id `details-title`.
 */
export function DetailsDialog({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.focus({ preventScroll: true }), [])
  return (
    <div
      ref={box}
      className="details"
      role="dialog"
      aria-labelledby="details-title"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
    >
      {children}
    </div>
  )
}
