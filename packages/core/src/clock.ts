/** Unix time in milliseconds. Injected wherever time is read, so that tests own it. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

/** `2026-11-21T08:32:00.000Z` */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
