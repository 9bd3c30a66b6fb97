/** A JSON value to read: texts as they are, everything else as JSON; nothing is cut. */
export function Value({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span className="value">{value}</span>
  return <code className="value">{JSON.stringify(value, null, 1)}</code>
}
