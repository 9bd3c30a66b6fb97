import { CATEGORIES } from './categories.js'
import { STATES } from './places.js'
import { type Random, randomStream, WeightedChoice } from './random.js'

/**
 * What later tables must know of earlier ones. Tables are generated in the order
 * of `ROWS`; each fills its part. Columns, not objects: a full-size world takes
 * about 60 MB.
 */
export interface World {
  readonly seed: number
  readonly sellers: { ids: string[]; state: Uint8Array }
  readonly products: { ids: string[]; priceCents: Float64Array; grams: Float64Array; seller: Uint16Array }
  readonly customers: { ids: string[]; state: Uint8Array }
  readonly orders: OrderColumns
}

export interface OrderColumns {
  ids: string[]
  status: Uint8Array
  purchasedMs: Float64Array
  /** 0 when never delivered. */
  deliveredMs: Float64Array
  promisedMs: Float64Array
  /** Price plus freight of the order's items. */
  totalCents: Float64Array
}

export function emptyWorld(seed: number): World {
  return {
    seed,
    sellers: { ids: [], state: new Uint8Array(0) },
    products: {
      ids: [],
      priceCents: new Float64Array(0),
      grams: new Float64Array(0),
      seller: new Uint16Array(0),
    },
    customers: { ids: [], state: new Uint8Array(0) },
    orders: {
      ids: [],
      status: new Uint8Array(0),
      purchasedMs: new Float64Array(0),
      deliveredMs: new Float64Array(0),
      promisedMs: new Float64Array(0),
      totalCents: new Float64Array(0),
    },
  }
}

export interface Place {
  readonly state: number
  readonly code: string
  readonly city: string
  readonly zip: string
  readonly latitude: number
  readonly longitude: number
}

/** Draws places the way customers, or sellers, are spread over the country. */
export function placeSource(random: Random, share: 'customers' | 'sellers'): () => Place {
  const states = new WeightedChoice(STATES.map((s) => s[share]))
  const cities = STATES.map((s) => new WeightedChoice(s.cities.map((c) => c.weight)))
  return () => {
    const at = states.draw(random)
    const state = STATES[at] as (typeof STATES)[number]
    const cityAt = (cities[at] as WeightedChoice).draw(random)
    const city = state.cities[cityAt] as (typeof state.cities)[number]
    // Each city has an equal slice of its state's prefixes; the squared draw crowds its centre.
    const slice = (state.zip[1] - state.zip[0] + 1) / state.cities.length
    const zip = Math.floor((state.zip[0] + slice * (cityAt + random.unit() ** 2)) / 5) * 5
    return {
      state: at,
      code: state.code,
      city: city.name,
      zip: String(zip).padStart(5, '0'),
      latitude: city.latitude,
      longitude: city.longitude,
    }
  }
}

export function stream(world: World, name: string): Random {
  return randomStream(world.seed, name)
}

export const CATEGORY_CHOICE = new WeightedChoice(CATEGORIES.map((c) => c.weight))

/** `YYYY-MM-DD HH:MM:SS`, UTC. */
export function timestamp(ms: number): string {
  const text = new Date(ms).toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 19)}`
}
