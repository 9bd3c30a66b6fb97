import type { Json } from '../aspect/proposal.js'
import { compact, type Row, text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import { parseUrn } from '../urn/urn.js'
import type { AspectProvenance, AspectVersion, ProvenanceAnswer } from './answers.js'
import { clampInteger, optionalText } from './argument.js'
import { entityNotFound, readNode } from './entity-lookup.js'
import { namesWithin } from './known-names.js'
import type { ProvenanceQuestion } from './questions.js'
import type { Snapshot } from './snapshot.js'
import { valueChanges } from './value-changes.js'

/** Changes of one version told at most. */
const MAX_CHANGES = 50

/**
 * Who said what is known of an entity, when, by which commit, and what was said before: the versions of
 * its aspects, newest first. Without an aspect: the newest version of each, and with one its history.
 */
export function provenance(snapshot: Snapshot, question: ProvenanceQuestion): ProvenanceAnswer {
  const urn = question.urn.trim()
  parseUrn(urn)
  const aspect = optionalText(question.aspect)
  const limit = clampInteger('limit', question.limit, {
    default: aspect === undefined ? 1 : 10,
    min: 1,
    max: 100,
  })
  const present = snapshot.rows('aspects_of', { urn }).map((row) => String(row['name']))
  if (present.length === 0) throw entityNotFound(urn, readNode(snapshot, urn) !== undefined)
  if (aspect !== undefined && !present.includes(aspect)) throw aspectNotFound(urn, aspect, present)
  const aspects = (aspect === undefined ? present : [aspect]).map((name) =>
    provenanceOf(snapshot, urn, name, limit),
  )
  const runs = urn.startsWith('urn:li:dataset:') ? snapshot.rows('runs_that_made', { urn }) : []
  return {
    urn,
    aspects,
    ...compact({ producedBy: runs.map((row) => runOf(row['entity'] as Row)) }),
    receipt: snapshot.receipt,
  }
}

function aspectNotFound(urn: string, aspect: string, present: readonly string[]): CatalogError {
  return new CatalogError('not-found', 'aspect_not_found', `Entity ${urn} has no aspect "${aspect}".`, {
    remedy: `Its aspects are ${namesWithin(present)}.`,
    details: { urn, aspect },
  })
}

function provenanceOf(snapshot: Snapshot, urn: string, aspect: string, limit: number): AspectProvenance {
  // One more than is shown, to say what the oldest shown one changed.
  const stored = snapshot.versions({ type: 'Aspect', id: JSON.stringify([urn, aspect]) }, limit + 1)
  const versions = stored.slice(0, limit).map(({ commit, value }, i): AspectVersion => {
    const older = stored[i + 1]
    const changes = older && valueChanges(jsonOf(older.value), jsonOf(value))
    const system = text(value['system'] as Json | undefined)
    return {
      commit: commit.id,
      at: commit.at,
      ...compact({
        actor: commit.actor ?? undefined,
        message: commit.message ?? undefined,
        branch: commit.branch === snapshot.commit.branch ? undefined : commit.branch,
        provenance: { ...commit.provenance } as Record<string, Json>,
        systemMetadata: system === undefined ? undefined : (JSON.parse(system) as Json),
      }),
      digest: String(value['digest']),
      ...(changes ? { changes: changes.slice(0, MAX_CHANGES) } : { first: true as const }),
      ...(changes && changes.length > MAX_CHANGES && { moreChanges: changes.length - MAX_CHANGES }),
    }
  })
  return { aspect, versions, ...(stored.length > limit && { hasMore: true as const }) }
}

function jsonOf(value: Readonly<Record<string, unknown>>): Json {
  return JSON.parse(String(value['text'])) as Json
}

function runOf(run: Row): { readonly urn: string; readonly name?: string; readonly result?: string } {
  return { urn: String(run['urn']), ...compact({ name: text(run['name']), result: text(run['result']) }) }
}
