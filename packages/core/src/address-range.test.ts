import { describe, expect, it } from 'vitest'
import { AddressRanges, isAddressRange } from './address-range.js'

describe('ranges of addresses', () => {
  it('include what CIDR says, whichever form a socket writes an address in', () => {
    const ranges = new AddressRanges(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])
    for (const inside of ['10.255.0.1', '::ffff:10.0.0.1', '192.0.2.7', 'fd12::1'])
      expect(ranges.includes(inside), inside).toBe(true)
    for (const outside of ['11.0.0.1', '192.0.2.8', '::ffff:11.0.0.1', 'fe80::1', '', 'unknown'])
      expect(ranges.includes(outside), outside).toBe(false)
    expect(new AddressRanges([]).includes('10.0.0.1')).toBe(false)
  })

  it.each([
    '',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0',
    'fd00::/129',
    '10.0.0.0/',
    '0.0.0.0/0',
    '::/0',
    '::/1',
    '::ffff:0:0/96',
    '::ffff:10.0.0.0/8',
    'fe80::1%eth0',
  ])('cannot be made of "%s"', (text) => {
    expect(isAddressRange(text)).toBe(false)
    expect(() => new AddressRanges([text])).toThrow(TypeError)
  })
})
