import type { RunSummary } from '../wire/types'

/** More would not be read. */
const MAX_OFFERED = 5
/** Longer ones are no buttons; they stand in the list of runs. */
const MAX_LENGTH = 60

/**
 * Sentences that can be run with one click: those the cluster gives as examples, then those of
 * recent runs, newest first, each once however it was capitalised. Without examples, recent runs alone.
 */
export function offeredSentences(
  runs: readonly RunSummary[] = [],
  examples: readonly string[] = [],
): readonly string[] {
  const offered = new Map<string, string>()
  for (const sentence of [...examples, ...runs.map((run) => run.sentence)]) {
    const key = sentence.trim().toLowerCase()
    if (key !== '' && sentence.length <= MAX_LENGTH && !offered.has(key)) offered.set(key, sentence.trim())
  }
  return [...offered.values()].slice(0, MAX_OFFERED)
}
