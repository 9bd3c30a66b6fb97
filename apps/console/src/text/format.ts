/** How numbers, times and identifiers are written on the page. Pure. */

const integers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 7955 → "7,955". */
export function formatCount(value: number): string {
  return integers.format(value)
}

/** Milliseconds as a person reads them: "38 ms", "1.24 s", "2 min 05 s". */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}

/** An event's distance from the start of its run: "+0.042 s" below ten seconds, "+12.3 s", "+2:05" from a minute on. */
export function formatOffset(ms: number): string {
  const safe = Math.max(0, ms)
  if (safe < 10_000) return `+${(safe / 1000).toFixed(3)} s`
  if (safe < 60_000) return `+${(safe / 1000).toFixed(1)} s`
  const seconds = Math.floor(safe / 1000)
  return `+${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** US dollars; small amounts keep the digits that matter: "$0", "$0.0042", "$1.27". */
export function formatCost(usd: number): string {
  if (usd === 0) return '$0'
  if (usd < 0.0001) return '<$0.0001'
  return usd < 0.01 ? `$${usd.toFixed(4)}` : `$${usd.toFixed(2)}`
}

/** How long until `at` (ISO), seen from `now` (epoch ms): "now", "in 40 s", "in 12 min", "in 3 h", else the day and time in UTC. */
export function formatUntil(at: string, now: number): string {
  const then = Date.parse(at)
  if (Number.isNaN(then)) return ''
  const seconds = Math.round((then - now) / 1000)
  if (seconds <= 0) return 'now'
  if (seconds < 90) return `in ${seconds} s`
  if (seconds < 5400) return `in ${Math.round(seconds / 60)} min`
  if (seconds < 86_400) return `in ${Math.round(seconds / 3600)} h`
  return `${new Date(then).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** How long ago `at` (ISO) was, seen from `now` (epoch ms): "just now", "4 min ago", "3 h ago", else the date. */
export function formatAge(at: string, now: number): string {
  const then = Date.parse(at)
  if (Number.isNaN(then)) return ''
  const seconds = Math.max(0, Math.round((now - then) / 1000))
  if (seconds < 45) return 'just now'
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  return new Date(then).toISOString().slice(0, 10)
}

/** "1 view", "5 views". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** "a", "a and b", "a, b and c". */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`
}

/** The first characters of a commit or run id; ULIDs differ at the end, so the end is kept too. */
export function shortId(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 6)}…${id.slice(-6)}`
}
