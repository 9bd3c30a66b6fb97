/**
 * An address as it may be shown: what stands where a user name and a password do is
 * replaced by `***`. Takes any text, also one that is no proper address.
 */
export function withoutCredentials(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/*)[^/]*@/i, '$1***@')
}
