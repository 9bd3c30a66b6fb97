import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { converse } from './agent.js'
import { type GroundingQuestion, type Reading, TWENTY_QUESTIONS } from './questions.js'
import type { RawAspects } from './raw-aspects.js'

export interface Grounded {
  readonly question: GroundingQuestion
  /** What the agent concluded. */
  readonly urns: readonly string[]
  /** What it read, one text for each call. */
  readonly texts: readonly string[]
  /** What it would have read otherwise, one text for each entity. */
  readonly raw: readonly string[]
  /** Tokens of both, by the tokenizer `o200k_base`. */
  readonly ours: number
  readonly theirs: number
}

/** Puts the twenty questions, one after the other, each without anything read before. */
export async function groundQuestions(agent: Client, aspects: RawAspects): Promise<Grounded[]> {
  const results: Grounded[] = []
  for (const question of TWENTY_QUESTIONS) {
    const { urns, texts } = await converse(agent, question.script)
    const raw = await rawTexts(aspects, question.reads)
    results.push({ question, urns, texts, raw, ours: tokensOf(texts), theirs: tokensOf(raw) })
  }
  return results
}

export function tokensOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + countTokens(text), 0)
}

export async function rawTexts(aspects: RawAspects, reads: readonly Reading[]): Promise<string[]> {
  const urns = await Promise.all(reads.map((reading) => urnsRead(aspects, reading)))
  return Promise.all([...new Set(urns.flat())].map((urn) => aspects.of(urn)))
}

async function urnsRead(aspects: RawAspects, reading: Reading): Promise<readonly string[]> {
  if (typeof reading !== 'string') return reading
  if (reading === 'assertions') return aspects.urnsOf('assertion')
  if (reading === 'incidents') return aspects.urnsOf('incident')
  const datasets = await aspects.urnsOf('dataset')
  return reading === 'datasets' ? datasets : datasets.filter((urn) => urn.includes(',olist_dirty.'))
}
