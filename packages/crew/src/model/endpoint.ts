/** An OpenAI-compatible endpoint for one role, as `crew.roles.<role>` of `cluster.yaml` has it. */
export interface ModelEndpoint {
  /** e.g. `https://host/v1`; `/chat/completions` is appended. */
  readonly base_url: string
  readonly model: string
  /** `${NAME}` of an environment variable; empty for endpoints that need none. */
  readonly api_key?: string
  /** Tokens of one answer. Default 4096. */
  readonly max_tokens?: number
  /** Wall time of the role's model in one run. Default 45,000. */
  readonly timeout_ms?: number
  /** Stops the role's model when its calls of one run have cost this much; needs the two prices. */
  readonly budget_usd?: number
  readonly input_cost_per_mtok?: number
  readonly output_cost_per_mtok?: number
  /** Tokens of the role's model in one run, in and out. Default 120,000. */
  readonly total_tokens?: number
  /** Rounds of tool calls. Default 8. */
  readonly max_rounds?: number
}

export const ENDPOINT_DEFAULTS = {
  max_tokens: 4096,
  timeout_ms: 45_000,
  total_tokens: 120_000,
  max_rounds: 8,
} as const

/**
 * Why a model's part was given up. Never leaves the crew: the role's own judgement
 * takes over and the report says the reason.
 */
export class ModelFailure extends Error {
  readonly code:
    | 'model_key_missing'
    | 'model_unreachable'
    | 'model_http_error'
    | 'model_timeout'
    | 'model_garbage'
    | 'model_loop'
    | 'model_over_budget'
    | 'model_answer_invalid'

  constructor(code: ModelFailure['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** The key to send; nothing when the endpoint needs none. Throws ModelFailure `model_key_missing`. */
export function resolveKey(
  endpoint: ModelEndpoint,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const text = endpoint.api_key ?? ''
  const name = /^\$\{(\w+)\}$/.exec(text)?.[1]
  if (name === undefined) return text || undefined
  const key = environment[name]
  if (key) return key
  throw new ModelFailure('model_key_missing', `the environment variable ${name} is not set`)
}
