import { stem } from './words.js'

/**
 * Words people use for one thing in business data. Asking for one finds the
 * others at a lower weight, after what was asked for literally.
 */
const GROUPS: readonly string[] = [
  'revenue sales income turnover earnings gmv money financial price payment amount',
  'price amount cost value payment',
  'customer client buyer shopper consumer',
  'seller vendor merchant supplier shop',
  'order purchase checkout basket cart',
  'product item sku article goods catalogue catalog',
  'payment pay paid invoice billing checkout instalment installment voucher',
  'review rating feedback score star satisfaction comment',
  'delivery delivered shipping shipment freight carrier parcel logistics',
  'location geolocation geography place address city state zip region map',
  'category segment class kind taxonomy',
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
