/** Tokens of a whole answer: the budget of DataHub's MCP server. */
export const ANSWER_TOKENS = 80_000

/**
 * Share of an answer that the schema of one entity in it, one item of a list, or all that stands beside a page may take:
 * as DataHub's server gives a schema 16,000 tokens of the 80,000.
 */
export const PART_SHARE = 1 / 5

/** Tokens for four characters, in tenths. */
const TENTHS_OF_FOUR = 13

/** The estimate of DataHub's MCP server for a JSON value: 1.3 tokens for four characters. */
export function estimateTokens(value: unknown): number {
  return textTokens(JSON.stringify(value).length)
}

/** The same for a text of so many characters. */
export function textTokens(characters: number): number {
  return Math.floor((TENTHS_OF_FOUR * characters) / 40)
}

/** The most characters that are so many tokens. */
export function charactersWithin(tokens: number): number {
  return Math.ceil(((tokens + 1) * 40) / TENTHS_OF_FOUR) - 1
}

/** The first items that fit together; the first one always, however large it is. */
export function firstWithin<T>(items: readonly T[], tokens: number): readonly T[] {
  let spent = 0
  for (const [i, item] of items.entries()) {
    spent += estimateTokens(item)
    if (spent > tokens && i > 0) return items.slice(0, i)
  }
  return items
}
