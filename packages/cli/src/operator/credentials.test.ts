import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Credentials } from './credentials.js'

const PROD = 'https://prod.example.com'
let home: string
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'groundplane-credentials-')), 'home')
})
afterEach(() => rmSync(join(home, '..'), { recursive: true, force: true }))

const codeOf = (body: () => unknown) => {
  try {
    body()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}

describe('the credentials file', () => {
  it('is readable by the operator alone, from the first byte on, and holds tokens by origin', () => {
    const before = process.umask(0)
    try {
      const credentials = new Credentials(home)
      credentials.set(PROD, 'one')
      credentials.set('http://127.0.0.1:8080', 'two')
      expect(statSync(credentials.file).mode & 0o777).toBe(0o600)
      expect(statSync(home).mode & 0o777).toBe(0o700)
      expect(readdirSync(home)).toEqual(['credentials.json'])
    } finally {
      process.umask(before)
    }
    expect(new Credentials(home).token(PROD)).toBe('one')
    expect(new Credentials(home).origins()).toEqual(['http://127.0.0.1:8080', PROD])
    expect(new Credentials(home).token('https://other.example.com')).toBeUndefined()
    expect(new Credentials(home).token('constructor')).toBeUndefined()
  })

  it.each([0o640, 0o604, 0o660, 0o602])('is refused with mode %o, for reading and for writing', (mode) => {
    const credentials = new Credentials(home)
    credentials.set(PROD, 'one')
    chmodSync(credentials.file, mode)
    const text = readFileSync(credentials.file, 'utf8')
    expect(codeOf(() => credentials.token(PROD))).toBe('credentials_exposed')
    expect(codeOf(() => credentials.set(PROD, 'two'))).toBe('credentials_exposed')
    expect(codeOf(() => credentials.remove(PROD))).toBe('credentials_exposed')
    expect(readFileSync(credentials.file, 'utf8')).toBe(text)
  })

  it('forgets a token, and forgetting again changes nothing', () => {
    const credentials = new Credentials(home)
    expect(credentials.remove(PROD)).toBe(false)
    expect(existsSync(credentials.file)).toBe(false)
    credentials.set(PROD, 'one')
    expect([credentials.remove(PROD), credentials.remove(PROD)]).toEqual([true, false])
    expect(credentials.origins()).toEqual([])
  })

  it.each(['{"version":1,"servers":{"x":{"token":5}}}', '{"version":2,"servers":{}}', 's3cret', ''])(
    'that is something else is refused without telling what is in it: %j',
    (text) => {
      const credentials = new Credentials(home)
      credentials.set(PROD, 'one')
      writeFileSync(credentials.file, text)
      expect(codeOf(() => credentials.token(PROD))).toBe('credentials_invalid')
      expect(() => credentials.token(PROD)).toThrow(/^(?!.*s3cret)/)
    },
  )
})
