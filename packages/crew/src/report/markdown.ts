import type { Receipt } from '@groundplane/core'
import type { ReportCheck, RoleReport, Suspect } from '@groundplane/protocol'
import { thousands } from '../judge/phrases.js'
import type { Claim, Evidence, EvidenceBook, EvidenceId } from './evidence.js'
import type { Remedy } from './remedy.js'

/** Everything the report tells, already judged. Claims here are cited; the caller dropped the others. */
export interface ReportContent {
  readonly runId: string
  readonly sentence: string
  readonly reference: string
  readonly production: string
  readonly summary: readonly Claim[]
  /** What models added; empty without models. */
  readonly narrative: readonly { readonly role: string; readonly claims: readonly Claim[] }[]
  readonly causes: readonly Claim[]
  /** Names of the affected datasets a cause reaches. */
  readonly wrong: readonly string[]
  readonly impact: readonly Claim[]
  readonly detection: readonly Claim[]
  readonly elsewhere: readonly Claim[]
  /** Failures that reach what the sentence is about and are not known to be new. */
  readonly standing: readonly Claim[]
  readonly affected: readonly { readonly urn: string; readonly name: string; readonly why: string }[]
  readonly suspects: readonly (Pick<Suspect, 'urn' | 'score' | 'why'> & { readonly name: string })[]
  readonly checks: readonly ReportCheck[]
  readonly remedies: readonly Remedy[]
  readonly incidents: readonly { readonly urn: string; readonly name: string; readonly created: boolean }[]
  readonly blast: readonly {
    readonly name: string
    readonly readers: readonly string[]
    readonly owners: readonly string[]
  }[]
  readonly nothing?: readonly string[]
  readonly roles: readonly RoleReport[]
  readonly receipt: Receipt
  readonly nameOf: (urn: string) => string
  /** Names of datasets, columns and assertions, to be set as code. */
  readonly names: ReadonlySet<string>
}

/** The report as Markdown. Footnotes number the evidence in order of first use. */
export function renderReport(content: ReportContent, book: EvidenceBook): string {
  const prose = proseWith(content.names)
  const notes = new Footnotes(book, prose)
  const out: string[] = [`# ${escapeText(content.sentence)}`, '']
  out.push(
    `Run \`${content.runId}\` · production \`${content.production}\` against reference \`${content.reference}\``,
    '',
  )
  for (const claim of content.summary) out.push(notes.cite(claim), '')
  if (content.nothing) out.push(...content.nothing, '')
  for (const { role, claims } of content.narrative) {
    if (claims.length > 0)
      out.push(`## In the words of the ${role}`, '', ...claims.map((c) => `- ${notes.cite(c)}`), '')
  }
  section(
    out,
    'What is wrong',
    content.causes.map((claim, i) => `${i + 1}. ${notes.cite(claim)}`),
  )
  section(out, 'What it reaches', blastTable(content))
  section(
    out,
    'What the sentence is about',
    content.affected.map((a) => `- \`${a.name}\`: ${prose(a.why)}`),
  )
  section(
    out,
    'Suspects, most likely first',
    content.suspects.map((s, i) => `${i + 1}. **${s.score.toFixed(2)}** \`${s.name}\`: ${prose(s.why)}`),
  )
  section(out, 'Checks', checkTable(content))
  section(
    out,
    'Also failing, but not what the sentence describes',
    content.elsewhere.map((c) => `- ${notes.cite(c)}`),
  )
  section(
    out,
    'Failing there, but not known to be new',
    content.standing.map((c) => `- ${notes.cite(c)}`),
  )
  section(
    out,
    'Incidents',
    content.incidents.map(
      (i) => `- \`${i.name}\`: ${i.created ? 'raised' : 'was open already'} (\`${i.urn}\`)`,
    ),
  )
  section(out, 'Postmortem, draft', postmortemLines(content, notes, prose))
  section(out, 'Quarantine, draft', quarantineLines(content))
  section(out, 'Message for the chat', chatLines(content))
  section(out, 'Evidence', notes.lines(content.nameOf))
  section(out, 'How this was found', content.roles.map(roleLine))
  return `${out
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`
}

function section(out: string[], title: string, lines: readonly string[]): void {
  if (lines.length > 0) out.push(`## ${title}`, '', ...lines, '')
}

function blastTable({ blast }: ReportContent): string[] {
  if (blast.length === 0) return []
  return [
    '| Faulty | Read by | Who should know |',
    '|---|---|---|',
    ...blast.map(
      (b) =>
        `| \`${b.name}\` | ${b.readers.map((r) => `\`${r}\``).join(', ') || 'nothing known'} | ${b.owners.join(', ') || 'no owner recorded'} |`,
    ),
  ]
}

function checkTable({ checks, reference, production, nameOf }: ReportContent): string[] {
  if (checks.length === 0) return []
  const side = (s: ReportCheck['reference']) => {
    if (s.result === null) return s.assertion === null ? 'not declared' : 'never run'
    if (s.result === 'SUCCESS') return 'pass'
    if (s.result === 'FAILURE') return `**fail, ${thousands(s.failed ?? 0)}**`
    return s.result === 'ERROR' ? '**could not run**' : 'never run'
  }
  const dated = (s: ReportCheck['reference']) => `${side(s)}${s.stale ? ' (stale)' : ''}`
  return [
    `| Assertion | Where | ${reference} | ${production} | Verdict |`,
    '|---|---|---|---|---|',
    ...checks.map((c) => {
      const where = c.column ? `${nameOf(c.dataset)}.${c.column}` : nameOf(c.dataset)
      const verdict = c.verdict === 'both-pass' ? c.verdict : `**${c.verdict}**`
      return `| ${c.assertion} | \`${where}\` | ${dated(c.reference)} | ${dated(c.production)} | ${verdict}${c.inScope ? '' : ' (elsewhere)'} |`
    }),
  ]
}

function postmortemLines(
  { remedies, impact, detection }: ReportContent,
  notes: Footnotes,
  prose: Prose,
): string[] {
  if (remedies.length === 0) return []
  const unowned = 'no owner recorded'
  return [
    ...impact.map((claim) => `**Impact.** ${notes.cite(claim)}`),
    '',
    ...detection.map((claim) => `**Detection.** ${notes.cite(claim)}`),
    '',
    '**Actions**',
    '',
    ...remedies.map((r) => `- [ ] ${r.owners.join(', ') || unowned}: ${prose(r.repair)}`),
    ...remedies.map(
      (r) =>
        `- [ ] ${r.owners.join(', ') || unowned}: find the load that did it to ${prose(r.datasetName)}, and what let it through.`,
    ),
  ]
}

function quarantineLines({ remedies }: ReportContent): string[] {
  if (remedies.length === 0) return []
  const shows = remedies.some((r) => r.quarantine.startsWith('CREATE VIEW'))
  return [
    shows
      ? 'Shows the bad rows by themselves, so that readers can leave them out until they are repaired. Nobody has run it.'
      : 'No view can set the fault aside; why is said below.',
    '',
    '```sql',
    remedies.map((r) => r.quarantine).join('\n\n'),
    '```',
  ]
}

function chatLines({ remedies, sentence, blast, runId, wrong }: ReportContent): string[] {
  if (remedies.length === 0) return []
  const owners = [...new Set(blast.flatMap((b) => b.owners))]
  return [
    '```text',
    `Incident: ${sentence.replaceAll('```', "'''")}`,
    ...remedies.map((r) => `• ${r.title}`),
    ...(wrong.length > 0 ? [`Do not trust: ${wrong.join(', ')}`] : []),
    ...(owners.length > 0 ? [`Please look: ${owners.join(', ')}`] : []),
    `Details: run ${runId}`,
    '```',
  ]
}

function roleLine(role: RoleReport): string {
  const ms = Date.parse(role.endedAt) - Date.parse(role.startedAt)
  const cost = role.tokens > 0 ? `, ${thousands(role.tokens)} tokens, $${role.costUsd.toFixed(4)}` : ''
  return `- ${role.role}: ${role.mode}, ${ms} ms${cost}${role.note ? `. ${escapeText(role.note)}` : ''}`
}

class Footnotes {
  readonly #book: EvidenceBook
  readonly #prose: Prose
  readonly #numbers = new Map<EvidenceId, number>()

  constructor(book: EvidenceBook, prose: Prose) {
    this.#book = book
    this.#prose = prose
  }

  cite(claim: Claim): string {
    const marks = claim.cites.map((id) => {
      const number = this.#numbers.get(id) ?? this.#numbers.size + 1
      this.#numbers.set(id, number)
      return `[${number}]`
    })
    return `${this.#prose(claim.text)} ${marks.join('')}`
  }

  lines(nameOf: (urn: string) => string): string[] {
    return [...this.#numbers].map(
      ([id, number]) => `- [${number}] ${describe(this.#book.get(id) as Evidence, nameOf)}`,
    )
  }
}

function describe(item: Evidence, nameOf: (urn: string) => string): string {
  if (item.kind === 'assertion') return `${item.label}: \`${item.urn}\``
  if (item.kind === 'lineage')
    return `lineage: ${item.path.map((urn) => `\`${nameOf(urn)}\``).join(' ← ')}${item.label}`
  return `commit \`${item.commit}\` of graph \`${item.graph}\`, ${item.at}`
}

/** Keeps a sentence, or a model's text, from becoming headings, links, tables or HTML. */
export function escapeText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*[\]<>|#]/g, (c) => `\\${c}`)
}

type Prose = (text: string) => string

const TECHNICAL = '[A-Za-z][A-Za-z0-9]*(?:[_.][A-Za-z0-9]+)*_[A-Za-z0-9_]+(?:\\.[A-Za-z0-9_]+)*'

/** Words our own sentences use; a column of that name is left as it is rather than have prose look like code. */
const PLAIN = new Set(
  `a and assertion check column commit data description fail fails failing in is it length missing name new no not of on
  or owner production range read reference result row rows run sentence side table tag term text the to type unknown value values`.split(
    /\s+/,
  ),
)

/** Text with its technical names (`v_product_sales`, `orders.price`, and the `names` given) set as code. */
function proseWith(names: ReadonlySet<string>): Prose {
  const plain = [...names]
    .filter((name) => /^[\p{L}\p{N}_.-]+$/u.test(name) && !PLAIN.has(name.toLowerCase()))
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replaceAll('.', '\\.'))
  const known = plain.length > 0 ? `|(?:${plain.join('|')})(?:\\.[A-Za-z_][A-Za-z0-9_]*)*` : ''
  // Not inside a longer word, and not what somebody is quoted with.
  const name = new RegExp(`(?<![\\p{L}\\p{N}_."-])(?:${TECHNICAL}${known})(?![\\p{L}\\p{N}_"-])`, 'gu')
  return (text) => escapeText(text).replace(name, '`$&`')
}
