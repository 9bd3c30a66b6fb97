import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDiagnostic, LineIndex, MAX_SENTENCE, readable } from './diagnostic.js'

describe('LineIndex', () => {
  it('gives the line and column that counting by hand gives', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n', 'é', '\r') }), fc.nat(60), (text, offset) => {
        const at = Math.min(offset, text.length)
        const before = text.slice(0, at)
        const line = before.split('\n').length
        const column = at - (before.lastIndexOf('\n') + 1) + 1
        expect(new LineIndex(text).position(offset)).toEqual({ line, column, offset: at })
      }),
    )
  })
})

describe('formatDiagnostic', () => {
  it('puts the place first, then severity and code, then the remedy on its own line', () => {
    const range = new LineIndex('ab\ncd').range(3, 4)
    expect(
      formatDiagnostic({
        code: 'bad',
        severity: 'error',
        message: 'No.',
        remedy: 'Do.',
        file: 'x.pg',
        range,
      }),
    ).toBe('x.pg:2:1: error[bad]: No.\n    Do.')
  })

  it('falls back to the path inside the document', () => {
    expect(formatDiagnostic({ code: 'c', severity: 'warning', message: 'M.', path: 'graphs.a' })).toBe(
      'graphs.a: warning[c]: M.',
    )
  })
})

describe('readable', () => {
  it('leaves a sentence alone and cuts what is no sentence, never inside a character', () => {
    expect(readable('a'.repeat(MAX_SENTENCE))).toBe('a'.repeat(MAX_SENTENCE))
    expect(readable('a'.repeat(MAX_SENTENCE + 1))).toBe(`${'a'.repeat(MAX_SENTENCE - 1)}…`)
    expect(readable('𝒳'.repeat(MAX_SENTENCE))).toBe(`${'𝒳'.repeat(MAX_SENTENCE / 2 - 1)}…`)
  })
})
