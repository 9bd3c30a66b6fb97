import { AddressRanges } from '@groundplane/core'
import { describe, expect, it } from 'vitest'
import { clientAddress } from './client-address.js'

const PROXIES = new AddressRanges(['10.0.0.0/8', '2001:db8:aa::/48'])
const of = (peer: string, header?: string) => clientAddress(peer, header, PROXIES)

describe('the address of a caller', () => {
  it('is that of the connection when no trusted proxy is at its other end, whatever the header says', () => {
    expect(of('198.51.100.9', '203.0.113.1')).toBe('198.51.100.9')
    expect(of('198.51.100.9', '203.0.113.1, 10.0.0.1')).toBe('198.51.100.9')
    expect(clientAddress('10.0.0.1', '203.0.113.1', new AddressRanges([]))).toBe('10.0.0.1')
  })

  it("is what the last trusted proxy saw: entries left of it are the caller's own words", () => {
    expect(of('10.0.0.1', '203.0.113.1')).toBe('203.0.113.1')
    expect(of('10.0.0.1', '1.1.1.1, 203.0.113.1')).toBe('203.0.113.1')
    expect(of('10.0.0.1', '10.0.0.3, 203.0.113.1, 10.0.0.2')).toBe('203.0.113.1')
    expect(of('::ffff:10.0.0.1', '::ffff:203.0.113.1')).toBe('203.0.113.1')
    expect(of('2001:db8:aa::1', '1.1.1.1, 2001:db8:bb::7')).toBe('2001:db8:bb::7')
  })

  it('is that of the proxy when it says nothing that is an address', () => {
    for (const header of [undefined, '', 'unknown', '203.0.113.1, unknown', '203.0.113.1,'])
      expect(of('10.0.0.1', header), header).toBe('10.0.0.1')
    expect(of('10.0.0.1', '10.0.0.3, 10.0.0.2')).toBe('10.0.0.3')
  })

  it('is read without the port that some proxies write', () => {
    expect(of('10.0.0.1', '203.0.113.1:4711')).toBe('203.0.113.1')
    expect(of('10.0.0.1', '[2001:db8:bb::7]:4711')).toBe('2001:db8:bb::7')
    expect(of('10.0.0.1', '[2001:db8:bb::7]')).toBe('2001:db8:bb::7')
  })
})
