import { CommandError } from '../errors.js'

/**
 * `fetch` for one server: a request to any other origin is refused before it is made, and an
 * answer that redirects is refused instead of followed, so that a token cannot leave for another host.
 */
export function serverFetch(origin: string): typeof fetch {
  return async (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : String(input))
    if (asked.origin !== origin) {
      throw new CommandError('server_origin', `A request for ${origin} was about to go to ${asked.origin}.`, {
        kind: 'internal',
        remedy: 'Report this as a bug.',
      })
    }
    const response = await fetch(input, { ...init, redirect: 'manual' })
    // Whoever wants to know where a redirect leads is told; nobody follows it.
    if (init?.redirect === 'manual') return response
    if (response.status < 300 || response.status >= 400) return response
    await response.body?.cancel()
    const to = response.headers.get('location')
    const target = to === null ? '' : ` to ${new URL(to, asked).origin}`
    throw new CommandError('server_redirects', `${origin} redirects${target}; that is not followed.`, {
      kind: 'unavailable',
      remedy: 'Give the address that the server itself has, with its scheme and port.',
    })
  }
}
