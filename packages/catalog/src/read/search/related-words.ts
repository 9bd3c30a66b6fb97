import { stem } from './words.js'

/**
 * Words people use for one thing in business data. Asking for one finds the
 * others at a lower weight, after what was asked for literally.
 */
const GROUPS: readonly string[] = [
  'revenue sales income turnover earnings gmv',
  'price amount cost value payment',
  'customer client buyer shopper consumer',
  'seller vendor merchant supplier',
  'order purchase',
  'product item sku article goods',
  'payment billing checkout',
  'review rating feedback score',
  'delivery shipping shipment freight logistics',
  'location geography address city region',
  'category segment class',
  'dashboard report chart view',
  'user account member',
  'employee staff worker',
  'identifier id key',
]

const RELATED = new Map<string, string[]>()
for (const group of GROUPS) {
  const stems = group.split(' ').map(stem)
  for (const word of stems) {
    const others = RELATED.get(word) ?? []
    RELATED.set(word, [...new Set([...others, ...stems.filter((s) => s !== word)])])
  }
}

export const RELATED_WEIGHT = 0.3

/** Stems related to a stem; empty for most words. */
export function relatedWords(word: string): readonly string[] {
  return RELATED.get(word) ?? []
}
