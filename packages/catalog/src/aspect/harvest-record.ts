import { number, type Row, text } from './row.js'

/** Our own aspect on a platform instance: what its source looked like at the last complete harvest, and when. */
export const HARVEST_ASPECT = 'groundplaneHarvest'

/** What was seen of a source, and when, in milliseconds since 1970. */
export interface SeenSource {
  readonly fingerprint: string
  readonly at: number
}

/** `at` is null in records of before times were kept. */
export interface HarvestRecord {
  readonly fingerprint: string
  readonly at: number | null
}

/** Of the text of the aspect; undefined when there is none, or it is not ours. */
export function readHarvestRecord(text: unknown): HarvestRecord | undefined {
  if (typeof text !== 'string') return undefined
  const value: unknown = JSON.parse(text)
  if (value === null || typeof value !== 'object') return undefined
  const { fingerprint, at } = value as { fingerprint?: unknown; at?: unknown }
  if (typeof fingerprint !== 'string') return undefined
  return { fingerprint, at: typeof at === 'number' ? at : null }
}

/** What the newest runs of assertions (rows of `assertions_on`) saw of the source; runs that do not say are left out. */
export function seenByChecks(rows: readonly Row[]): SeenSource[] {
  return rows.flatMap((row) => {
    const assertion = row['assertion'] as Row
    const fingerprint = text(assertion['latestFingerprint'])
    const at = number(assertion['latestAt'])
    return fingerprint === undefined || at === undefined ? [] : [{ fingerprint, at }]
  })
}

/**
 * The fingerprint the source had when it was last looked at, by a harvest or by a
 * check, whichever was later. Results of any other fingerprint are of data that is
 * gone. Against a harvest without a time nothing can be told to be later, so the
 * harvest counts. Null when nobody has looked.
 */
export function newestFingerprint(
  harvest: HarvestRecord | undefined,
  checks: Iterable<SeenSource>,
): string | null {
  if (harvest && harvest.at === null) return harvest.fingerprint
  let newest: SeenSource | undefined = harvest && {
    fingerprint: harvest.fingerprint,
    at: harvest.at as number,
  }
  for (const seen of checks) if (!newest || seen.at > newest.at) newest = seen
  return newest?.fingerprint ?? null
}
