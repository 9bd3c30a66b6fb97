/**
 * An address as it may be shown: what stands where a user name and a password do is
 * replaced by `***`. Takes any text, also one that is no proper address.
 */
export function withoutCredentials(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/*)[^/]*@/i, '$1***@')
}

/** Whether it is `scheme://host[:port]` and nothing else, as browsers send it in `Origin` (RFC 6454, 6.1); no default port. */
export function isWebOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
