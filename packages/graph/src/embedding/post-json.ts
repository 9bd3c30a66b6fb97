import { GraphError } from '../error.js'
import { invalidAnswer } from './provider.js'

export interface PostOptions {
  /** Requests for one batch, the first included. Default 4. */
  readonly attempts?: number
  /** Wait before the second request; doubles from then on, with up to as much again at random. Default 200. */
  readonly backoffMs?: number
  /** For one request, its answer included. Default 30 000. */
  readonly timeoutMs?: number
  /** For all requests of one batch together. Default 60 000. */
  readonly deadlineMs?: number
  readonly sleep?: (ms: number) => Promise<void>
  readonly random?: () => number
}

/** No longer than this is waited because a provider says so. */
const MAX_RETRY_AFTER_MS = 20_000
const MAX_ANSWER_BYTES = 256 * 1024 * 1024

interface Attempt {
  readonly answer?: unknown
  readonly failure?: GraphError
  /** Absent: the same request would fail again. */
  readonly retryAfterMs?: number
}

/**
 * POSTs JSON and returns the JSON answered. A request is repeated when it may
 * yet succeed: no connection, no answer in time, 408, 429 and 5xx. Every other refusal is final.
 */
export async function postJson(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  options: PostOptions & { readonly signal?: AbortSignal },
): Promise<unknown> {
  const attempts = options.attempts ?? 4
  const endsAt = performance.now() + (options.deadlineMs ?? 60_000)
  const random = options.random ?? Math.random
  const sleep = options.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  for (let attempt = 1; ; attempt++) {
    const left = endsAt - performance.now()
    const result = await post(url, headers, body, Math.min(options.timeoutMs ?? 30_000, left), options.signal)
    if (!result.failure) return result.answer
    const backoff = (options.backoffMs ?? 200) * 2 ** (attempt - 1) * (1 + random())
    const wait = Math.max(backoff, result.retryAfterMs ?? 0)
    const again = result.retryAfterMs !== undefined && attempt < attempts
    if (!again || performance.now() + wait >= endsAt) throw result.failure
    await sleep(wait)
  }
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)))
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    if (!response.ok) return await refusal(response, url)
    return { answer: await readAnswer(response) }
  } catch (error) {
    if (error instanceof GraphError) throw error
    if (signal?.aborted) throw cancelled()
    const what = timeout.aborted ? `did not answer within ${Math.round(timeoutMs)} ms` : 'cannot be reached'
    return { failure: unavailable(url, what, error), retryAfterMs: 0 }
  }
}

async function readAnswer(response: Response): Promise<unknown> {
  const bytes = await response.arrayBuffer()
  if (bytes.byteLength > MAX_ANSWER_BYTES) throw invalidAnswer('is larger than any vectors asked for')
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw invalidAnswer('is not JSON')
  }
}

async function refusal(response: Response, url: string): Promise<Attempt> {
  const { status } = response
  await response.body?.cancel()
  if (status === 408 || status === 429 || status >= 500) {
    return { failure: unavailable(url, `answers with status ${status}`), retryAfterMs: retryAfter(response) }
  }
  // The provider's own words may repeat the key or the texts; the status says enough.
  const remedy =
    status === 401 || status === 403
      ? 'Check the API key of the provider.'
      : 'Check the address, the model and the dimensions of the vector property.'
  return {
    failure: new GraphError(
      'unavailable',
      'embedding_refused',
      `The embedding provider at ${hostOf(url)} refuses with status ${status}.`,
      {
        remedy,
        details: { status },
      },
    ),
  }
}

function retryAfter(response: Response): number {
  const header = response.headers.get('retry-after')
  const seconds = header === null ? Number.NaN : Number(header)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : 0
}

function unavailable(url: string, what: string, cause?: unknown): GraphError {
  return new GraphError(
    'unavailable',
    'embedding_unavailable',
    `The embedding provider at ${hostOf(url)} ${what}.`,
    {
      remedy: 'Try again later; check the address of the provider.',
      retry: { afterMs: 5000 },
      ...(cause !== undefined && { cause }),
    },
  )
}

export function cancelled(): GraphError {
  return new GraphError('deadline', 'embedding_cancelled', 'Embedding was cancelled by its caller.', {
    remedy: 'Run it again if the answer is still wanted.',
  })
}

/** The path may carry a model's name and nothing more, but the host is what helps. */
function hostOf(url: string): string {
  return new URL(url).host
}
