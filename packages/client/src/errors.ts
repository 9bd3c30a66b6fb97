import { type Diagnostic, type ErrorResponse, errorResponse } from '@groundplane/protocol'

/** The server answered, and the answer is a refusal or a failure. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy: string | undefined,
    readonly requestId: string | undefined,
    readonly diagnostics: readonly Diagnostic[],
    readonly details: Readonly<Record<string, unknown>>,
    /** Milliseconds the server asks to wait before trying again. */
    readonly retryAfterMs: number | undefined,
    /** All of the answer: `merge_conflicts`, `precondition_failure`, `change_feed_gap` stand here. */
    readonly body?: ErrorResponse,
  ) {
    super(message)
  }
}

/** No answer came: the server is down, the network is, or the connection broke midway. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  readonly remedy =
    'Check that the server runs and that the address is right. A change may have been made all the same: look before you repeat it.'

  constructor(
    readonly url: string,
    cause: unknown,
  ) {
    super(`No answer from ${url}`, { cause })
  }
}

/** Reads a failed response into an `ApiError`; a body that is not ours still gives one. */
export async function readFailure(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const afterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined
  const requestId = response.headers.get('x-request-id') ?? undefined
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  const parsed = errorResponse.safeParse(json)
  if (!parsed.success) {
    const message = `The server answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}.`
    return new ApiError(
      response.status,
      `http_${response.status}`,
      message,
      undefined,
      requestId,
      [],
      {},
      afterMs,
    )
  }
  const { error } = parsed.data
  return new ApiError(
    response.status,
    error.code,
    error.message,
    error.remedy,
    error.requestId,
    error.diagnostics ?? [],
    error.details ?? {},
    error.retry?.afterMs ?? afterMs,
    parsed.data,
  )
}
