import { formatDiagnostic, GroundplaneError } from '@groundplane/core'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { ServerError } from '../server-error.js'
import { TOOLS, type Tool, type ToolScope } from './tools.js'

export interface McpOptions {
  readonly version: string
  /** Asked at every call, so that a call sees the catalog of that moment and the caller's identity. */
  readonly scope: () => ToolScope
  readonly onCall?: (tool: string, ok: boolean) => void
  /** Told what was not expected; the caller learns only that it failed. */
  readonly onBug?: (error: unknown) => void
}

const INSTRUCTIONS =
  'A catalog of what is true about the data here. Start with `search`, read with `get_entities`, follow with `get_lineage`. ' +
  'Every answer carries a receipt {graph, commit, at}: cite it. What does not exist is an error, never an empty success.'

/**
 * An MCP server over the catalog's reads. It holds no session state: one is made per
 * request over HTTP, one per process over stdio.
 */
export function createMcpServer(options: McpOptions): Server {
  const server = new Server(
    { name: 'groundplane', title: 'Groundplane', version: options.version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  )
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS.map(describe) }))
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const tool = TOOLS.find(({ name }) => name === params.name)
    if (!tool) throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${params.name}`)
    const result = call(tool, params.arguments ?? {}, options)
    options.onCall?.(tool.name, result.isError !== true)
    return result
  })
  return server
}

function describe(tool: Tool) {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.input, { io: 'input' })
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: inputSchema as { type: 'object' },
    annotations: { title: tool.title, readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  }
}

/** A failed call is a result marked as an error, so that the agent reads why and can do better. */
function call(tool: Tool, args: object, options: McpOptions): CallToolResult {
  try {
    const input = tool.input.strict().parse(args)
    const answer = tool.run(options.scope(), input as never)
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
  const error = ofTool(thrown)
  if (error.kind === 'internal') options.onBug?.(thrown)
  const details = error.diagnostics?.map(formatDiagnostic) ?? []
  const text = [error.message, ...details, ...(error.remedy ? [error.remedy] : [])].join('\n')
  return {
    isError: true,
    content: [{ type: 'text', text }],
    _meta: { 'groundplane/error': { ...error.toBody() } },
  }
}

function ofTool(thrown: unknown): GroundplaneError {
  if (thrown instanceof GroundplaneError && thrown.kind !== 'internal') return thrown
  if (thrown instanceof z.ZodError) {
    const issues = thrown.issues.map((issue) => `${issue.path.join('.') || 'arguments'}: ${issue.message}`)
    return new ServerError(
      'invalid',
      'arguments_invalid',
      `The arguments do not fit: ${issues.join('; ')}.`,
      {
        remedy: "Compare them with the tool's input schema.",
      },
    )
  }
  return new ServerError('internal', 'internal', 'The server failed to answer.', {
    remedy: 'Tell the operator, who can see why in the log.',
  })
}
