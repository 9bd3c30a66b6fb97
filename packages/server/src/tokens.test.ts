import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { TokenTable } from './tokens.js'

describe('TokenTable', () => {
  it('resolves a token to its principal, given as text or as a digest', () => {
    const sha256 = createHash('sha256').update('two').digest('hex')
    const tokens = TokenTable.of({ ada: 'one', bob: { sha256, tenant: 'acme', roles: ['reader'] } })
    expect(tokens.resolve('one')).toEqual({ actor: 'ada', tenant: 'default', roles: [] })
    expect(tokens.resolve('two')).toEqual({ actor: 'bob', tenant: 'acme', roles: ['reader'] })
    expect(tokens.resolve('tw')).toBeUndefined()
    expect(tokens.resolve('')).toBeUndefined()
    expect(tokens.resolve(sha256)).toBeUndefined()
  })

  it.each([
    ['no tokens', '{}'],
    ['an empty secret', '{"ada": ""}'],
    ['a secret a header cannot carry', '{"ada": "a b"}'],
    ['a digest of the wrong length', '{"ada": {"sha256": "abc"}}'],
    ['both forms at once', `{"ada": {"token": "x", "sha256": "${'0'.repeat(64)}"}}`],
    ['neither form', '{"ada": {}}'],
    ['a number', '{"ada": 5}'],
    ['null', '{"ada": null}'],
    ['roles that are no list', '{"ada": {"token": "x", "roles": "admin"}}'],
    ['an empty actor', '{" ": "x"}'],
    ['one secret for two actors', '{"ada": "x", "bob": "x"}'],
    ['a list', '["x"]'],
    ['text that is not JSON', '{"ada": s3cret}'],
  ])('refuses %s with a remedy and without repeating a secret', (_what, text) => {
    try {
      TokenTable.parse(text, 'the file').atLeastOne()
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'tokens_invalid' })
      expect((error as { remedy: string }).remedy).toContain('GROUNDPLANE_SERVER_BEARER_TOKENS_JSON')
      expect(String(error)).not.toContain('s3cret')
    }
  })
})
