import type { CatalogTool, CatalogToolName } from '@groundplane/protocol'
import { catalogOf } from '../catalog-target.js'
import { openCluster } from '../cluster-target.js'
import { CommandError } from '../errors.js'
import { readParams } from '../input.js'
import { resolvePlace } from '../operator/scope.js'
import { print, printJson } from '../output.js'
import { remoteServer } from '../remote-graph.js'

interface CatalogOptions {
  readonly cluster?: string
  readonly server?: string
  readonly profile?: string
  readonly graph?: string
  readonly as?: string
  readonly args?: string
  readonly json?: boolean
}

/**
 * Calls one tool of the catalog, here or at a server, with the arguments that agents give it. Prints
 * the answer as JSON: indented for people, on one line with `json`.
 */
export async function runCatalog(
  name: string | undefined,
  given: readonly string[],
  options: CatalogOptions,
): Promise<number> {
  const { catalogTools } = await import('@groundplane/protocol')
  const tools: Readonly<Record<string, CatalogTool>> = catalogTools
  if (name === undefined) {
    if (options.json) printJson({ tools: Object.values(tools).map(shown) })
    else for (const tool of Object.values(tools)) print(`${tool.name.padEnd(28)}${tool.title}`)
    return 0
  }
  const tool = Object.hasOwn(tools, name) ? (tools[name] as CatalogTool) : await unknownTool(name, tools)
  const args = await argumentsOf(tool, given, options.args)
  const answer = await call(tool, args, options)
  if (options.json) printJson(answer)
  else print(JSON.stringify(answer, null, 2))
  return 0
}

function shown({ name, title, description, action, input }: CatalogTool): object {
  return { name, title, description, action, arguments: Object.keys(input.shape) }
}

async function unknownTool(name: string, tools: Readonly<Record<string, CatalogTool>>): Promise<never> {
  const { nearestName } = await import('@groundplane/core')
  const near = nearestName(name, Object.keys(tools))
  throw new CommandError('tool_unknown', `The catalog has no tool "${name}".`, {
    kind: 'not-found',
    remedy: near ? `Did you mean "${near}"?` : '`groundplane catalog` lists them.',
  })
}

/** `name=value` of the command line over the JSON of `--args`; a value that is no text of the tool is read as JSON. */
async function argumentsOf(
  tool: CatalogTool,
  given: readonly string[],
  json: string | undefined,
): Promise<Record<string, unknown>> {
  const args = json === undefined ? {} : readParams(json, undefined)
  for (const text of given) {
    const at = text.indexOf('=')
    const name = text.slice(0, at)
    const schema = at > 0 && Object.hasOwn(tool.input.shape, name) ? tool.input.shape[name] : undefined
    if (!schema) throw await unknownArgument(tool, at > 0 ? name : text)
    const value = text.slice(at + 1)
    args[name] = schema.safeParse(value).success ? value : jsonOr(value)
  }
  const checked = tool.input.safeParse(args)
  if (checked.success) return args
  const issues = checked.error.issues.map(
    (issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`,
  )
  throw new CommandError('arguments_invalid', `The arguments do not fit: ${issues.join('; ')}.`, {
    remedy: `Arguments of ${tool.name}: ${Object.keys(tool.input.shape).join(', ')}.`,
  })
}

async function unknownArgument(tool: CatalogTool, name: string): Promise<CommandError> {
  const { nearestName } = await import('@groundplane/core')
  const names = Object.keys(tool.input.shape)
  const near = nearestName(name, names)
  return new CommandError('arguments_invalid', `${tool.name} has no argument "${name}".`, {
    remedy: near ? `Did you mean ${near}=…?` : `Write name=value, with one of ${names.join(', ')}.`,
  })
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function call(
  tool: CatalogTool,
  args: Record<string, unknown>,
  options: CatalogOptions,
): Promise<object> {
  const remote = await remoteServer(options)
  const name = tool.name as CatalogToolName
  if (remote) return remote.ask(remote.client.catalog.call(name, args))
  const place = await resolvePlace(options)
  const cluster = await openCluster(place.cluster ?? '.', options.as)
  const id = catalogOf(cluster, place.graph)
  const { branch, snapshot, ...input } = tool.input.parse(args) as { branch?: string; snapshot?: string }
  const [{ Catalog, callTool }, graph] = await Promise.all([
    import('@groundplane/catalog'),
    cluster.open(id, tool.action === 'read' && tool.writesWith === undefined ? 'read' : 'write'),
  ])
  try {
    const given = Object.entries(input).filter(([, value]) => value !== undefined)
    const { crew } = cluster.revision
    return callTool(new Catalog(graph), name, Object.fromEntries(given), {
      at: {
        ...(branch !== undefined && { branch }),
        ...(snapshot !== undefined && { commit: snapshot }),
        ...(cluster.principal && { principal: cluster.principal }),
      },
      ...(crew?.graph === id && { instances: crew }),
    })
  } finally {
    graph.close()
  }
}
