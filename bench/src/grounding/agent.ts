import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

export interface ToolCall {
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** The answer of a tool, parsed from the text that a model would read. */
// biome-ignore lint/suspicious/noExplicitAny: a script picks its members as a model would, without a schema.
export type ToolAnswer = any

/**
 * Stands in for a model: yields the call it wants, is given the answer, and returns the URNs it concludes.
 * It knows the question's words and what the tools answered, and no URN besides those that the question names.
 */
export type Script = () => Generator<ToolCall, readonly string[], ToolAnswer>

export interface Conversation {
  readonly urns: readonly string[]
  /** The text of each answer, as it goes into the context of a model. */
  readonly texts: readonly string[]
}

/** A client of the official SDK over Streamable HTTP. Close it. */
export async function connectAgent(server: { url: string; token: string }): Promise<Client> {
  const agent = new Client({ name: 'scripted-agent', version: '1' })
  const headers = { authorization: `Bearer ${server.token}` }
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', server.url), {
    requestInit: { headers },
  })
  await agent.connect(transport as Transport)
  return agent
}

/** The loop of an agent: calls what the script asks for until it concludes. Rejects when a tool answers with an error. */
export async function converse(agent: Client, script: Script): Promise<Conversation> {
  const thinking = script()
  const texts: string[] = []
  for (let turn = thinking.next(); ; ) {
    if (turn.done) return { urns: turn.value, texts }
    const { tool: name, arguments: args } = turn.value
    const { content, isError } = await agent.callTool({ name, arguments: args })
    const text = (content as { text: string }[]).map((part) => part.text).join('\n')
    if (isError) throw new Error(`${name} ${JSON.stringify(args)}: ${text}`)
    texts.push(text)
    turn = thinking.next(JSON.parse(text))
  }
}
