/**
 * An address as it may be shown: what stands where a user name and a password do is
 * replaced by `***`. Takes any text, also one that is no proper address.
 */
export function withoutCredentials(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/*)[^/]*@/i, '$1***@')
}

/** Whether a host of an address is this machine, so that what is sent to it crosses no network. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

/** Whether it is `scheme://host[:port]` and nothing else, as browsers send it in `Origin` (RFC 6454, 6.1); no default port. */
export function isWebOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
