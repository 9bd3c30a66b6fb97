import { join, raw, type Sql, sql, trusted } from './sql.js'

interface Table {
  readonly alias: string
  readonly sql: Sql
}

/** What a walk reaches, as a table of a block. */
export interface Reach extends Table {
  /** The walk starts at what this alias holds. */
  readonly from: string
  /** The table whose rows it chooses. Null: nobody reads them, or something else chooses them as narrowly. */
  readonly to: string | null
}

/** A walk with what is held behind it. */
interface Leading {
  readonly reach: Reach
  readonly to: string
}

/**
 * The tables of one block. SQLite orders them, but for one thing: rows that a
 * walk chooses come after the walk, with whatever hangs on them. Their number is
 * not known before it is done, and SQLite, left to itself, may do the walk once for
 * each row that could be its end.
 *
 * `CROSS JOIN` holds a table behind everything to its left, and SQLite finds no
 * row on the left by one on the right: not in an index, and a table function is
 * taken to have been given nothing. So parts of the block that only walks connect
 * stand one behind the other, each whole, in the direction of the walks.
 */
export class JoinList {
  readonly #tables: Table[] = []
  readonly #reaches: Reach[] = []
  readonly #parts = new Parts()
  readonly #weakLinks: (readonly [string, string])[] = []

  add(alias: string, table: Sql): void {
    this.#tables.push({ alias, sql: table })
  }

  addReach(reach: Reach): void {
    this.#reaches.push(reach)
  }

  /** A hop joins two tables. */
  link(one: string, other: string): void {
    this.#parts.join(one, other)
  }

  /** An equality joins two tables, where no walk does. */
  linkWeakly(one: string, other: string): void {
    this.#weakLinks.push([one, other])
  }

  get length(): number {
    return this.#tables.length + this.#reaches.length
  }

  /** What stands behind `FROM`; empty for no tables. */
  toSql(): Sql {
    const parts = this.#partsJoined()
    const order = new Order(this.#tables, this.#reaches, parts)
    let open = this.#leading(parts)
    const reached = new Set(open.map(({ to }) => parts.of(to)))
    for (const { alias } of this.#tables) if (!reached.has(parts.of(alias))) order.place(alias)
    while (open.length > 0) {
      const ready = open.find(({ reach }) => !open.some(({ to }) => parts.of(to) === parts.of(reach.from)))
      // Where walks lead round in a circle it is broken at the first.
      const next = ready ?? (open[0] as Leading)
      order.placeWalk(next)
      open = open.filter((o) => o !== next)
    }
    for (const { alias } of this.#reaches) order.place(alias)
    return order.toSql()
  }

  /** Of a walk whose ends nobody reads, it is the first hop on from there that is held. */
  #leading(parts: Parts): Leading[] {
    return this.#reaches.flatMap((reach): Leading[] => {
      const to = reach.to ?? this.#tables.find((t) => parts.of(t.alias) === parts.of(reach.alias))?.alias
      return to === undefined || parts.of(to) === parts.of(reach.from) ? [] : [{ reach, to }]
    })
  }

  #partsJoined(): Parts {
    let parts = this.#parts
    for (const [one, other] of this.#weakLinks) {
      const joined = parts.copy()
      joined.join(one, other)
      if (this.#leading(joined).length === this.#leading(parts).length) parts = joined
    }
    return parts
  }
}

/** Which tables hang together: disjoint sets of aliases, each named by one of them. */
class Parts {
  readonly #next: Map<string, string>

  constructor(next: ReadonlyMap<string, string> = new Map()) {
    this.#next = new Map(next)
  }

  of(alias: string): string {
    const next = this.#next.get(alias)
    return next === undefined ? alias : this.of(next)
  }

  join(one: string, other: string): void {
    const [a, b] = [this.of(one), this.of(other)]
    if (a !== b) this.#next.set(a, b)
  }

  copy(): Parts {
    return new Parts(this.#next)
  }
}

/** Tables in the order they are written in, each once. */
class Order {
  readonly #tables: readonly Table[]
  readonly #reaches: readonly Reach[]
  readonly #parts: Parts
  readonly #placed = new Map<string, Sql>()

  constructor(tables: readonly Table[], reaches: readonly Reach[], parts: Parts) {
    this.#tables = tables
    this.#reaches = reaches
    this.#parts = parts
  }

  /** A walk stands behind what it starts from. What belongs to an enclosing block is not placed here. */
  place(alias: string, how: ' JOIN ' | ' CROSS JOIN ' = ' JOIN '): void {
    if (this.#placed.has(alias)) return
    const reach = this.#reaches.find((r) => r.alias === alias)
    if (reach) this.place(reach.from)
    const found = reach ?? this.#tables.find((t) => t.alias === alias)
    if (found) this.#placed.set(alias, this.#placed.size === 0 ? found.sql : sql`${trusted(how)}${found.sql}`)
  }

  /** The walk, held behind it what it chooses, and the rest of that part. */
  placeWalk({ reach, to }: Leading): void {
    this.place(reach.alias)
    this.place(to, ' CROSS JOIN ')
    const part = this.#parts.of(to)
    for (const { alias } of this.#tables) if (this.#parts.of(alias) === part) this.place(alias)
  }

  toSql(): Sql {
    return join([...this.#placed.values()], '')
  }
}

/** A JSON array, or null, as a table with the column `value`. */
export function eachOf(list: Sql, alias: string): Sql {
  return sql`json_each(${list}) ${raw(alias)}`
}
