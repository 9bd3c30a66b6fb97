import { quoteIdent } from '../compile/sql.js'
import { addEnd, removeEnd, setBirths } from '../storage/effects.js'
import type { WriteEnvironment } from '../write/commit-writer.js'
import type { Findings } from './repair-report.js'
import type { VersionTable } from './verify-history.js'

/**
 * The versions of one table against the commits that bore and ended them; then
 * `births`, `ends`, `hidden` and the entity counter against the versions.
 */
export function verifyVersions(env: WriteEnvironment, table: VersionTable, findings: Findings): void {
  const check = new VersionCheck(env, table, findings)
  check.commits()
  check.entities()
  check.births()
  check.ends()
  check.hidden()
  check.counter()
}

class VersionCheck {
  readonly #db
  readonly #table: VersionTable
  readonly #name: string
  readonly #findings: Findings

  constructor({ db }: WriteEnvironment, table: VersionTable, findings: Findings) {
    this.#db = db
    this.#table = table
    this.#name = quoteIdent(table.physical)
    this.#findings = findings
    findings.count('versions', db.prepare(`SELECT COUNT(*) FROM ${this.#name}`).pluck().get() as number)
  }

  #all<T>(text: string): T[] {
    return this.#db.prepare(text).all(...(text.includes('@tid') ? [{ tid: this.#table.tid }] : [])) as T[]
  }

  commits(): void {
    for (const end of ['born', 'ended'] as const) {
      const rows = this.#all<{ vid: number; id: string; seq: number }>(
        `SELECT t.vid, t.id, t.${end} AS seq FROM ${this.#name} t LEFT JOIN commits c ON c.seq = t.${end}
         WHERE t.${end} IS NOT NULL AND (c.seq IS NULL OR c.br <> t.br OR (t.ended IS NOT NULL AND t.ended <= t.born)) LIMIT 100`,
      )
      for (const { vid, id, seq } of rows)
        this.#findings.wrong(
          'repair_version',
          this.#table.physical,
          `Version ${vid} of ${JSON.stringify(id)} says it was ${end} by commit number ${seq}, which its branch does not have.`,
        )
    }
  }

  /** One id per entity number; at most one version of an entity at a time on a branch. */
  entities(): void {
    const rows = this.#all<{ vid: number; id: string; why: string }>(
      `SELECT vid, id, CASE WHEN id <> before_id THEN 'has the number of another entity' ELSE 'overlaps an older version' END AS why
       FROM (SELECT vid, id, born, LAG(vid) OVER w AS before_vid, LAG(id) OVER w AS before_id, LAG(ended) OVER w AS before_ended
             FROM ${this.#name} WINDOW w AS (PARTITION BY br, eid ORDER BY born, vid))
       WHERE before_vid IS NOT NULL AND (before_ended IS NULL OR before_ended > born OR id <> before_id) LIMIT 100`,
    )
    for (const { vid, id, why } of rows)
      this.#findings.wrong(
        'repair_version',
        this.#table.physical,
        `Version ${vid} of ${JSON.stringify(id)} ${why}.`,
      )
  }

  births(): void {
    const rows = this.#all<{ born: number; first: number; last: number; known: number | null }>(
      `SELECT v.born, v.first, v.last, b.first_vid AS known
       FROM (SELECT born, MIN(vid) AS first, MAX(vid) AS last FROM ${this.#name} GROUP BY born) v
       LEFT JOIN all_births b ON b.seq = v.born AND b.tid = @tid
       WHERE b.seq IS NULL OR b.first_vid > v.first OR b.last_vid < v.last`,
    )
    for (const { born, first, last, known } of rows) {
      setBirths(this.#db, born, this.#table.tid, { first, last })
      this.#rebuilt('births', born, known === null ? 'written, it was missing' : 'corrected')
    }
    const childless = this.#all<{ seq: number }>(
      `SELECT b.seq FROM all_births b WHERE b.tid = @tid AND NOT EXISTS
         (SELECT 1 FROM ${this.#name} t WHERE t.vid BETWEEN b.first_vid AND b.last_vid AND t.born = b.seq)`,
    )
    for (const { seq } of childless) this.#lost(seq, 'bore')
  }

  ends(): void {
    const missing = this.#all<{ seq: number; vid: number; br: number }>(
      `SELECT t.ended AS seq, t.vid, t.br FROM ${this.#name} t WHERE t.ended IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM all_ends e WHERE e.seq = t.ended AND e.tid = @tid AND e.vid = t.vid AND e.br = t.br)`,
    )
    this.#addEnds(missing)
    const stale = this.#all<{ seq: number; vid: number }>(
      `SELECT e.seq, e.vid FROM all_ends e JOIN ${this.#name} t ON t.vid = e.vid
       WHERE e.tid = @tid AND e.br = t.br AND t.ended IS NOT e.seq`,
    )
    for (const { seq, vid } of stale) {
      removeEnd(this.#db, seq, this.#table.tid, vid)
      this.#rebuilt('ends', seq, `version ${vid} taken out, it goes on`)
    }
    const lost = this.#all<{ seq: number }>(
      `SELECT e.seq FROM all_ends e WHERE e.tid = @tid AND NOT EXISTS (SELECT 1 FROM ${this.#name} t WHERE t.vid = e.vid) LIMIT 100`,
    )
    for (const { seq } of lost) this.#lost(seq, 'ended')
  }

  /** A version hidden by a branch is in `hidden` and in `ends`: what one lacks the other restores. */
  hidden(): void {
    const unended = this.#all<{ seq: number; vid: number; br: number }>(
      `SELECT h.seq, h.vid, h.br FROM hidden h JOIN ${this.#name} t ON t.vid = h.vid JOIN commits c ON c.seq = h.seq AND c.br = h.br
       WHERE h.tid = @tid AND t.br <> h.br
       AND NOT EXISTS (SELECT 1 FROM all_ends e WHERE e.seq = h.seq AND e.tid = @tid AND e.vid = h.vid AND e.br = h.br)`,
    )
    this.#addEnds(unended)
    const shown = this.#all<{ seq: number; vid: number; br: number }>(
      `SELECT e.seq, e.vid, e.br FROM all_ends e JOIN ${this.#name} t ON t.vid = e.vid JOIN commits c ON c.seq = e.seq AND c.br = e.br
       WHERE e.tid = @tid AND t.br <> e.br
       AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.tid = @tid AND h.vid = e.vid AND h.br = e.br)`,
    )
    const hide = this.#db.prepare('INSERT INTO hidden(br, tid, vid, seq) VALUES (?, ?, ?, ?)')
    for (const { seq, vid, br } of shown) {
      hide.run(br, this.#table.tid, vid, seq)
      this.#rebuilt('hidden', seq, `version ${vid} hidden on its branch again`)
    }
    const wrong = this.#all<{ seq: number; vid: number }>(
      `SELECT h.seq, h.vid FROM hidden h LEFT JOIN ${this.#name} t ON t.vid = h.vid LEFT JOIN commits c ON c.seq = h.seq AND c.br = h.br
       WHERE h.tid = @tid AND (t.vid IS NULL OR c.seq IS NULL OR t.br = h.br) LIMIT 100`,
    )
    for (const { seq, vid } of wrong)
      this.#findings.wrong(
        'repair_version',
        this.#table.physical,
        `Commit number ${seq} hides version ${vid}, which is not there to hide.`,
      )
  }

  /** A number given twice would make two entities one. */
  counter(): void {
    const { next, most } = this.#db
      .prepare(
        `SELECT next_eid AS next, COALESCE((SELECT MAX(eid) FROM ${this.#name}), 0) AS most FROM types WHERE tid = ?`,
      )
      .get(this.#table.tid) as { next: number; most: number }
    if (next > most) return
    this.#db.prepare('UPDATE types SET next_eid = ? WHERE tid = ?').run(most + 1, this.#table.tid)
    this.#findings.fixed('entity counter', this.#table.physical, `raised from ${next} to ${most + 1}`)
  }

  #addEnds(rows: readonly { seq: number; vid: number; br: number }[]): void {
    for (const { seq, vid, br } of rows) {
      addEnd(this.#db, { seq, tid: this.#table.tid, vid, br })
      this.#rebuilt('ends', seq, `version ${vid} written, it was missing`)
    }
  }

  #rebuilt(structure: string, seq: number, action: string): void {
    this.#findings.rebuiltSeqs.add(seq)
    this.#findings.fixed(structure, `${this.#table.physical}, commit number ${seq}`, action)
  }

  #lost(seq: number, did: string): void {
    this.#findings.wrong(
      'repair_version_missing',
      this.#table.physical,
      `Commit number ${seq} ${did} a version in ${this.#table.physical} that is gone.`,
    )
  }
}
