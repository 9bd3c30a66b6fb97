import type { Row } from './catalogue-rows.js'
import { STATES } from './places.js'
import { type Random, sample, shuffle, WeightedChoice } from './random.js'
import { placeSource, stream, timestamp, type World } from './world.js'

/** Statuses with their exact number of orders; they add up to 99,441. */
const STATUSES = [
  ['delivered', 96_478],
  ['shipped', 1_107],
  ['canceled', 625],
  ['unavailable', 609],
  ['invoiced', 314],
  ['processing', 301],
  ['created', 5],
  ['approved', 2],
] as const
export const STATUS_NAMES = STATUSES.map(([name]) => name)
const DELIVERED = 0
const SHIPPED = 1
const CREATED = 6

/** Orders per month of a shop that starts in September 2016 and grows; November 2017 has Black Friday. */
const MONTHS: readonly (readonly [year: number, month: number, orders: number])[] = [
  [2016, 9, 4],
  [2016, 10, 324],
  [2016, 12, 1],
  [2017, 1, 800],
  [2017, 2, 1780],
  [2017, 3, 2680],
  [2017, 4, 2400],
  [2017, 5, 3700],
  [2017, 6, 3250],
  [2017, 7, 4030],
  [2017, 8, 4330],
  [2017, 9, 4290],
  [2017, 10, 4630],
  [2017, 11, 7540],
  [2017, 12, 5670],
  [2018, 1, 7270],
  [2018, 2, 6730],
  [2018, 3, 7210],
  [2018, 4, 6940],
  [2018, 5, 6870],
  [2018, 6, 6170],
  [2018, 7, 6290],
  [2018, 8, 6510],
  [2018, 9, 16],
  [2018, 10, 4],
]
const HOURS = new WeightedChoice([
  24, 12, 5, 3, 2, 2, 5, 12, 29, 47, 61, 65, 60, 65, 65, 65, 67, 61, 58, 60, 62, 62, 58, 41,
])

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Some people come back: 96,096 persons behind 99,441 customer rows. */
const PERSONS_PER_CUSTOMER = 96_096 / 99_441

export function* customerRows(world: World, count: number): Iterable<Row> {
  const random = stream(world, 'customers')
  const place = placeSource(random, 'customers')
  const persons: string[] = []
  const firstTimers = Math.round(count * PERSONS_PER_CUSTOMER)
  world.customers.state = new Uint8Array(count)
  for (let i = 0; i < count; i++) {
    const id = random.hex32()
    if (i < firstTimers) persons.push(random.hex32())
    const person = persons[i < firstTimers ? i : random.below(firstTimers)] as string
    const at = place()
    world.customers.ids.push(id)
    world.customers.state[i] = at.state
    yield [id, person, at.zip, at.city, at.code]
  }
}

/** Order i belongs to customer row i. */
export function* orderRows(world: World, count: number): Iterable<Row> {
  const random = stream(world, 'orders')
  const months = new WeightedChoice(MONTHS.map(([, , orders]) => orders))
  const { orders, customers } = world
  orders.status = statuses(count, random)
  orders.purchasedMs = new Float64Array(count)
  orders.deliveredMs = new Float64Array(count)
  orders.promisedMs = new Float64Array(count)
  orders.totalCents = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const status = orders.status[i] as number
    const id = random.hex32()
    const purchased = purchaseMoment(random, months)
    const approved = purchased + Math.exp(1 + 2.2 * random.normal()) * 60_000 * 8
    const handed =
      approved + (0.3 + 2.4 * random.unit() + (random.unit() < 0.1 ? 5 * random.unit() : 0)) * DAY_MS
    const far = STATES[customers.state[i] as number]?.code === 'SP' ? 0.65 : 1.15
    const delivered = handed + far * Math.exp(1.9 + 0.6 * random.normal()) * crowding(purchased) * DAY_MS
    const promised =
      Math.floor((purchased + (9 + 13 * far * (0.6 + random.unit())) * DAY_MS) / DAY_MS) * DAY_MS
    const arrives = status === DELIVERED
    const leaves = arrives || status === SHIPPED
    orders.ids.push(id)
    orders.purchasedMs[i] = purchased
    orders.promisedMs[i] = promised
    orders.deliveredMs[i] = arrives ? delivered : 0
    yield [
      id,
      customers.ids[i] as string,
      STATUS_NAMES[status] as string,
      timestamp(purchased),
      status === CREATED ? null : timestamp(approved),
      leaves ? timestamp(handed) : null,
      arrives ? timestamp(delivered) : null,
      timestamp(promised),
    ]
  }
}

/** Share of orders with no item: all unavailable and created ones, and some canceled. */
const ORDERS_WITHOUT_ITEMS = 775

/** Every order that has items has one; the rest of `count` fall on random orders in small bunches. */
export function* itemRows(world: World, count: number, sellerOf: (random: Random) => number): Iterable<Row> {
  const random = stream(world, 'items')
  const { orders, products, sellers } = world
  const perOrder = itemsPerOrder(world, count, random)
  const productAt = productsOfItems(products.ids.length, count, random)
  const sold = new Uint8Array(products.ids.length)
  for (let order = 0, item = 0; order < perOrder.length; order++) {
    const limit = timestamp((orders.purchasedMs[order] as number) + (3 + 4 * random.unit()) * DAY_MS)
    for (let line = 1; line <= (perOrder[order] as number); line++, item++) {
      const product = productAt[item] as number
      const usual = products.seller[product] as number
      const seller = sold[product] && random.unit() < 0.08 ? sellerOf(random) : usual
      sold[product] = 1
      const price = Math.max(
        85,
        Math.round((products.priceCents[product] as number) * (1 - 0.08 * random.unit() ** 3)),
      )
      const apart = sellers.state[seller] === world.customers.state[order] ? 1 : 1.7
      const freight = Math.round(
        (780 + (products.grams[product] as number) * 0.42) * apart * (0.85 + 0.3 * random.unit()),
      )
      orders.totalCents[order] = (orders.totalCents[order] as number) + price + freight
      yield [
        orders.ids[order] as string,
        line,
        products.ids[product] as string,
        sellers.ids[seller] as string,
        limit,
        price / 100,
        freight / 100,
      ]
    }
  }
}

function statuses(count: number, random: Random): Uint8Array {
  const all = new Uint8Array(count)
  let at = 0
  for (let status = STATUSES.length - 1; status > 0; status--) {
    const orders = (STATUSES[status] as (typeof STATUSES)[number])[1]
    all.fill(status, at, at + orders)
    at += orders
  }
  shuffle(all, random)
  return all
}

function purchaseMoment(random: Random, months: WeightedChoice): number {
  const [year, month] = MONTHS[months.draw(random)] as (typeof MONTHS)[number]
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const blackFriday = year === 2017 && month === 11 && random.unit() < 0.14
  const day = blackFriday ? 24 : 1 + random.below(days)
  return Date.UTC(year, month - 1, day, HOURS.draw(random)) + random.below(3600) * 1000
}

/** Carriers are slow after Black Friday and in the rain of February and March. */
function crowding(purchasedMs: number): number {
  const date = new Date(purchasedMs)
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth()
  if (month === 2017 * 12 + 10) return 1.35
  if (month === 2018 * 12 + 1 || month === 2018 * 12 + 2) return 1.45
  return month === 2017 * 12 + 11 || month === 2018 * 12 ? 1.15 : 1
}

function itemsPerOrder(world: World, count: number, random: Random): Uint8Array {
  const { status } = world.orders
  const perOrder = new Uint8Array(status.length).fill(1)
  let empty = 0
  for (const wanted of ['unavailable', 'created', 'canceled'] as const) {
    const code = STATUS_NAMES.indexOf(wanted)
    for (let i = 0; i < status.length && empty < ORDERS_WITHOUT_ITEMS; i++) {
      if (status[i] !== code) continue
      perOrder[i] = 0
      empty++
    }
  }
  let left = count - (status.length - empty)
  while (left > 0) {
    const order = random.below(status.length)
    if (perOrder[order] !== 1) continue
    const more = Math.min(left, 1 + Math.floor(random.unit() ** 4 * 5))
    perOrder[order] = 1 + more
    left -= more
  }
  return perOrder
}

/** Every product is sold at least once; a few are sold very often. */
function productsOfItems(products: number, items: number, random: Random): Uint32Array {
  const popularity = new WeightedChoice(
    Array.from({ length: products }, () => Math.exp(1.6 * random.normal())),
  )
  const productAt = new Uint32Array(items)
  for (let i = 0; i < items; i++) productAt[i] = i < products ? i : popularity.draw(random)
  shuffle(productAt, random)
  return productAt
}

const INSTALMENTS = new WeightedChoice([33, 13, 12, 9, 7, 5, 2.5, 5.5, 1, 7])
const FIRST_MEANS = new WeightedChoice([75.5, 19.8, 3.1, 1.6])
const MEANS = ['credit_card', 'boleto', 'voucher', 'debit_card'] as const

/** One payment per order, and vouchers on top of some until there are `count`. They add up to the order. */
export function* paymentRows(world: World, count: number): Iterable<Row> {
  const random = stream(world, 'payments')
  const { orders } = world
  const perOrder = new Uint8Array(orders.ids.length).fill(1)
  for (let left = count - perOrder.length; left > 0; left--) {
    // Half of the vouchers join another voucher's order.
    let order = random.below(perOrder.length)
    if (left % 2 === 0)
      while ((perOrder[order] as number) < 2 && random.unit() < 0.9999) order = (order + 1) % perOrder.length
    perOrder[order] = (perOrder[order] as number) + 1
  }
  for (let order = 0; order < perOrder.length; order++) {
    const payments = perOrder[order] as number
    let left = orders.totalCents[order] || 1_500 + random.below(30_000)
    for (let n = 1; n <= payments; n++) {
      const means = payments === 1 ? FIRST_MEANS.draw(random) : n === 1 ? 0 : 2
      // Leaves at least a cent for each payment to come.
      const part = Math.max(1, Math.round(left * (0.3 + 0.5 * random.unit())))
      const value = n === payments ? left : Math.min(part, left - (payments - n))
      left -= value
      yield [
        orders.ids[order] as string,
        n,
        MEANS[means] as string,
        means === 0 ? 1 + INSTALMENTS.draw(random) : 1,
        value / 100,
      ]
    }
  }
}

/** Orders nobody reviewed. Some of the others are reviewed twice, until there are `count` reviews. */
const ORDERS_WITHOUT_REVIEW = 768

const HAPPY = new WeightedChoice([7, 2.5, 8, 20.5, 62])
const LATE = new WeightedChoice([54, 8, 12, 9, 17])
const NEVER_CAME = new WeightedChoice([66, 8, 10, 6, 10])
const TITLES = [
  ['nao recebi', 'pessimo'],
  ['produto errado', 'nao gostei'],
  ['regular', 'ok'],
  ['bom', 'gostei'],
  ['recomendo', 'super recomendo', 'excelente', 'otimo'],
]
const MESSAGES = [
  [
    'Ainda nao recebi o produto e ninguem responde.',
    'Veio com defeito, quero meu dinheiro de volta.',
    'Comprei dois e entregaram apenas um.',
  ],
  ['O produto e diferente da foto.', 'Demorou muito para chegar.', 'A qualidade deixou a desejar.'],
  ['Chegou no prazo, mas a embalagem veio amassada.', 'Produto razoavel pelo preco.', 'Faltou o manual.'],
  ['Bom produto, entrega um pouco demorada.', 'Gostei, atende ao que preciso.', 'Entrega rapida.'],
  [
    'Chegou antes do prazo, muito bem embalado.',
    'Excelente produto, recomendo a loja.',
    'Tudo perfeito, comprarei novamente.',
    'Produto de otima qualidade.',
  ],
]

export function* reviewRows(world: World, count: number): Iterable<Row> {
  const random = stream(world, 'reviews')
  const orders = world.orders.ids.length
  const perOrder = new Uint8Array(orders).fill(1)
  for (const order of sample(ORDERS_WITHOUT_REVIEW, orders, random)) perOrder[order] = 0
  for (let left = count - (orders - ORDERS_WITHOUT_REVIEW); left > 0; ) {
    const order = random.below(orders)
    if (perOrder[order] !== 1) continue
    perOrder[order] = 2
    left--
  }
  for (let order = 0; order < orders; order++) {
    for (let n = 0; n < (perOrder[order] as number); n++) yield review(world, order, random)
  }
}

function review(world: World, order: number, random: Random): Row {
  const delivered = world.orders.deliveredMs[order] as number
  const promised = world.orders.promisedMs[order] as number
  const mood = delivered === 0 ? NEVER_CAME : delivered > promised ? LATE : HAPPY
  const score = mood.draw(random)
  const asked = Math.floor((delivered || promised) / DAY_MS + 1) * DAY_MS
  const writes = random.unit() < (score < 2 ? 0.75 : score < 4 ? 0.4 : 0.33)
  const titles = TITLES[score] as string[]
  const messages = MESSAGES[score] as string[]
  return [
    random.hex32(),
    world.orders.ids[order] as string,
    score + 1,
    writes && random.unit() < 0.28 ? (titles[random.below(titles.length)] as string) : null,
    writes ? (messages[random.below(messages.length)] as string) : null,
    timestamp(asked),
    timestamp(asked + (0.2 + 4 * random.unit() ** 2) * DAY_MS),
  ]
}
