import { Fragment } from 'react'

/** A snake_case name that breaks, where it must, after an underscore rather than in mid-word. */
export function Identifier({ name, title }: { name: string; title?: string }) {
  return (
    <code title={title}>
      {Array.from(name.matchAll(/[^_]*_|[^_]+/g), ({ 0: part, index }) => (
        <Fragment key={index}>
          {index > 0 ? <wbr /> : null}
          {part}
        </Fragment>
      ))}
    </code>
  )
}
