import { BlockList, isIP } from 'node:net'

/** Network addresses: single ones, and ranges as CIDR (RFC 4632, RFC 4291) writes them. */
export class AddressRanges {
  readonly #list = new BlockList()
  readonly #empty: boolean

  /** Throws a `TypeError` for what `isAddressRange` does not take. */
  constructor(ranges: readonly string[]) {
    this.#empty = ranges.length === 0
    for (const text of ranges) {
      const range = parse(text)
      if (!range) throw new TypeError(`${text} is not a range of addresses`)
      this.#list.addSubnet(range.address, range.prefix, range.family)
    }
  }

  /** Of an address as sockets and proxies write it; an IPv4 address in IPv6 form is the IPv4 address. */
  includes(address: string): boolean {
    if (this.#empty) return false
    const plain = plainAddress(address)
    const version = isIP(plain)
    return version !== 0 && this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** `192.0.2.7`, `10.0.0.0/8`, `fd00::/8`. Not the whole of a family, in whichever way it is written: everybody is no range. */
export function isAddressRange(text: string): boolean {
  return parse(text) !== undefined
}

/** `::ffff:192.0.2.7`, as a socket that takes both families says it, is `192.0.2.7`. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
}

function parse(text: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [, address = '', bits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return undefined
  const most = version === 4 ? 32 : 128
  const prefix = bits === undefined ? most : Number(bits)
  if (prefix < 1 || prefix > most || (version === 6 && holdsEveryIpv4(address, prefix))) return undefined
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** `::ffff:0:0/96`, and each wider range around it; `::ffff:10.0.0.0/8` is one, most likely meant as `10.0.0.0/8`. */
function holdsEveryIpv4(address: string, prefix: number): boolean {
  if (prefix > 96) return false
  const range = new BlockList()
  range.addSubnet(address, prefix, 'ipv6')
  return range.check('::ffff:0:0', 'ipv6')
}
