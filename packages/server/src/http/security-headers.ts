import type { FastifyRequest } from 'fastify'
import { ServerError } from '../server-error.js'
import type { AllowedOrigins } from './cors.js'

/**
 * Scripts and connections only from this origin. Inline styles are allowed because
 * the lineage picture positions its nodes with them; workers may be blobs because
 * the layout engine starts its own.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Of answers that are data: a browser that is led to open one runs and frames nothing of it. */
export const DATA_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}

/** Of the console's files and whatever else a browser may show. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}

/**
 * A page of another site may not call this server through a visitor's browser:
 * browsers send `Origin`, and it must be our own or one the operator allowed. Callers
 * that are not browsers send none.
 */
export function refuseForeignOrigin(request: FastifyRequest, allowed: AllowedOrigins): void {
  const { origin, host } = request.headers
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return
  if (allowed.has(origin)) return
  throw new ServerError(
    'denied',
    'origin_not_allowed',
    'Calls from pages of other origins are not allowed.',
    {
      remedy:
        'Open the console from the address of this server, or name the origin under `server.cors` of cluster.yaml or with --cors-origin.',
    },
  )
}

/**
 * A request of HTTP/1.1 names one host (RFC 9112, 3.2): with none or two, a proxy before us and we could
 * each think of another.
 */
export function refuseUnclearHost({ raw: { rawHeaders, httpVersionMinor } }: FastifyRequest): void {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  if (hosts === 1 || (hosts === 0 && httpVersionMinor === 0)) return
  throw new ServerError('invalid', 'host_invalid', `The request names ${hosts} hosts.`, {
    remedy: 'Send one Host header.',
  })
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/**
 * A server without tokens trusts whoever reaches it, which on a loopback address is
 * this machine. A foreign name in `Host` means that a name was pointed at us
 * (DNS rebinding) to get around that.
 */
export function refuseForeignHost(request: FastifyRequest): void {
  const { host } = request.headers
  if (host !== undefined && LOOPBACK_HOST.test(host)) return
  throw new ServerError(
    'denied',
    'host_not_allowed',
    'Without tokens this server answers only to its loopback name.',
    {
      remedy: 'Use http://127.0.0.1 or localhost, or start the server with tokens.',
    },
  )
}
