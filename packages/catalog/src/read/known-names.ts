/** Names that help somebody who used another one: as many as are read at a glance. */
const MOST = 30
const MOST_CHARACTERS = 1_000

/** The first names, each whole, and how many there are besides; empty without names. */
export function namesWithin(names: readonly string[]): string {
  const told: string[] = []
  let length = 0
  for (const name of names) {
    length += name.length + 2
    if (told.length === MOST || length > MOST_CHARACTERS) break
    told.push(name)
  }
  const more = names.length - told.length
  if (more === 0) return told.join(', ')
  return told.length === 0 ? `${more}, too long to tell here` : `${told.join(', ')} and ${more} more`
}
