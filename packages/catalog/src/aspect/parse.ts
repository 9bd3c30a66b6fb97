import { nodeTypeOf } from '../model/entity-type.js'
import type { NamedEntities } from '../model/named-entities.js'
import { type ParsedUrn, tryParseUrn } from '../urn/urn.js'
import type { AspectProposal, Json, ProposedChange, RejectedProposal } from './proposal.js'

type Obj = Readonly<Record<string, unknown>>

/** Why a proposal is refused, without its place in the batch. */
export type Refusal = Pick<RejectedProposal, 'code' | 'message' | 'remedy'>

/** A proposal whose URN, name and JSON are in order; its aspect may still have the wrong shape. */
export interface ReadProposal {
  readonly parsed: ParsedUrn
  readonly aspectName: string
  readonly value: Obj
  readonly text: string
  readonly system: string | null
}

const CHANGES: ReadonlyMap<unknown, ProposedChange> = new Map(
  (['UPSERT', 'CREATE', 'CREATE_ENTITY', 'UPDATE', 'PATCH'] as const).map((change) => [change, change]),
)

const ASPECT_NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** Checks one proposal; the first thing wrong is the refusal. */
export function readProposal(proposal: AspectProposal, entities: NamedEntities): ReadProposal | Refusal {
  if (proposal === null || typeof proposal !== 'object')
    return refuse(
      'proposal_invalid',
      'The proposal is not an object.',
      'Send {entityUrn, aspectName, aspect}.',
    )
  const { entityUrn, aspectName } = proposal
  if (typeof entityUrn !== 'string')
    return refuse('urn_invalid', 'The proposal has no entityUrn.', 'Name the entity by its URN.')
  const parsed = entities.parse(entityUrn)
  if (typeof parsed === 'string')
    return refuse('urn_invalid', `"${entityUrn}" is not a URN: ${parsed}.`, 'Correct the URN.')
  if (nodeTypeOf(parsed.entityType)) {
    const identity = entities.identity(entityUrn)
    if (typeof identity === 'string')
      return refuse(
        'urn_invalid',
        `"${entityUrn}" is not the URN of a ${parsed.entityType}: ${identity}.`,
        'Correct the URN.',
      )
  }
  if (typeof aspectName !== 'string' || !ASPECT_NAME.test(aspectName))
    return refuse(
      'aspect_name_invalid',
      `"${String(aspectName)}" is not an aspect name.`,
      'Name the aspect, e.g. datasetProperties.',
    )
  return readBody(proposal, parsed)
}

/**
 * An aspect is one line of an export, which `load` takes back: of the 16 MiB of a line it may have so many, the
 * rest is for what stands beside it. DataHub's own clients send no more than about as much at once.
 */
const MAX_ASPECT_BYTES = 15 * 1024 * 1024

/** Bytes of a text as a string of JSON; exact where it comes near the most. */
function bytesInLine(text: string): number {
  // No character takes more than six.
  return text.length * 6 <= MAX_ASPECT_BYTES ? text.length : Buffer.byteLength(JSON.stringify(text))
}

function readBody(proposal: AspectProposal, parsed: ParsedUrn): ReadProposal | Refusal {
  let value: unknown = proposal.aspect
  if (proposal.text !== undefined) {
    try {
      value = JSON.parse(proposal.text)
    } catch (e) {
      const why = e instanceof Error ? e.message : String(e)
      return refuse(
        'aspect_json_invalid',
        `The text of ${proposal.aspectName} is not JSON: ${why}.`,
        'Send valid JSON.',
      )
    }
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return refuse(
      'aspect_json_invalid',
      `The value of ${proposal.aspectName} is not a JSON object.`,
      'Send the aspect as one JSON object.',
    )
  const system = proposal.systemMetadata
  const text = proposal.text ?? JSON.stringify(value)
  const systemText = system === undefined || system === null ? null : JSON.stringify(system)
  const bytes = bytesInLine(text) + bytesInLine(systemText ?? '')
  if (bytes > MAX_ASPECT_BYTES)
    return refuse(
      'aspect_too_large',
      `${proposal.aspectName} takes ${bytes} bytes in a line of an export; ${MAX_ASPECT_BYTES} are the most.`,
      'Split what it says over several entities, or leave out what nobody reads.',
    )
  return {
    parsed,
    aspectName: proposal.aspectName,
    value: value as Obj,
    text,
    system: systemText,
  }
}

/**
 * Reads one MetadataChangeProposal as DataHub writes it, on the wire
 * (`aspect: {value: "<JSON text>", contentType}`) or in a file (`aspect: {json}`).
 * The text on the wire is kept byte for byte.
 */
export function parseWireProposal(wire: unknown): AspectProposal | Refusal {
  if (wire === null || typeof wire !== 'object' || Array.isArray(wire))
    return refuse(
      'proposal_invalid',
      'The proposal is not an object.',
      'Send {entityType, entityUrn, changeType, aspectName, aspect}.',
    )
  const { entityUrn, entityType, changeType, aspectName, aspect, systemMetadata } = wire as Record<
    string,
    unknown
  >
  const change = CHANGES.get(changeType ?? 'UPSERT')
  if (!change)
    return refuse(
      'change_type_unsupported',
      `changeType ${String(changeType)} is not supported.`,
      'Send UPSERT, CREATE, CREATE_ENTITY, UPDATE or PATCH proposals.',
    )
  if (typeof entityUrn !== 'string' || typeof aspectName !== 'string')
    return refuse(
      'proposal_invalid',
      'The proposal has no entityUrn or no aspectName.',
      'Give both as strings.',
    )
  const parsed = tryParseUrn(entityUrn)
  if (typeof parsed !== 'string' && typeof entityType === 'string' && entityType !== parsed.entityType)
    return refuse(
      'entity_type_mismatch',
      `entityType is ${entityType}, but the URN is of a ${parsed.entityType}.`,
      'Make both agree.',
    )
  const head = {
    entityUrn,
    aspectName,
    ...(change !== 'UPSERT' && { change }),
    ...(systemMetadata !== undefined && { systemMetadata: systemMetadata as Json }),
  }
  const body = aspect as { value?: unknown; json?: unknown } | null | undefined
  if (typeof body?.value === 'string') return { ...head, aspect: null, text: body.value }
  if (body?.json !== undefined) return { ...head, aspect: body.json as Json }
  return refuse(
    'proposal_invalid',
    'The proposal has no aspect.value and no aspect.json.',
    'Send the aspect as a JSON string in aspect.value.',
  )
}

/** A batch may hold anything: what is not an object is no refusal, and is refused when it is read. */
export function isRefusal(x: unknown): x is Refusal {
  return typeof x === 'object' && x !== null && 'code' in x && 'remedy' in x
}

function refuse(code: string, message: string, remedy: string): Refusal {
  return { code, message, remedy }
}
