/**
 * What a failed request to S3 says about the request:
 *
 * - `absent` there is no such object
 * - `refused` the condition did not hold, so nothing was written
 * - `busy` certainly not carried out and worth another try: throttled, a concurrent
 *   conditional write, or a connection that was never made
 * - `unknown` it may have been carried out: the connection broke after the request was
 *   sent, no answer came in time, or the server failed while it worked on it
 * - `denied` credentials are missing, wrong, or not allowed to
 * - `unsupported` the server says it does not do this
 * - `final` anything else that another try would meet again
 */
export type S3Failure = 'absent' | 'refused' | 'busy' | 'unknown' | 'denied' | 'unsupported' | 'final'

interface Thrown {
  readonly name?: string
  readonly code?: unknown
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** No byte of the request left this machine. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
const THROTTLED = new Set(['SlowDown', 'Throttling', 'ThrottlingException', 'TooManyRequests'])
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError'])

/**
 * Error names and statuses: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
 * Every 5xx but the throttling ones counts as `unknown`: S3 does not promise that
 * an InternalError left nothing behind, and a proxy in between cannot know.
 */
export function classifyFailure(error: unknown): S3Failure {
  const { name = '', code, $metadata } = error as Thrown
  const status = $metadata?.httpStatusCode
  if (NO_CREDENTIALS.has(name)) return 'denied'
  if (status === undefined || status < 300)
    return typeof code === 'string' && NEVER_SENT.has(code) ? 'busy' : lost(error as Thrown)
  if (status === 429 || THROTTLED.has(name)) return 'busy'
  if (status === 501) return 'unsupported'
  if (status >= 500 || name === 'RequestTimeout') return 'unknown'
  if (status === 412) return 'refused'
  if (status === 409) return 'busy'
  if (status === 404) return name === 'NoSuchBucket' ? 'final' : 'absent'
  if (status === 401 || status === 403) return 'denied'
  return 'final'
}

/** No answer was read. A mistake in the settings shows before anything is sent and has neither a code nor one of these names. */
function lost({ name = '', code, message = '' }: Thrown): S3Failure {
  const interrupted =
    typeof code === 'string' || /Timeout|Abort/.test(name) || /timeout|aborted|socket/i.test(message)
  return interrupted ? 'unknown' : 'final'
}
