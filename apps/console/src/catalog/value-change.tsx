import { Value } from '../text/value'
import { wordDiff } from '../text/word-diff'
import type { ValueChange } from './answers'
import { fragmentOfEntity } from './catalog-route'
import { nameOfUrn } from './names'

/** One place that differs: what stood there, and what stands there since. Words that differ are marked where most stay. */
export function Change({ change }: { change: ValueChange }) {
  const { path, before, after } = change
  const words =
    typeof before === 'string' && typeof after === 'string' && !isUrn(before) && !isUrn(after)
      ? wordDiff(before, after)
      : null
  return (
    <div className="change">
      {path ? (
        <p className="change-path">
          <code>{readablePath(path)}</code>
        </p>
      ) : null}
      {before !== undefined && before !== null ? (
        <p className="change-before">
          <span className="visually-hidden">before: </span>
          {words ? <Pieces pieces={words.before} as="del" /> : <ChangedValue value={before} />}
        </p>
      ) : null}
      {after !== undefined && after !== null ? (
        <p className="change-after">
          <span className="visually-hidden">after: </span>
          {words ? <Pieces pieces={words.after} as="ins" /> : <ChangedValue value={after} />}
        </p>
      ) : null}
    </div>
  )
}

function Pieces({ pieces, as: Mark }: { pieces: { text: string; differs: boolean }[]; as: 'ins' | 'del' }) {
  return (
    <span className="value">
      {pieces.map(({ text, differs }, i) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text have nothing else, and never move
        differs ? <Mark key={i}>{text}</Mark> : text,
      )}
    </span>
  )
}

/** A URN by the name of what it names, also where it is all that an object holds. */
function ChangedValue({ value }: { value: unknown }) {
  const urn = isUrn(value) ? value : onlyUrn(value)
  if (urn === null) return <Value value={value} />
  return (
    <a href={fragmentOfEntity(urn)} title={urn}>
      {nameOfUrn(urn)}
    </a>
  )
}

function isUrn(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('urn:li:')
}

function onlyUrn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const values = Object.values(value)
  return values.length === 1 && isUrn(values[0]) ? values[0] : null
}

/** `tags[urn:li:tag:pii]` → `tags › pii`; `fields[price].description` → `fields › price › description`. */
export function readablePath(path: string): string {
  return path
    .replace(/\[(urn:li:[^\]]*)\]/g, (_, urn: string) => `[${nameOfUrn(urn)}]`)
    .replace(/\[([^\]]*)\]/g, '.$1')
    .split('.')
    .filter(Boolean)
    .join(' › ')
}
