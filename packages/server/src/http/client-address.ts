import { isIP } from 'node:net'
import { type AddressRanges, plainAddress } from '@groundplane/core'

/**
 * Who called, where proxies stand between: each appends the address it was called from to
 * `X-Forwarded-For`, so the list is read from the right for as long as the one who wrote the entry is a
 * trusted proxy. What stands left of the first address that is none was sent by that caller, who may write
 * anything. `Forwarded` (RFC 7239) is not read: a proxy that keeps one of the two headers passes the other on
 * as it came.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  proxies: AddressRanges,
): string {
  let address = plainAddress(peer)
  if (forwardedFor === undefined) return address
  const hops = forwardedFor.split(',')
  while (proxies.includes(address)) {
    const hop = addressOf(hops.pop())
    if (hop === undefined) break
    address = hop
  }
  return address
}

/** Some proxies write the port too: `192.0.2.7:4711`, `[2001:db8::7]:4711`. */
function addressOf(hop: string | undefined): string | undefined {
  const text = hop?.trim() ?? ''
  const [, bracketed, withPort] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(text) ?? []
  const address = bracketed ?? withPort ?? text
  return isIP(address) === 0 ? undefined : plainAddress(address)
}
