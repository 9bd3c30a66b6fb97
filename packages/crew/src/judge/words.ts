import { relatedWords, stem } from '@groundplane/catalog'

/**
 * What a sentence says, as words that can be compared with names in a catalog. Which
 * words are one word, and which mean the same, is the catalog's to say; what is told
 * here are words that carry no meaning, words for where people look, and words that
 * say what is wrong.
 */
export interface SentenceWord {
  /** As the catalog's search has it: lower case, without endings. */
  readonly stem: string
  /** As written. */
  readonly text: string
  /** Stems that mean much the same; weaker evidence than the word itself. */
  readonly related: readonly string[]
  /** A word for where people look (dashboard, report): evidence when it matches, no doubt when it does not. */
  readonly surface: boolean
}

/** Kinds of assertion a symptom speaks of. */
export interface Symptom {
  readonly text: string
  readonly checks: readonly string[]
}

export interface SentenceWords {
  readonly words: readonly SentenceWord[]
  readonly symptoms: readonly Symptom[]
}

const STOP = new Set(
  `a about after again all also an and any are as at away be because been before being but by can cannot could
  did do does doing done for from get gets getting give given go goes going gone got had has have having he help her here
  his how i if in into is isn it its just last let like lot make many may maybe me mine more most much must my new no not now of
  off on once one only or other our out over own per please quite really right said say saying says she should since so some
  still such than that the their them then there these they thing things this those through to today tomorrow tonight too
  under until up us very via want was we were what when where which while who why will with within without would yesterday
  yet you your monday tuesday wednesday thursday friday saturday sunday morning afternoon evening night week
  suddenly recently somehow someone everybody everyone nobody people user users seem seems seemed look looks looking
  looked appear appears show shows showing shown see seen saw tell tells told think thinks happen happened happening
  number numbers figure figures value values data dataset datasets result results something anything nothing
  wrong broken bad incorrect off weird strange odd funny bug buggy error errors fault faulty issue issues problem problems
  fail fails failed failing failure corrupt corrupted corruption deploy deployed deployment release released`.split(
    /\s+/,
  ),
)

const SURFACES = new Set(
  'dashboard report chart page panel table view column field tile graph'.split(' ').map(stem),
)

const SYMPTOMS: readonly (readonly [words: string, checks: readonly string[]])[] = [
  [
    'missing gone lost vanished disappeared deleted fewer absent incomplete lack lacking',
    ['row_count', 'relationship', 'not_null'],
  ],
  ['blank empty null nulls none unknown unset undefined', ['not_null', 'accepted_values']],
  ['duplicate duplicates duplicated double doubled twice repeated', ['unique', 'row_count']],
  [
    'low lower less small smaller drop drops dropped down decrease decreased undercounted short',
    ['row_count', 'length', 'relationship', 'range', 'not_null'],
  ],
  [
    'high higher big bigger huge spike spiked spikes jump jumped inflated increase increased negative zero',
    ['range', 'unique', 'row_count'],
  ],
  [
    'truncated cut malformed mangled garbled invalid mismatch mismatched',
    ['length', 'accepted_values', 'relationship'],
  ],
  ['late stale old outdated delayed frozen stuck', ['freshness']],
]

const SYMPTOM_OF = new Map(
  SYMPTOMS.flatMap(([words, checks]) => words.split(' ').map((word) => [word, checks] as const)),
)

/** Words in order of appearance, each once. */
export function sentenceWords(sentence: string): SentenceWords {
  const words = new Map<string, SentenceWord>()
  const symptoms: Symptom[] = []
  for (const text of sentence.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []) {
    const checks = SYMPTOM_OF.get(text)
    if (checks) symptoms.push({ text, checks })
    if (checks || STOP.has(text) || text.length < 2) continue
    // A name with underscores is words too: `seller_id`.
    for (const part of text.split('_').filter((p) => p.length > 1)) {
      const key = stem(part)
      if (words.has(key)) continue
      const surface = SURFACES.has(key)
      words.set(key, { stem: key, text: part, related: surface ? [] : relatedWords(key), surface })
    }
  }
  return { words: [...words.values()], symptoms }
}

/** A word as it stands in a name or a text, with the stem it is compared by. */
export interface WrittenWord {
  readonly stem: string
  readonly text: string
}

/** Parts of a technical name: `v_order_details` → order, detail(s). */
export function nameWords(name: string): WrittenWord[] {
  const parts = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  return parts.filter((part) => part.length > 1).map((text) => ({ stem: stem(text), text }))
}

export function textWords(text: string): WrittenWord[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []).map((word) => ({
    stem: stem(word),
    text: word,
  }))
}

export function nameStems(name: string): string[] {
  return nameWords(name).map((word) => word.stem)
}
