import { describe, expect, test } from 'vitest'
import { adoptToken, readToken, splitFragment, writeToken } from './token'

function memoryStorage(): Storage {
  const map = new Map<string, string>()
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  } as unknown as Storage
}

function page(hash: string) {
  const location = { hash, pathname: '/', search: '' } as Location
  const replaced: string[] = []
  const history = {
    replaceState: (_state: unknown, _title: string, url: string) => void replaced.push(url),
  } as unknown as History
  return { location, history, replaced }
}

describe('the token in the address', () => {
  test('a fragment that is a token leaves nothing behind', () => {
    expect(splitFragment('#token=gp_abc')).toEqual({ token: 'gp_abc', rest: '' })
  })

  test('a deep link keeps its run when it carries a token too', () => {
    expect(splitFragment('#/runs/01K&token=gp_abc')).toEqual({ token: 'gp_abc', rest: '/runs/01K' })
    expect(splitFragment('#token=gp_abc&/runs/01K')).toEqual({ token: 'gp_abc', rest: '/runs/01K' })
    expect(splitFragment('#token=gp_abc&run=01K')).toEqual({ token: 'gp_abc', rest: '/runs/01K' })
  })

  test('a percent-encoded token is decoded, and a malformed one is taken as it is', () => {
    expect(splitFragment('#token=a%2Bb').token).toBe('a+b')
    expect(splitFragment('#token=a%zz').token).toBe('a%zz')
  })

  test('a fragment without a token is left alone', () => {
    expect(splitFragment('#/runs/01K')).toEqual({ rest: '/runs/01K' })
    expect(splitFragment('')).toEqual({ rest: '' })
  })

  test('the token leaves the address before it is used, and lasts for the session', () => {
    const storage = memoryStorage()
    const { location, history, replaced } = page('#token=gp_abc')
    expect(adoptToken(location, history, storage)).toBe('gp_abc')
    expect(replaced).toEqual(['/'])
    expect(readToken(storage)).toBe('gp_abc')
    expect(adoptToken(page('').location, history, storage)).toBe('gp_abc')
    writeToken(null, storage)
    expect(readToken(storage)).toBeNull()
  })

  test('storage that refuses does not stop the page', () => {
    const refusing = {
      getItem: () => {
        throw new Error('denied')
      },
      setItem: () => {
        throw new Error('denied')
      },
    } as unknown as Storage
    const { location, history } = page('#token=t')
    expect(adoptToken(location, history, refusing)).toBe('t')
    expect(readToken(refusing)).toBeNull()
  })
})
