import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  CallToolRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  InitializeRequestSchema,
  isJSONRPCRequest,
  type JSONRPCMessage,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'

const SCHEMAS = {
  initialize: InitializeRequestSchema,
  'tools/list': ListToolsRequestSchema,
  'tools/call': CallToolRequestSchema,
  'resources/read': ReadResourceRequestSchema,
  'prompts/get': GetPromptRequestSchema,
}

/**
 * Connects a server to a transport. A request that does not fit its method is answered here, as
 * invalid params and in one line: the SDK calls it an internal error, and dumps its validator's report.
 */
export async function connectMcp(server: Server, transport: Transport): Promise<void> {
  await server.connect(transport)
  const deliver = transport.onmessage
  transport.onmessage = (message, extra) => {
    const refusal = refusalOf(message)
    if (refusal) void transport.send(refusal)
    else deliver?.(message, extra)
  }
}

function refusalOf(message: JSONRPCMessage): JSONRPCMessage | undefined {
  if (!isJSONRPCRequest(message) || !Object.hasOwn(SCHEMAS, message.method)) return undefined
  const checked = SCHEMAS[message.method as keyof typeof SCHEMAS].safeParse(message)
  if (checked.success) return undefined
  const issues = checked.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  const text = `${message.method} does not fit: ${issues.join('; ')}`
  return { jsonrpc: '2.0', id: message.id, error: { code: ErrorCode.InvalidParams, message: text } }
}
