import type { Receipt } from '@groundplane/protocol'
import type { ReadResourceResult, Resource, ResourceTemplate } from '@modelcontextprotocol/sdk/types.js'
import { ServerError } from '../server-error.js'
import type { ToolScope } from './tool.js'
import { callTool, isOffered } from './tools.js'

/** A kind of resource is what a tool answers, by an address. */
interface ResourceKind {
  readonly title: string
  readonly description: string
  readonly mimeType: 'text/plain' | 'application/json'
  readonly tool: string
  /** The template of the last part of the address; absent for what a graph has one of. */
  readonly of?: string
  /** What the last part has to look like. */
  readonly fits?: RegExp
  readonly args: (graph: string, of: string) => object
  readonly text: (answer: object) => string
}

const json = (answer: object) => JSON.stringify(answer)

/** By the part of the address that names it: `gp://graph/<graph>/<kind>[/<of>]`. */
const KINDS: Readonly<Record<string, ResourceKind>> = {
  schema: {
    title: 'Schema of a graph',
    description: 'Node and edge types with their properties, as the text they are declared in.',
    mimeType: 'text/plain',
    tool: 'get_schema',
    args: (graph) => ({ graph }),
    text: (answer) => (answer as { schema_source: string }).schema_source,
  },
  entity: {
    title: 'Entity of the catalog',
    description: 'Everything known about one entity, by its URN: what get_entities answers.',
    mimeType: 'application/json',
    tool: 'get_entities',
    of: 'urn',
    fits: /^urn:li:/,
    args: (_graph, urns) => ({ urns }),
    text: json,
  },
  brief: {
    title: 'Brief on a dataset, a topic or a task',
    description: 'What one has to know before working with data: what brief answers.',
    mimeType: 'application/json',
    tool: 'brief',
    of: 'about',
    args: (_graph, about) => ({ about }),
    text: json,
  },
}

/** The schemas of the graphs that the caller may read. Entities and briefs are too many to list: they have templates. */
export async function listResources(scope: ToolScope): Promise<Resource[]> {
  if (!isOffered(scope, 'list_graphs')) return []
  const { graphs } = (await callTool(scope, 'list_graphs', {})) as { graphs: { graph_id: string }[] }
  const { title, description, mimeType } = KINDS['schema'] as ResourceKind
  return graphs.map(({ graph_id: id }) => ({
    uri: `gp://graph/${encodeURIComponent(id)}/schema`,
    name: `${id} schema`,
    title: `${title}: ${id}`,
    description,
    mimeType,
  }))
}

/** Those whose tool policy leaves the caller. */
export function listResourceTemplates(scope: ToolScope): ResourceTemplate[] {
  return Object.entries(KINDS)
    .filter(([, { tool }]) => isOffered(scope, tool))
    .map(([kind, { title, description, mimeType, of }]) => ({
      uriTemplate: `gp://graph/{graph}/${kind}${of === undefined ? '' : `/{${of}}`}{?branch,snapshot}`,
      name: kind,
      title,
      description,
      mimeType,
    }))
}

/**
 * Reads a resource with the rights of the caller, at main, or at the `branch` or `snapshot` of the address. Throws what its
 * tool throws, and `resource_not_found` for an address of another form.
 */
export async function readResource(scope: ToolScope, uri: string): Promise<ReadResourceResult> {
  const { graph, kind, of, at } = addressOf(scope, uri)
  const answer = await callTool(scope, kind.tool, { ...kind.args(graph, of), ...at })
  const { receipt } = answer as { receipt: Receipt }
  return {
    contents: [
      { uri, mimeType: kind.mimeType, text: kind.text(answer), _meta: { 'groundplane/receipt': receipt } },
    ],
  }
}

interface Address {
  readonly graph: string
  readonly kind: ResourceKind
  readonly of: string
  readonly at: Readonly<Record<string, string>>
}

function addressOf(scope: ToolScope, uri: string): Address {
  const url = URL.canParse(uri) ? new URL(uri) : undefined
  const [, graph = '', name = '', ...rest] = (url?.pathname ?? '').split('/').map(decoded)
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  const of = rest.join('/')
  const isOurs = url?.protocol === 'gp:' && url.hostname === 'graph' && graph !== ''
  if (!isOurs || kind === undefined || (of === '') !== (kind.of === undefined)) throw noResource(uri)
  if (kind.fits?.test(of) === false) throw noResource(uri)
  // The catalog's tools know one catalog, and take no graph.
  if (kind.of !== undefined && graph !== scope.revision.catalog?.graphId) throw noResource(uri)
  return { graph, kind, of, at: Object.fromEntries(url.searchParams) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function noResource(uri: string): ServerError {
  return new ServerError('not-found', 'resource_not_found', `There is no resource ${uri}.`, {
    remedy:
      'Take an address of resources/list, or fill in one of resources/templates/list; a URN is percent-encoded.',
  })
}
