import type { ServerSection } from '@groundplane/cluster'
import { AddressRanges, isAddressRange } from '@groundplane/core'
import { AllowedOrigins } from './http/cors.js'
import { DEFAULT_LIMITS, type Limits } from './http/limits.js'
import { ServerError } from './server-error.js'

/** How a server answers, apart from what it serves. */
export interface ServerSettings {
  readonly limits: Limits
  readonly origins: AllowedOrigins
  /** Reverse proxies whose word on who called them is believed. */
  readonly proxies: AddressRanges
}

/** What the process was started with. Each goes before what the cluster declares. */
export interface GivenSettings {
  readonly limits?: Partial<Limits>
  /** Other origins whose pages may call this server, as browsers write them: `https://data.example.com`. */
  readonly corsOrigins?: readonly string[]
  /** Addresses and CIDR ranges of reverse proxies. */
  readonly trustedProxies?: readonly string[]
}

/** Fixed when the process begins to listen; a revision that declares another waits for the next start. */
export const START_LIMITS = ['bodyBytes', 'loadBytes', 'requestMs'] as const satisfies (keyof Limits)[]

/** Throws `cors_origin_invalid` or `trusted_proxy_invalid`. */
export function settingsOf(declared: ServerSection | undefined, given: GivenSettings): ServerSettings {
  return {
    limits: { ...DEFAULT_LIMITS, ...declaredLimits(declared), ...given.limits },
    origins: new AllowedOrigins(given.corsOrigins ?? declared?.cors_origins ?? []),
    proxies: proxiesOf(given.trustedProxies ?? declared?.trusted_proxies ?? []),
  }
}

function declaredLimits(declared: ServerSection | undefined): Partial<Limits> {
  const { body_bytes, load_bytes, stream_bytes, request_seconds, actor_rate, actor_concurrency } =
    declared?.limits ?? {}
  return {
    ...(body_bytes !== undefined && { bodyBytes: body_bytes }),
    ...(load_bytes !== undefined && { loadBytes: load_bytes }),
    ...(stream_bytes !== undefined && { streamBytes: stream_bytes }),
    ...(request_seconds !== undefined && { requestMs: request_seconds * 1000 }),
    ...(actor_rate !== undefined && { actorPerSecond: actor_rate }),
    ...(actor_concurrency !== undefined && { actorConcurrent: actor_concurrency }),
  }
}

function proxiesOf(ranges: readonly string[]): AddressRanges {
  const wrong = ranges.find((range) => !isAddressRange(range))
  if (wrong === undefined) return new AddressRanges(ranges)
  throw new ServerError(
    'invalid',
    'trusted_proxy_invalid',
    `"${wrong}" is not an address or a range of addresses.`,
    {
      remedy:
        'Write addresses of your proxies, e.g. 192.0.2.7 or 10.0.0.0/8: no names, and not everybody (/0).',
    },
  )
}
