import type { HealthCheck, RaisedIncident, RaiseIncident } from '@groundplane/catalog'
import type { RoleReport } from '@groundplane/protocol'
import { counted, listed, thousands } from '../judge/phrases.js'
import type { Culprit } from '../judge/suspects.js'
import type { Claim, EvidenceBook } from '../report/evidence.js'
import { meaning, proposeRemedy, type Remedy } from '../report/remedy.js'
import { hearClaims } from './claims-of-model.js'
import type { DetectiveFindings } from './detective.js'
import { Duty, type Shift } from './duty.js'
import type { Grounding } from './grounding-of-run.js'
import { withSeverity } from './reading.js'
import { citeCheck } from './reality-checker.js'

export interface FixerFindings {
  readonly remedies: readonly Remedy[]
  readonly causes: readonly Claim[]
  readonly elsewhere: readonly Claim[]
  readonly impact: readonly Claim[]
  readonly detection: readonly Claim[]
  readonly raised: readonly RaisedIncident[]
  readonly narrative: readonly Claim[]
  readonly role: RoleReport
}

export interface FixerTask {
  readonly runId: string
  readonly detective: DetectiveFindings
  readonly culprits: readonly Culprit[]
  readonly others: readonly Culprit[]
  readonly checkOf: (assertion: string) => HealthCheck | undefined
  readonly nameOf: (urn: string) => string
  readonly ownersOf: (urn: string) => readonly string[]
  readonly raise: (incidents: readonly RaiseIncident[]) => RaisedIncident[]
}

const SYSTEM = `You are the Fixer of an on-call crew. You get the confirmed causes of a data incident with their evidence ids.
Write a short postmortem: at most five statements on what happened, what it does to the people who read the data, and what to
do first. Every statement must cite evidence ids from the input; names and numbers that are not in the input are discarded
with their statement. Answer with one JSON object and nothing else: {"claims": [{"text": "...", "cites": ["A1", "L1"]}, ...]}`

/** Drafts what to do about the causes, and raises an incident on each faulty dataset in one commit. */
export async function fix(
  shift: Shift,
  task: FixerTask,
  book: EvidenceBook,
  grounding: Grounding,
): Promise<FixerFindings> {
  const duty = new Duty(shift, 'fixer', 'Draft the postmortem and what to do, and raise the incidents')
  const culprits = task.culprits.map((c) => enriched(c, task))
  const remedies = culprits.map((c) =>
    proposeRemedy(c, {
      sentence: shift.sentence,
      affected: reached(c, task),
      owners: task.ownersOf(c.suspect.urn),
    }),
  )
  const causes = culprits.map((c) => causeClaim(c, task, book))
  const elsewhere = task.others.map((c) => elsewhereClaim(enriched(c, task), task, book))
  const raised = await raise(duty, shift, task, remedies)
  const narrative = await narrate(duty, shift, { causes, remedies }, book, grounding)
  const created = raised.filter((r) => r.created).length
  const open = raised.length - created
  const role = duty.finish(
    raised.length === 0
      ? 'no incident to raise'
      : `${counted(created, 'incident')} raised${open > 0 ? `, ${open} open already` : ''}, ${counted(remedies.length, 'repair')} drafted`,
  )
  return {
    remedies,
    causes,
    elsewhere,
    impact: culprits.length > 0 ? [impactClaim(culprits, causes, task)] : [],
    detection: culprits.length > 0 ? [detectionClaim(culprits, shift, task, book)] : [],
    raised,
    narrative,
    role,
  }
}

function enriched(culprit: Culprit, task: FixerTask): Culprit {
  const assertion = withSeverity(culprit.failure.assertion, task.checkOf(culprit.failure.assertion.urn))
  return { ...culprit, failure: { ...culprit.failure, assertion } }
}

/** Names of the affected datasets a culprit feeds. */
function reached({ suspect, failure }: Culprit, { nameOf }: FixerTask): string[] {
  return failure.reaches.filter((urn) => urn !== suspect.urn).map(nameOf)
}

function causeClaim(culprit: Culprit, task: FixerTask, book: EvidenceBook): Claim {
  const { suspect, failure } = culprit
  const where = failure.assertion.column ? `${suspect.name}.${failure.assertion.column}` : suspect.name
  const feeds = reached(culprit, task)
  const check = task.checkOf(failure.assertion.urn)
  return {
    text: `${where}: ${meaning(failure.assertion)}; the reference has ${thousands(check?.reference.failed ?? 0)}.${feeds.length > 0 ? ` It feeds ${listed(feeds)}.` : ''}`,
    cites: [...(check ? [citeCheck(book, check)] : []), ...pathsOf(culprit, task, book)],
  }
}

/** Who reads wrong numbers: what is affected and everything else downstream of the causes. */
function impactClaim(culprits: readonly Culprit[], causes: readonly Claim[], task: FixerTask): Claim {
  const readers = new Set(culprits.flatMap((c) => c.failure.reaches.filter((urn) => urn !== c.suspect.urn)))
  const further = new Set(culprits.flatMap((c) => task.detective.downstream.get(c.suspect.urn) ?? []))
  for (const urn of readers) further.delete(urn)
  const names = [...readers].map(task.nameOf)
  const text =
    names.length > 0
      ? `Whoever reads ${listed(names)} gets wrong numbers or misses rows.`
      : `Whoever reads ${listed(culprits.map((c) => c.suspect.name))} gets wrong values or misses rows.`
  const rest =
    further.size > 0
      ? ` Further downstream of the same tables: ${listed([...further].map(task.nameOf))}.`
      : ''
  return { text: text + rest, cites: [...new Set(causes.flatMap((c) => c.cites))] }
}

function detectionClaim(
  culprits: readonly Culprit[],
  shift: Shift,
  task: FixerTask,
  book: EvidenceBook,
): Claim {
  const checks = culprits.flatMap((c) => task.checkOf(c.failure.assertion.urn) ?? [])
  const times = checks.flatMap((c) => c.production.at ?? []).sort()
  const when = times.length > 0 ? ` at ${times[0]}` : ''
  return {
    text: `By the checks recorded for ${shift.production}${when}; the same checks pass on ${shift.reference}. The data was not read again for this report.`,
    cites: checks.map((c) => citeCheck(book, c)),
  }
}

/** The lineage paths from each affected dataset to the culprit. */
function pathsOf({ suspect, failure }: Culprit, { detective }: FixerTask, book: EvidenceBook): string[] {
  return detective.upstreams
    .filter((up) => up.urn === suspect.urn && failure.reaches.includes(up.of))
    .map((up) =>
      book.lineage(up.path, failure.assertion.column ? ` (column ${failure.assertion.column})` : ''),
    )
}

function elsewhereClaim({ suspect, failure }: Culprit, task: FixerTask, book: EvidenceBook): Claim {
  const check = task.checkOf(failure.assertion.urn)
  return {
    text: `${suspect.name}: ${meaning(failure.assertion)}.`,
    cites: check ? [citeCheck(book, check)] : [],
  }
}

async function raise(
  duty: Duty,
  shift: Shift,
  task: FixerTask,
  remedies: readonly Remedy[],
): Promise<RaisedIncident[]> {
  if (remedies.length === 0) return []
  const incidents = remedies.map(
    (r): RaiseIncident => ({
      datasets: [r.dataset],
      title: r.title,
      description: `${r.description}\n\n${r.repair}\n\n${r.quarantine}`,
      assertion: r.assertion,
      runId: task.runId,
      priority: r.priority,
    }),
  )
  const raised = await duty.tools.call(
    'raise_incident',
    {
      incidents: incidents.map(({ datasets, title, assertion, priority }) => ({
        datasets,
        title,
        assertion,
        priority,
      })),
    },
    () => task.raise(incidents),
    (answer) =>
      `${answer.filter((i) => i.created).length} raised, ${answer.filter((i) => !i.created).length} open already`,
  )
  raised.forEach((incident, i) => {
    const remedy = remedies[i] as Remedy
    if (incident.created)
      shift.log.emit(
        'incident.raised',
        { incident: incident.urn, dataset: remedy.dataset, title: remedy.title },
        'fixer',
      )
    else duty.note(`${remedy.datasetName} has an open incident for this already.`)
  })
  return raised
}

async function narrate(
  duty: Duty,
  shift: Shift,
  found: { causes: readonly Claim[]; remedies: readonly Remedy[] },
  book: EvidenceBook,
  grounding: Grounding,
): Promise<Claim[]> {
  if (found.causes.length === 0) return []
  const input = {
    sentence: shift.sentence,
    causes: found.causes,
    repairs: found.remedies.map(({ title, repair }) => ({ title, repair })),
  }
  grounding.read(input)
  const answer = await duty.consult({ system: SYSTEM, question: JSON.stringify(input), tools: false })
  return answer ? hearClaims(duty, answer, book, grounding) : []
}
