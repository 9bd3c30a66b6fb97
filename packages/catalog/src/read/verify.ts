import { GroundplaneError } from '@groundplane/core'
import type { Json, JsonObject } from '../aspect/proposal.js'
import { compact, entityOf, type Row } from '../aspect/row.js'
import { typeLabel } from '../model/entity-type.js'
import { CatalogError } from '../model/error.js'
import { parseUrn } from '../urn/urn.js'
import type { VerifyAnswer } from './answers.js'
import { optionalText } from './argument.js'
import { type Decision, FIELD_CLAIMS, LINEAGE_CLAIMS, RELATION_CLAIMS, RELATION_NAMES } from './claims.js'
import { entityNotFound, isDescribed, readNode, requireColumn } from './entity-lookup.js'
import type { VerifyQuestion } from './questions.js'
import type { Snapshot } from './snapshot.js'
import type { Steps } from './steps.js'

/** Names of the aspects that an entity had at a commit. */
type AspectNamesAt = (urn: string, commit: string) => readonly string[]

/**
 * Whether a claim or a citation holds at the commit that is read. What nobody has stated is `unknown`,
 * not false: a table without an owner aspect may well have an owner. An entity that does not exist is an
 * error, for no claim can be about it.
 */
export function* verify(
  snapshot: Snapshot,
  question: VerifyQuestion,
  namesAt: AspectNamesAt,
): Steps<VerifyAnswer> {
  const { receipt, relation } = question
  const entity = optionalText(question.entity)
  if (relation === undefined && receipt === undefined)
    throw invalid(
      'Nothing is claimed.',
      `Give entity, relation (${RELATION_NAMES.join(', ')}) and value, or a receipt.`,
    )
  if (relation !== undefined && (entity === undefined || question.value === undefined))
    throw invalid('A claim is an entity, a relation and a value.', 'Give all three.')
  const claim = compact({
    entity,
    column: optionalText(question.column),
    relation,
    value: question.value,
    receipt: receipt as JsonObject | undefined,
  }) as JsonObject
  const cited = receipt && decideCitation(snapshot, receipt, entity, namesAt)
  const decision =
    relation === undefined || cited?.verdict === 'does_not_hold'
      ? (cited as Decision)
      : yield* decideClaim(snapshot, entity as string, relation, question)
  const { verdict, because, found, by } = decision
  return {
    verdict,
    claim,
    because,
    ...(found !== undefined && { found }),
    ...decidedBy(snapshot, by),
    receipt: snapshot.receipt,
  }
}

function invalid(message: string, remedy: string): CatalogError {
  return new CatalogError('invalid', 'argument_invalid', message, { remedy })
}

function decidedBy(snapshot: Snapshot, by: Decision['by']): Pick<VerifyAnswer, 'decidedBy'> {
  const [newest] = by ? snapshot.versions({ type: 'Aspect', id: JSON.stringify([by.urn, by.aspect]) }, 1) : []
  return by && newest ? { decidedBy: { ...by, commit: newest.commit.id, at: newest.commit.at } } : {}
}

/** A citation holds when its commit is one of this graph; with an entity, when that was there and is as it was. */
function decideCitation(
  snapshot: Snapshot,
  { graph, commit, at }: NonNullable<VerifyQuestion['receipt']>,
  entity: string | undefined,
  namesAt: AspectNamesAt,
): Decision {
  const no = (because: string, found?: Json): Decision => ({
    verdict: 'does_not_hold',
    because,
    ...(found !== undefined && { found }),
  })
  if (graph !== snapshot.receipt.graph)
    return no(`This is the graph ${snapshot.receipt.graph}, not ${graph}.`)
  const recorded = commitOf(snapshot, commit)
  if (!recorded) return no(`There is no commit ${commit} in the graph.`)
  if (at !== undefined && recorded.at !== at) return no(`The commit is of another time.`, recorded.at)
  if (entity === undefined)
    return { verdict: 'holds', because: 'The graph has the commit, of that time.', found: recorded.at }
  return decideUnchanged(snapshot, entity, commit, namesAt(entity, commit))
}

function commitOf(snapshot: Snapshot, id: string): { readonly at: string } | undefined {
  try {
    const who = snapshot.principal === undefined ? {} : { principal: snapshot.principal }
    return snapshot.graph.commit(id, who)
  } catch (error) {
    if (error instanceof GroundplaneError && error.code === 'commit_not_found') return undefined
    throw error
  }
}

/** The entity has the aspects it had at the commit, and the newest version of each is the one that was newest then. */
function decideUnchanged(
  snapshot: Snapshot,
  entity: string,
  commit: string,
  before: readonly string[],
): Decision {
  requireEntity(snapshot, entity)
  const now = aspectNames(snapshot, entity)
  const newer = [...new Set([...before, ...now])].sort().filter((name) => {
    if (!before.includes(name) || !now.includes(name)) return true
    const node = { type: 'Aspect', id: JSON.stringify([entity, name]) }
    const [newest] = snapshot.versions(node, 1)
    const [then] = snapshot.versions(node, 1, commit)
    return newest?.commit.id !== then?.commit.id
  })
  if (before.length === 0)
    return { verdict: 'does_not_hold', because: 'Nothing described the entity at that commit.', found: newer }
  if (newer.length === 0)
    return { verdict: 'holds', because: 'Nothing said of the entity has changed since that commit.' }
  return {
    verdict: 'does_not_hold',
    because: 'Aspects of the entity have changed since that commit.',
    found: newer,
  }
}

/** Names of the aspects of an entity at the commit that is read. */
export function aspectNames(snapshot: Snapshot, entity: string): string[] {
  return snapshot.rows('aspects_of', { urn: entity }).map((row) => String(row['name']))
}

function requireEntity(snapshot: Snapshot, urn: string): Row | undefined {
  parseUrn(urn)
  const node = readNode(snapshot, urn)
  if (node ? node['described'] === true : isDescribed(snapshot, urn)) return node
  throw entityNotFound(urn, node !== undefined)
}

function* decideClaim(
  snapshot: Snapshot,
  entity: string,
  relation: string,
  question: VerifyQuestion,
): Steps<Decision> {
  const node = requireEntity(snapshot, entity) ?? {}
  const column = optionalText(question.column)
  const field = column === undefined ? undefined : requireColumn(snapshot, entity, column)
  const name = relation
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
  const value = question.value as Json
  const about = { snapshot, urn: entity, field, node }
  const walk = Object.hasOwn(LINEAGE_CLAIMS, name) ? LINEAGE_CLAIMS[name] : undefined
  if (walk) return yield* walk(about, value)
  const decide = Object.hasOwn(RELATION_CLAIMS, name) ? RELATION_CLAIMS[name] : undefined
  if (decide) return decide(about, value)
  const property = Object.hasOwn(FIELD_CLAIMS, name) ? FIELD_CLAIMS[name] : undefined
  if (property)
    return property(
      field === undefined ? about : { ...about, node: entityOf(snapshot.row('field', { urn: field })) ?? {} },
      value,
    )
  const type = typeLabel(parseUrn(entity).entityType)
  throw invalid(
    `Nothing can be claimed of a ${type} by "${relation}".`,
    `Use one of ${RELATION_NAMES.join(', ')}.`,
  )
}
