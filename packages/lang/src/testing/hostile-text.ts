import type { Choices } from './choices.js'

/**
 * Texts for everything that reads text from outside: the two languages, rows,
 * parameters, names. One generator for the tests of this package and for those of
 * what is built on it.
 */

/** Strings that have broken other stores: SQL, full-text syntax, quotes, NUL, bidi, surrogates, names with a meaning in JavaScript. */
export const HOSTILE_STRINGS: readonly string[] = [
  ...['a', '', ' ', '\n', "'; DROP TABLE meta; --", '"; DELETE FROM commits; --', '" OR 1=1 --'],
  ...["' UNION SELECT 1 --", "x'); DELETE FROM branches; --", 'x\0y', '\0', '%', '_', '\\', '"', "'", '`'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'prototype',
    '$p',
    '?1',
    ':n',
    '@n',
    '/*',
    '--',
  ],
  ...[
    'a AND b',
    'a OR',
    'NOT a',
    'NEAR(a b, 2)',
    '"a',
    'a*',
    '^a',
    '-a',
    '+a',
    'words: a',
    '{a b}: c',
    '(',
    'a b',
  ],
  ...[
    '\uD800',
    '\uDC00x',
    'a\uD800',
    '\u202E',
    '\uFEFF',
    '\u200D',
    '𝒳',
    'é',
    'e\u0301',
    'ß',
    'İ',
    'ﬁ',
    '漢字',
  ],
  ...['9223372036854775808', '-9223372036854775808', '1e999', 'NaN', 'Infinity', '-0', '0x10', '1_0'],
  ...['sqlite_master', 'gp_alive()', 'base64:AAAA', 'base64:!', 'sha256:0', '{"a":1}', '[]', 'null', 'main'],
  ...[
    '2024-02-30',
    '2024-02-29',
    '-271821-04-20',
    'T',
    '../../etc/passwd',
    'a/b',
    '..',
    'CON',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  ],
]

/** Tokens and beginnings of tokens of both languages. */
const PIECES: readonly string[] = [
  ...['{', '}', '(', ')', '[', ']', ',', ':', '.', '..', '->', '@', '=', '!=', '<', '>', '?', '-', '"', '\\'],
  ...['/*', '//', '$', '$p', '\n', '|', '!', '%', '+', '*', '/', '#', ';', '\u0000', 'é'],
  ...[
    'node',
    'edge',
    'interface',
    'implements',
    'query',
    'match',
    'return',
    'not',
    'optional',
    'exists',
    'and',
  ],
  ...[
    'insert',
    'update',
    'delete',
    'set',
    'where',
    'or',
    'as',
    'limit',
    'order',
    'offset',
    'distinct',
    'desc',
  ],
  ...[
    'contains',
    'starts_with',
    'true',
    'null',
    'now()',
    'Person',
    'Note',
    'Knows',
    'knows',
    'wrote',
    'name',
  ],
  ...[
    'age',
    'enum',
    'Vector',
    'Blob',
    'count',
    'nearest',
    'search',
    'rrf',
    'bm25',
    'fuzzy',
    'date',
    '$n',
    '$e',
  ],
  ...['1', '0', '-1', '1.5', '1e309', '99999999999999999999', '@key', '@unique', '@range', '@check', '@card'],
  ...['@index', '@default', '@embed', '@rename_from', 'String', 'I32?', '[I64]', '__proto__', 'constructor'],
]

/** Mostly one of the list; also two of them, many of one, or any code units at all. */
export function hostileString(choices: Choices): string {
  const one = choices.of(HOSTILE_STRINGS)
  switch (choices.below(12)) {
    case 8:
      return one + choices.of(HOSTILE_STRINGS)
    case 9:
      return one.repeat(1 + choices.below(200))
    case 10:
      return someCharacters(choices)
    case 11:
      return choices.rarely(30) ? huge(one, choices) : one
    default:
      return one
  }
}

function huge(one: string, choices: Choices): string {
  if (choices.below(2) === 0) return `${one} `.repeat(20_000).slice(0, 200_000)
  return Array.from({ length: 1500 }, (_, i) => `${(i * 7919).toString(36)}abcdefghijklmnop`).join(' ')
}

function someCharacters(choices: Choices): string {
  return String.fromCharCode(...Array.from({ length: 1 + choices.below(6) }, () => choices.below(0x10000)))
}

function piece(choices: Choices): string {
  switch (choices.below(10)) {
    case 8:
      return choices.of(HOSTILE_STRINGS)
    case 9:
      return someCharacters(choices)
    default:
      return choices.of(PIECES)
  }
}

/** Tokens of the languages in no order. */
export function soup(choices: Choices, longest = 24): string {
  return Array.from({ length: choices.below(longest) }, () => piece(choices)).join(' ')
}

/** A text with a few pieces cut out, put in and copied elsewhere. */
export function damaged(valid: string, choices: Choices, edits = choices.of([1, 1, 2, 4])): string {
  let text = valid
  for (let i = 0; i < edits; i++) {
    const at = choices.below(text.length + 1)
    const cut = choices.below(12)
    const copied = choices.below(text.length + 1)
    const put = [piece(choices), text.slice(copied, copied + 20), ''][choices.below(3)] as string
    text = text.slice(0, at) + put + text.slice(at + cut)
  }
  return text
}
