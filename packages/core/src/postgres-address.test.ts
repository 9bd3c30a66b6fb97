import { describe, expect, it } from 'vitest'
import { parsePostgresAddress, printAddress } from './postgres-address.js'

const parsed = (text: string) => {
  const address = parsePostgresAddress(text)
  if (typeof address === 'string') throw new Error(address)
  return address
}

describe('the address of a PostgreSQL database', () => {
  it.each([
    ['postgresql://reader@db.example.com/shop', ['db.example.com', 5432, 'shop', 'reader', 'verify-full']],
    ['postgres://db:5433/a%20b', ['db', 5433, 'a b', undefined, 'verify-full']],
    ['postgresql://localhost/shop', ['localhost', 5432, 'shop', undefined, 'disable']],
    ['postgresql://[::1]:1/shop', ['::1', 1, 'shop', undefined, 'disable']],
    ['postgresql://10.0.0.1/shop?sslmode=require', ['10.0.0.1', 5432, 'shop', undefined, 'require']],
    ['postgresql:///shop?host=/run/postgresql', ['/run/postgresql', 5432, 'shop', undefined, 'disable']],
    [
      'postgresql://127.0.0.1.example.com/shop',
      ['127.0.0.1.example.com', 5432, 'shop', undefined, 'verify-full'],
    ],
  ])('%s is read as its parts, protected unless it is this machine', (text, parts) => {
    const { host, port, database, user, tls } = parsed(text)
    expect([host, port, database, user, tls]).toEqual(parts)
  })

  it('holds a password, escaped or not, and does not print it', () => {
    const address = parsed('postgresql://me:p%40%25ss@h/db')
    expect(address.password).toBe('p@%ss')
    expect(printAddress(address)).toBe('h:5432/db')
  })

  it.each([
    ['shop.db', 'does not start with'],
    ['https://h/db', 'starts with postgresql://'],
    ['postgresql://h', 'names no database'],
    ['postgresql://h/db?sslmode=prefer', 'sslmode is not one of disable'],
    ['postgresql://h/db?password=secret', 'it has an option that is not one of'],
    ['postgresql://me:12?secret@h/db', 'it has an @ after the host'],
    ['postgresql://me:12/secret@h/db', 'it has an @ after the host'],
    ['postgresql://me:12#secret@h/db', 'it has an @ after the host'],
    ['postgresql://h/db?sslrootcert=ca.pem', 'sslrootcert is not an absolute path'],
    ['postgresql://h/db?sslcert=/c.pem', 'sslcert and sslkey go together'],
    ['postgresql://h/db?host=a,b', 'several hosts'],
  ])('%s is refused, and not repeated', (text, why) => {
    const problem = parsePostgresAddress(text)
    expect(problem).toEqual(expect.any(String))
    if (!why.startsWith('does not')) expect(problem).toContain(why)
    expect(problem).not.toContain('secret')
  })
})
