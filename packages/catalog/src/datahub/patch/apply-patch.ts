import { encodeUrnPart } from '../../urn/urn.js'
import { hasFineGrained, keyedListsOf } from './aspect-lists.js'
import { FineGrained } from './fine-grained.js'
import {
  applyOperations,
  type Mutable,
  type MutableObject,
  PatchError,
  type PatchOperation,
  readOperations,
} from './json-patch.js'
import { fromKeyed, type KeyedArray, toKeyed } from './keyed-array.js'

/** Who patches and when (milliseconds since 1970), for what a new aspect must have. */
export interface PatchContext {
  readonly actor: string
  readonly atMs: number
}

interface AspectPatch {
  readonly operations: readonly PatchOperation[]
  /** Lists addressed by keys, as the patch itself says; null leaves it to the aspect. */
  readonly lists: readonly KeyedArray[] | null
}

/**
 * Applies the text of a patch (`application/json-patch+json`) to the text of an aspect, null when
 * there is none yet. The text is a list of operations, or `{patch, arrayPrimaryKeys,
 * forceGenericPatch}`. Pure; throws `PatchError`.
 */
export function applyPatch(
  aspectName: string,
  stored: string | null,
  patchText: string,
  context: PatchContext,
): MutableObject {
  const { operations, lists } = readPatch(patchText)
  const document = stored === null ? newAspect(aspectName, context) : (JSON.parse(stored) as MutableObject)
  // Only what the patch touches is turned over, so that everything else keeps its order.
  const touched = new Set(operations.map(({ path }) => path[0]))
  const turned = (lists ?? keyedListsOf(aspectName)).filter(({ path }) => touched.has(path[0]))
  const byAssociation = aspectName === 'domains' && touched.has('domainAssociations')
  if (byAssociation) associateDomains(document)
  const columns =
    hasFineGrained(aspectName) && touched.has('fineGrainedLineages')
      ? new FineGrained(listIn(document, 'fineGrainedLineages'))
      : null
  if (columns) document['fineGrainedLineages'] = columns.map
  toKeyed(document, turned)
  applyOperations(document, operations)
  fromKeyed(document, turned)
  if (columns) document['fineGrainedLineages'] = columns.entries(document['fineGrainedLineages'])
  if (byAssociation) document['domains'] = associatedDomains(document)
  if (aspectName === 'editableSchemaMetadata') stampTerms(document, context)
  return document
}

/** Terms of a column that a patch was the first to give it; DataHub's readers want to know since when. */
function stampTerms(document: MutableObject, context: PatchContext): void {
  for (const field of listIn(document, 'editableSchemaFieldInfo')) {
    const terms = (field as MutableObject)['glossaryTerms'] as MutableObject | null | undefined
    if (terms && terms['auditStamp'] === undefined) terms['auditStamp'] = stampOf(context)
  }
}

function stampOf({ actor, atMs }: PatchContext): MutableObject {
  return { time: atMs, actor: `urn:li:corpuser:${encodeUrnPart(actor)}` }
}

function readPatch(text: string): AspectPatch {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (e) {
    throw new PatchError(`it is not JSON: ${(e as Error).message}`)
  }
  if (Array.isArray(value)) return { operations: readOperations(value), lists: null }
  const { patch, arrayPrimaryKeys, forceGenericPatch } = (value ?? {}) as Record<string, unknown>
  const keys = Object.entries(arrayPrimaryKeys ?? {})
  const generic = keys.length > 0 || forceGenericPatch === true
  return { operations: readOperations(patch), lists: generic ? keys.map(listOf) : null }
}

function listOf([name, keys]: [string, unknown]): KeyedArray {
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== 'string'))
    throw new PatchError(`arrayPrimaryKeys.${name} must be a list of member names`)
  return { path: [name], keys }
}

/** What an aspect cannot be without, for a patch that is the first to speak of it. */
function newAspect(aspectName: string, context: PatchContext): MutableObject {
  const stamp = () => stampOf(context)
  switch (aspectName) {
    case 'globalTags':
      return { tags: [] }
    case 'glossaryTerms':
      return { terms: [], auditStamp: stamp() }
    case 'ownership':
      return { owners: [], lastModified: stamp() }
    case 'domains':
      return { domains: [] }
    case 'datasetProperties':
      return { customProperties: {}, tags: [] }
    case 'upstreamLineage':
      return { upstreams: [] }
    case 'editableSchemaMetadata':
      return { created: stamp(), lastModified: stamp(), editableSchemaFieldInfo: [] }
    case 'structuredProperties':
      return { properties: [] }
    case 'documentation':
      return { documentations: [] }
    case 'institutionalMemory':
      return { elements: [] }
    case 'siblings':
      return { siblings: [], primary: false }
    case 'status':
      return { removed: false }
    case 'dataJobInputOutput':
      return { inputDatasets: [], outputDatasets: [] }
    default:
      return {}
  }
}

function listIn(document: MutableObject, name: string): Mutable[] {
  const list = document[name]
  return Array.isArray(list) ? list : []
}

/** Patches address domains through their associations; an aspect from before those existed has domains only. */
function associateDomains(document: MutableObject): void {
  if (!Array.isArray(document['domainAssociations']))
    document['domainAssociations'] = listIn(document, 'domains').map((domain) => ({ domain }))
}

function associatedDomains(document: MutableObject): Mutable[] {
  const domains = listIn(document, 'domainAssociations').map((a) => (a as MutableObject)['domain'])
  return [...new Set(domains)].filter((domain) => domain !== undefined)
}
