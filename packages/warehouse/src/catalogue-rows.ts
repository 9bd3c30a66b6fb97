import { CATEGORIES } from './categories.js'
import { WeightedChoice } from './random.js'
import { CATEGORY_CHOICE, placeSource, stream, type World } from './world.js'

/** One row, in the order of the table's columns. */
export type Row = readonly (string | number | null)[]

export function* translationRows(): Iterable<Row> {
  for (const category of CATEGORIES) yield [category.name, category.english]
}

/** Several sightings per postal code prefix, scattered around its city. */
export function* geolocationRows(world: World, count: number): Iterable<Row> {
  const random = stream(world, 'geolocation')
  const place = placeSource(random, 'customers')
  for (let i = 0; i < count; i++) {
    const at = place()
    const latitude = at.latitude + 0.05 * random.normal()
    const longitude = at.longitude + 0.05 * random.normal()
    yield [at.zip, Math.round(latitude * 1e6) / 1e6, Math.round(longitude * 1e6) / 1e6, at.city, at.code]
  }
}

export function* sellerRows(world: World, count: number): Iterable<Row> {
  const random = stream(world, 'sellers')
  const place = placeSource(random, 'sellers')
  world.sellers.state = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const id = random.hex32()
    const at = place()
    world.sellers.ids.push(id)
    world.sellers.state[i] = at.state
    yield [id, at.zip, at.city, at.code]
  }
}

/** A few sellers offer most products, and every seller offers at least one. */
export function* productRows(world: World, count: number): Iterable<Row> {
  const random = stream(world, 'products')
  const sellers = sellerChoice(world)
  const { products } = world
  products.priceCents = new Float64Array(count)
  products.grams = new Float64Array(count)
  products.seller = new Uint16Array(count)
  for (let i = 0; i < count; i++) {
    const id = random.hex32()
    const category = CATEGORIES[CATEGORY_CHOICE.draw(random)] as (typeof CATEGORIES)[number]
    const price = Math.min(6_700, Math.max(2, category.price * Math.exp(0.75 * random.normal() - 0.1)))
    const grams = Math.min(30_000, Math.max(50, Math.round(category.grams * Math.exp(0.8 * random.normal()))))
    const side = Math.cbrt(grams * 4)
    products.ids.push(id)
    products.priceCents[i] = Math.round(price) * 100 - (random.below(2) ? 10 : 1)
    products.grams[i] = grams
    products.seller[i] = i < world.sellers.ids.length ? i : sellers.draw(random)
    yield [
      id,
      category.name,
      20 + random.below(44),
      Math.round(Math.exp(6.4 + 0.7 * random.normal())),
      1 + Math.floor(random.unit() ** 2 * 8),
      grams,
      centimetres(side * (1 + random.unit())),
      centimetres(side * (0.4 + random.unit())),
      centimetres(side * (0.6 + random.unit())),
    ]
  }
}

/** Popularity falls with rank, as it does in marketplaces. */
export function sellerChoice(world: World): WeightedChoice {
  return new WeightedChoice(world.sellers.ids.map((_, rank) => 1 / (rank + 12) ** 0.85))
}

function centimetres(value: number): number {
  return Math.min(105, Math.max(2, Math.round(value)))
}
