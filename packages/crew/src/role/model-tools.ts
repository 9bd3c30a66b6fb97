import { withinBudget } from '@groundplane/catalog'
import { GroundplaneError } from '@groundplane/core'
import type { ChatTool } from '../model/chat.js'
import type { CatalogTools } from './catalog-tools.js'

const text = { type: 'string' } as const
const whole = { type: 'integer', minimum: 0 } as const

function tool(
  name: string,
  description: string,
  properties: Record<string, object>,
  required: readonly string[],
): ChatTool {
  return {
    name,
    description,
    parameters: { type: 'object', properties, required, additionalProperties: false },
  }
}

/** What a model may do: read. Nothing here writes. */
export const MODEL_TOOLS: readonly ChatTool[] = [
  tool(
    'search',
    'Find entities by words. filter is like: entity_type = dataset AND platform_instance = <name>',
    { query: text, filter: text, num_results: { ...whole, maximum: 20 }, offset: whole },
    ['query'],
  ),
  tool(
    'get_entities',
    'Everything the catalog knows about entities',
    { urns: { type: 'array', items: text, maxItems: 5 } },
    ['urns'],
  ),
  tool(
    'list_schema_fields',
    'Columns of a dataset',
    { urn: text, keywords: text, limit: whole, offset: whole },
    ['urn'],
  ),
  tool(
    'get_lineage',
    'Where a dataset or a column comes from (upstream: true) or goes to (false). max_hops 3 means all the way.',
    { urn: text, column: text, upstream: { type: 'boolean' }, max_hops: whole, max_results: whole },
    ['urn'],
  ),
  tool(
    'get_dataset_assertions',
    'Assertions of a dataset with their newest results',
    { urn: text, status: { type: 'string', enum: ['PASSING', 'FAILING', 'ERROR', 'INIT'] }, count: whole },
    ['urn'],
  ),
  tool(
    'list_incidents',
    'Incidents, newest first',
    { state: { type: 'string', enum: ['ACTIVE', 'RESOLVED'] }, urn: text },
    [],
  ),
]

/**
 * Runs a model's call against the catalog. Arguments of the wrong type and what the
 * catalog refuses come back as `{error}`, which a model can act on.
 */
export async function callModelTool(
  tools: CatalogTools,
  name: string,
  args: Record<string, unknown>,
): Promise<string> {
  const definition = MODEL_TOOLS.find((t) => t.name === name)
  if (!definition)
    return refusal(`There is no tool "${name}". There are ${MODEL_TOOLS.map((t) => t.name).join(', ')}.`)
  const wrong = wrongArgument(definition, args)
  if (wrong) return refusal(wrong)
  try {
    return JSON.stringify(withinBudget(name, await dispatch(tools, name, args)))
  } catch (error) {
    if (error instanceof GroundplaneError && error.code !== 'run_cancelled')
      return refusal([error.message, error.remedy].filter(Boolean).join(' '))
    throw error
  }
}

function dispatch(tools: CatalogTools, name: string, args: Record<string, unknown>): Promise<object> {
  // The shapes were checked against the definition above.
  const checked = args as never
  switch (name) {
    case 'search':
      return tools.search(checked)
    case 'get_entities':
      return tools.getEntities(args.urns as string[])
    case 'list_schema_fields':
      return tools.listSchemaFields(checked)
    case 'get_lineage':
      return tools.getLineage(checked)
    case 'get_dataset_assertions':
      return tools.getDatasetAssertions(checked)
    default:
      return tools.listIncidents(checked)
  }
}

function wrongArgument({ parameters }: ChatTool, args: Record<string, unknown>): string | undefined {
  const { properties, required } = parameters as {
    properties: Record<string, { type: string; enum?: string[]; maxItems?: number }>
    required: string[]
  }
  for (const name of required) if (args[name] === undefined) return `The argument "${name}" is missing.`
  for (const [name, value] of Object.entries(args)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!property) return `There is no argument "${name}". There are ${Object.keys(properties).join(', ')}.`
    if (!isOfType(value, property.type)) return `The argument "${name}" must be of type ${property.type}.`
    if (property.enum && !property.enum.includes(String(value)))
      return `The argument "${name}" must be one of ${property.enum.join(', ')}.`
    if (property.maxItems && Array.isArray(value) && value.length > property.maxItems)
      return `Give at most ${property.maxItems} of "${name}".`
  }
  return undefined
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value) && (value as number) >= 0
  if (type === 'array') return Array.isArray(value) && value.every((item) => typeof item === 'string')
  return typeof value === type
}

function refusal(error: string): string {
  return JSON.stringify({ error })
}
