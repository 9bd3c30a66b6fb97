import { type ChatAnswer, type ChatMessage, type ChatTool, chat, type ToolCallMessage } from './chat.js'
import { ENDPOINT_DEFAULTS, type ModelEndpoint, ModelFailure, resolveKey } from './endpoint.js'

export interface Conversation {
  readonly endpoint: ModelEndpoint
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly system: string
  readonly question: string
  readonly tools: readonly ChatTool[]
  /** Answers a tool call with JSON text; a refusal is an answer too. */
  readonly callTool: (name: string, args: Record<string, unknown>) => Promise<string>
  readonly onReasoning: (text: string) => void
  /** Called after every model call, also when the conversation fails later. */
  readonly onUsage: (usage: { tokens: number; costUsd: number }) => void
  /** What the role's earlier conversations in this run have used of its limits. */
  readonly used?: { readonly tokens: number; readonly costUsd: number; readonly ms: number }
  readonly signal?: AbortSignal
}

/** The same call this often is a loop. */
const MAX_REPEATS = 3
const MAX_TOOL_RESULT = 24_000

/**
 * Talks to a model until it answers with one JSON object. Bounded in time, tokens,
 * money, rounds and repeats; whatever goes wrong is a ModelFailure.
 */
export async function converse(conversation: Conversation): Promise<Record<string, unknown>> {
  const { endpoint } = conversation
  const key = resolveKey(endpoint, conversation.environment)
  const timeoutMs = endpoint.timeout_ms ?? ENDPOINT_DEFAULTS.timeout_ms
  const leftMs = Math.max(0, timeoutMs - (conversation.used?.ms ?? 0))
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), leftMs)
  const cancel = () => deadline.abort()
  conversation.signal?.addEventListener('abort', cancel)
  if (conversation.signal?.aborted) cancel()
  try {
    return await rounds(conversation, key, deadline.signal)
  } catch (error) {
    if (deadline.signal.aborted && !conversation.signal?.aborted)
      throw new ModelFailure('model_timeout', `no answer within ${timeoutMs} ms`, error)
    throw error
  } finally {
    clearTimeout(timer)
    conversation.signal?.removeEventListener('abort', cancel)
  }
}

async function rounds(
  conversation: Conversation,
  key: string | undefined,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const { endpoint } = conversation
  const maxRounds = endpoint.max_rounds ?? ENDPOINT_DEFAULTS.max_rounds
  const spent = new Spent(endpoint, conversation.used)
  const repeats = new Map<string, number>()
  const messages: ChatMessage[] = [
    { role: 'system', content: conversation.system },
    { role: 'user', content: conversation.question },
  ]
  for (let round = 0; ; round++) {
    const answer = await chat({
      endpoint,
      key,
      messages,
      tools: conversation.tools,
      maxTokens: endpoint.max_tokens ?? ENDPOINT_DEFAULTS.max_tokens,
      signal,
      onReasoning: conversation.onReasoning,
    })
    conversation.onUsage(spent.add(answer))
    spent.check()
    if (answer.toolCalls.length === 0) return parseAnswer(answer.content)
    if (round >= maxRounds)
      throw new ModelFailure('model_loop', `still calling tools after ${maxRounds} rounds`)
    messages.push({ role: 'assistant', content: answer.content || null, tool_calls: answer.toolCalls })
    for (const call of answer.toolCalls) {
      messages.push({
        role: 'tool',
        tool_call_id: call.id,
        content: await answerCall(call, conversation, repeats),
      })
    }
  }
}

async function answerCall(
  call: ToolCallMessage,
  conversation: Conversation,
  repeats: Map<string, number>,
): Promise<string> {
  const signature = `${call.function.name} ${call.function.arguments}`
  const times = (repeats.get(signature) ?? 0) + 1
  repeats.set(signature, times)
  if (times > MAX_REPEATS)
    throw new ModelFailure('model_loop', `asked ${call.function.name} the same thing ${times} times`)
  let args: unknown
  try {
    args = JSON.parse(call.function.arguments)
  } catch {
    return JSON.stringify({ error: 'The arguments are not JSON.' })
  }
  if (args === null || typeof args !== 'object' || Array.isArray(args))
    return JSON.stringify({ error: 'The arguments must be a JSON object.' })
  const text = await conversation.callTool(call.function.name, args as Record<string, unknown>)
  if (text.length <= MAX_TOOL_RESULT) return text
  return JSON.stringify({ error: `The answer has ${text.length} characters; ask for fewer results.` })
}

class Spent {
  readonly #endpoint: ModelEndpoint
  #tokens = 0
  #costUsd = 0

  constructor(endpoint: ModelEndpoint, used: Conversation['used']) {
    this.#endpoint = endpoint
    this.#tokens = used?.tokens ?? 0
    this.#costUsd = used?.costUsd ?? 0
  }

  /** What this one call used. */
  add({ tokensIn, tokensOut }: ChatAnswer): { tokens: number; costUsd: number } {
    const { input_cost_per_mtok = 0, output_cost_per_mtok = 0 } = this.#endpoint
    const costUsd = (tokensIn * input_cost_per_mtok + tokensOut * output_cost_per_mtok) / 1e6
    this.#tokens += tokensIn + tokensOut
    this.#costUsd += costUsd
    return { tokens: tokensIn + tokensOut, costUsd }
  }

  check(): void {
    const { budget_usd, total_tokens = ENDPOINT_DEFAULTS.total_tokens } = this.#endpoint
    if (this.#tokens > total_tokens)
      throw new ModelFailure('model_over_budget', `used ${this.#tokens} of ${total_tokens} tokens`)
    if (budget_usd !== undefined && this.#costUsd > budget_usd)
      throw new ModelFailure('model_over_budget', `cost $${this.#costUsd.toFixed(4)} of $${budget_usd}`)
  }
}

/** The JSON object of an answer, also when the model wraps it in a fence or in prose. */
export function parseAnswer(content: string): Record<string, unknown> {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/.exec(content)?.[1]
  const braces = content.slice(content.indexOf('{'), content.lastIndexOf('}') + 1)
  for (const text of [content, fenced, braces]) {
    if (!text) continue
    try {
      const value: unknown = JSON.parse(text)
      if (value !== null && typeof value === 'object' && !Array.isArray(value))
        return value as Record<string, unknown>
    } catch {
      // The next form may parse.
    }
  }
  throw new ModelFailure('model_answer_invalid', 'the answer is not the JSON object that was asked for')
}
