import { isAddressRange, isWebOrigin, withoutCredentials } from '@groundplane/core'
import type { ServerLimits, ServerSection } from './config.js'
import type { ConfigField } from './config-field.js'

const KIB = 1024
const GIB = 1024 ** 3

/**
 * Least and most of each limit. A body and a `load` are held in memory as one text, of which Node takes
 * half a GiB; a request has no longer than a timer of a day.
 */
const LIMITS: Readonly<Record<keyof ServerLimits, { min: number; max: number; whole: boolean }>> = {
  body_bytes: { min: KIB, max: GIB / 4, whole: true },
  load_bytes: { min: KIB, max: GIB / 4, whole: true },
  stream_bytes: { min: KIB, max: 1024 * GIB, whole: true },
  request_seconds: { min: 0.1, max: 86_400, whole: false },
  actor_rate: { min: 0, max: 1_000_000, whole: true },
  actor_concurrency: { min: 0, max: 1_000_000, whole: true },
}

/** `server`: origins, proxies and limits. */
export function parseServer(field: ConfigField | undefined): { server?: ServerSection } {
  if (!field) return {}
  const keys = field.object(['cors', 'trusted_proxies', 'limits'])
  const cors = keys['cors']?.object(['origins'])['origins']
  const origins = cors && texts(cors, parseOrigin)
  const proxies = keys['trusted_proxies'] && texts(keys['trusted_proxies'], parseProxy)
  const limits = keys['limits'] && parseLimits(keys['limits'])
  return {
    server: {
      ...(origins && { cors_origins: origins }),
      ...(proxies && { trusted_proxies: proxies }),
      ...(limits && { limits }),
    },
  }
}

/** Sorted, each once: their order says nothing. */
function texts(list: ConfigField, parse: (item: ConfigField) => string | undefined): string[] {
  return [...new Set(list.items().flatMap((item) => parse(item) ?? []))].sort()
}

function parseOrigin(item: ConfigField): string | undefined {
  const text = item.string()
  if (text === undefined || isWebOrigin(text)) return text
  return item.report(
    'invalid_cors_origin',
    `"${withoutCredentials(text)}" is not the origin of a page`,
    'Write it as browsers send it, e.g. https://data.example.com: no path, no default port, no "*".',
  )
}

function parseProxy(item: ConfigField): string | undefined {
  const text = item.string()
  if (text === undefined || isAddressRange(text)) return text
  return item.report(
    'invalid_trusted_proxy',
    `"${text}" is not an address or a range of addresses`,
    'Write addresses of your proxies, e.g. 192.0.2.7 or 10.0.0.0/8: no names, and not everybody (/0).',
  )
}

function parseLimits(field: ConfigField): ServerLimits {
  const names = Object.keys(LIMITS) as (keyof ServerLimits)[]
  const keys = field.object(names)
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = keys[name] && parseLimit(keys[name], LIMITS[name])
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function parseLimit(field: ConfigField, limit: (typeof LIMITS)[keyof ServerLimits]): number | undefined {
  const { min, max, whole } = limit
  const value = field.peekNumber()
  if (value !== undefined && value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  return field.report(
    'invalid_server_limit',
    `${field.path} must be a ${whole ? 'whole number' : 'number'} from ${min} to ${max}`,
    'Write a plain number in that range, or leave it out for the default.',
  )
}
