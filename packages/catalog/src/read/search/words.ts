/**
 * Words of names, sentences and descriptions, made comparable: lower case,
 * without diacritics, split at punctuation, underscores, camel humps and between
 * letters and digits, singular, without -ing and -ed. The same function reads
 * what is indexed and what is asked, so it need not be right English, only equal.
 */
export function words(text: string): string[] {
  const found: string[] = []
  for (const word of splitWords(text)) if (word.length > 1) found.push(knownStem(word))
  return found
}

/** Stems of words met lately: names are made of the same few words. */
const STEMS = new Map<string, string>()
const MAX_STEMS = 50_000

function knownStem(word: string): string {
  const known = STEMS.get(word)
  if (known !== undefined) return known
  if (STEMS.size >= MAX_STEMS) STEMS.clear()
  const found = stem(word)
  STEMS.set(word, found)
  return found
}

const Kind = { Other: 0, Digit: 1, Lower: 2, Upper: 3 } as const

/** What the characters of ASCII are; one beyond is none of them. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) =>
  code >= 48 && code <= 57
    ? Kind.Digit
    : code >= 97 && code <= 122
      ? Kind.Lower
      : code >= 65 && code <= 90
        ? Kind.Upper
        : Kind.Other,
)

/** Words of a text as they stand in it, lower case. */
export function splitWords(text: string): string[] {
  const found: string[] = []
  let start = -1
  let before: number = Kind.Other
  for (let i = 0; i < text.length; i++) {
    const kind = KINDS[text.charCodeAt(i)]
    if (kind === undefined) return splitAnyWords(text)
    const begins =
      kind === Kind.Upper &&
      (before === Kind.Lower ||
        before === Kind.Digit ||
        (before === Kind.Upper && KINDS[text.charCodeAt(i + 1)] === Kind.Lower))
    if (start >= 0 && (kind === Kind.Other || begins)) {
      found.push(text.slice(start, i).toLowerCase())
      start = -1
    }
    if (start < 0 && kind !== Kind.Other) start = i
    before = kind
  }
  if (start >= 0) found.push(text.slice(start).toLowerCase())
  return found
}

/** The same for text of any script. */
export function splitAnyWords(text: string): string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
      .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}

/** Light English stemming: plurals, then -ing and -ed. */
export function stem(word: string): string {
  const base = singular(word)
  for (const suffix of ['ing', 'ed']) {
    if (!base.endsWith(suffix)) continue
    const root = base.slice(0, -suffix.length)
    if (root.length < 4 || !/[aeiouy]/.test(root)) break
    return /([bdgmnprt])\1$/.test(root) ? root.slice(0, -1) : root.endsWith('e') ? root : dropMuteE(root)
  }
  return dropMuteE(base)
}

function singular(word: string): string {
  if (word.length < 4) return word
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`
  if (/(ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2)
  if (word.endsWith('s') && !/(ss|us|is)$/.test(word)) return word.slice(0, -1)
  return word
}

/** `sale` and `sal(ing)`, `price` and `pric(ing)` meet without the final e. */
function dropMuteE(word: string): string {
  return word.length > 4 && word.endsWith('e') ? word.slice(0, -1) : word
}

const STOP_WORDS = new Set(
  (
    'a about all am an and any are as at be been but by can could did do does for from get give had has have he her his how i if in into is it its ' +
    'just like me my no not of on or our out over please she show so some than that the their them then there these they this those to too ' +
    'up us was we were what when where which who why will with would you your'
  ).split(' '),
)

export interface QuestionWord {
  readonly stem: string
  /** As it was asked, lower case. */
  readonly word: string
}

/** Words of a question, in order, without repeats and without words that mean nothing alone. */
export function questionWords(text: string): QuestionWord[] {
  const plain = splitWords(text).filter((w) => w.length > 1)
  const meaning = plain.filter((w) => !STOP_WORDS.has(w))
  const byStem = new Map<string, QuestionWord>()
  for (const word of meaning.length > 0 ? meaning : plain) {
    const found = { stem: stem(word), word }
    if (!byStem.has(found.stem)) byStem.set(found.stem, found)
  }
  return [...byStem.values()]
}
