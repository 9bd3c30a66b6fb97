/**
 * Where the bearer token lives: sessionStorage, so it goes with the tab. A link
 * may carry it once in its fragment (`#token=…`), which is never sent to a
 * server and is taken out of the address before anything else happens. Such a
 * link may name a run too: `#token=…&run=<runId>`.
 */
const KEY = 'groundplane.token'

/** Splits a fragment (with or without its '#') into the token it carries and what remains of it. */
export function splitFragment(fragment: string): { token?: string; rest: string } {
  const text = fragment.replace(/^#/, '')
  const parts = text.split('&')
  const index = parts.findIndex((part) => /^\/?token=/.test(part))
  if (index === -1) return { rest: text }
  const value = decodeToken((parts[index] ?? '').replace(/^\/?token=/, ''))
  const rest = parts
    .filter((_, at) => at !== index)
    .join('&')
    .replace(/^run=/, '/runs/')
  return value ? { token: value, rest } : { rest }
}

function decodeToken(text: string): string {
  try {
    return decodeURIComponent(text).trim()
  } catch {
    return text.trim()
  }
}

/** Takes the token out of the address, if it carries one, and returns the token to use, or null. */
export function adoptToken(location: Location, history: History, storage: Storage): string | null {
  const { token, rest } = splitFragment(location.hash)
  if (token) {
    writeToken(token, storage)
    history.replaceState(null, '', `${location.pathname}${location.search}${rest ? `#${rest}` : ''}`)
  }
  return token ?? readToken(storage)
}

export function readToken(storage: Storage): string | null {
  try {
    return storage.getItem(KEY)
  } catch {
    return null
  }
}

/** `null` forgets it. Storage that refuses is no error: the token then lasts until the page is left. */
export function writeToken(token: string | null, storage: Storage): void {
  try {
    if (token === null) storage.removeItem(KEY)
    else storage.setItem(KEY, token)
  } catch {
    // See above.
  }
}
