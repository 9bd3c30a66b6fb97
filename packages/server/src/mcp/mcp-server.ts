import { formatDiagnostic, GroundplaneError } from '@groundplane/core'
import type { MergeConflict } from '@groundplane/graph'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { errorOf, protocolErrorOf, RESOURCE_NOT_FOUND } from './mcp-error.js'
import { getPrompt, listPrompts } from './prompts.js'
import { listResources, listResourceTemplates, readResource } from './resources.js'
import type { Tool, ToolScope } from './tool.js'
import { TOOLS } from './tools.js'

export interface McpOptions {
  readonly version: string
  /** Asked at every call, so that a call sees what is served at that moment and the caller's identity. */
  readonly scope: (signal: AbortSignal) => ToolScope
  readonly onCall?: (tool: string, ok: boolean) => void
  /** Told what was not expected; the caller learns only that it failed. */
  readonly onBug?: (error: unknown) => void
}

const INSTRUCTIONS =
  'A catalog of what is true about the data here, and the graphs it stands on. In the catalog, start with `brief` or `search`, read with `get_entities`, ' +
  'follow with `get_lineage`; ask `impact` before a change and `verify` before a claim. In a graph, start with `list_graphs`, `get_schema` and `list_queries`, read with `query`; ' +
  'write, where you may, on a branch of your own, look with `merge_branch` and dry_run, then merge. ' +
  'Every answer carries a receipt {graph, commit, at}: cite it. What does not exist is an error, never an empty success.'

/**
 * An MCP server over the catalog and the graphs. It shows each caller the tools that policy
 * leaves it; every call is judged again. It holds no session state: one is made per
 * request over HTTP, one per process over stdio.
 */
export function createMcpServer(options: McpOptions): Server {
  const server = new Server(
    { name: 'groundplane', title: 'Groundplane', version: options.version },
    { capabilities: { tools: {}, resources: {}, prompts: {} }, instructions: INSTRUCTIONS },
  )
  server.setRequestHandler(ListToolsRequestSchema, (_request, { signal }) => {
    return { tools: offered(options.scope(signal)).map(describe) }
  })
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    const tool = TOOLS.find(({ name }) => name === params.name)
    if (!tool)
      throw new McpError(
        ErrorCode.InvalidParams,
        `Unknown tool: ${params.name}. tools/list lists those there are.`,
      )
    const result = await call(tool, params.arguments ?? {}, options, signal)
    options.onCall?.(tool.name, result.isError !== true)
    return result
  })
  addResources(server, options)
  addPrompts(server, options)
  return server
}

/** Nobody is told when a resource changes: without sessions there is nobody to tell. `poll_changes` follows a branch. */
function addResources(server: Server, options: McpOptions): void {
  server.setRequestHandler(ListResourcesRequestSchema, (_request, { signal }) =>
    answered(options, async () => ({ resources: await listResources(options.scope(signal)) })),
  )
  server.setRequestHandler(ListResourceTemplatesRequestSchema, (_request, { signal }) =>
    answered(options, () => ({ resourceTemplates: listResourceTemplates(options.scope(signal)) })),
  )
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }, { signal }) =>
    answered(options, () => readResource(options.scope(signal), params.uri), RESOURCE_NOT_FOUND),
  )
}

function addPrompts(server: Server, options: McpOptions): void {
  server.setRequestHandler(ListPromptsRequestSchema, (_request, { signal }) =>
    answered(options, () => ({ prompts: listPrompts(options.scope(signal)) })),
  )
  server.setRequestHandler(GetPromptRequestSchema, ({ params }, { signal }) =>
    answered(options, () => getPrompt(options.scope(signal), params.name, params.arguments)),
  )
}

async function answered<T>(
  { onBug }: McpOptions,
  answer: () => T | Promise<T>,
  notFound?: number,
): Promise<T> {
  try {
    return await answer()
  } catch (thrown) {
    if (errorOf(thrown).kind === 'internal') onBug?.(thrown)
    throw protocolErrorOf(thrown, notFound)
  }
}

/** What policy leaves the caller. Where it asks for somebody and nobody is named, that is said instead. */
function offered(scope: ToolScope): Tool[] {
  try {
    return TOOLS.filter((tool) => tool.isOffered(scope))
  } catch (error) {
    if (!(error instanceof GroundplaneError)) throw error
    throw new McpError(ErrorCode.InvalidRequest, `${error.message} ${error.remedy ?? ''}`, error.toBody())
  }
}

function describe(tool: Tool) {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.input, { io: 'input' })
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: inputSchema as { type: 'object' },
    annotations: { title: tool.title, ...tool.effects, openWorldHint: false },
  }
}

/** A failed call is a result marked as an error, so that the agent reads why and can do better. */
async function call(
  tool: Tool,
  args: object,
  options: McpOptions,
  signal: AbortSignal,
): Promise<CallToolResult> {
  try {
    const input = tool.input.strict().parse(args)
    const answer = await tool.run(options.scope(signal), input as never)
    const shown = 'result' in answer ? answer.result : answer
    return {
      content: [{ type: 'text', text: JSON.stringify(shown) }],
      structuredContent: answer as Record<string, unknown>,
    }
  } catch (error) {
    return failure(error, options)
  }
}

/** The text is for the agent; the body beside it is the one every other door of the server gives. */
function failure(thrown: unknown, options: McpOptions): CallToolResult {
  const error = errorOf(thrown)
  if (error.kind === 'internal') options.onBug?.(thrown)
  const details = [...(error.diagnostics?.map(formatDiagnostic) ?? []), ...conflictsOf(error)]
  const text = [error.message, ...details, ...(error.remedy ? [error.remedy] : [])].join('\n')
  return {
    isError: true,
    content: [{ type: 'text', text }],
    _meta: { 'groundplane/error': { ...error.toBody() } },
  }
}

/** The conflicts of a merge, which an agent must see one by one to resolve them. The body has all of them in full. */
function conflictsOf(error: GroundplaneError): string[] {
  if (error.code !== 'merge_conflict') return []
  const conflicts = (error.details?.['conflicts'] ?? []) as MergeConflict[]
  return conflicts.slice(0, SHOWN_CONFLICTS).map((c) => `${c.kind}: ${c.message} ${c.remedy}`)
}

const SHOWN_CONFLICTS = 50
