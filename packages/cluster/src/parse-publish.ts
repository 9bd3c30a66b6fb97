import { isLoopbackHost } from '@groundplane/core'
import type { PublishConfig } from './config.js'
import type { ConfigField } from './config-field.js'
import { declared, required, resourceId } from './config-member.js'
import { parseSchedule } from './parse-schedule.js'
import { credentialFreeUrl, environmentReference } from './secret-reference.js'

const KEYS = ['graph', 'url', 'token', 'plain_http', 'require_healthy', 'schedule', 'timezone'] as const

/** `publish`: the servers of DataHub that are told what a catalog says. */
export function parsePublish(field: ConfigField | undefined): PublishConfig[] {
  const holders = new Map<string, string>()
  return (field?.members() ?? []).flatMap(({ name, field: entry }) => {
    resourceId(name, entry)
    const keys = entry.object(KEYS)
    const graph = required(entry, keys, 'graph')
    const url = parseAddress(entry, keys['url'])
    const token = keys['token'] && environmentReference(keys['token'], 'publish_token_inline')
    const plainHttp = keys['plain_http']?.boolean() ?? false
    const requireHealthy = keys['require_healthy']?.items().flatMap((item) => declared(item) ?? [])
    const schedule = parseSchedule(entry, keys)
    if (!graph || url === undefined) return []
    if (keys['token'] && !plainHttp) requireTls(keys['url'] as ConfigField, url)
    // What a target was told is kept for each graph and address.
    const place = `${graph.value.replace(/^graph\./, '')} ${url}`
    const holder = holders.get(place)
    if (holder !== undefined) {
      entry.reportKey(
        'duplicate_publish_target',
        `${entry.path} and publish.${holder} publish the same catalog to the same address`,
        'Keep one of the two.',
      )
    }
    holders.set(place, name)
    return [
      {
        name,
        graph,
        url,
        plainHttp,
        place: entry.place,
        ...(token !== undefined && { token }),
        ...(requireHealthy && { requireHealthy }),
        ...schedule,
      },
    ]
  })
}

function parseAddress(entry: ConfigField, field: ConfigField | undefined): string | undefined {
  if (!field) return void required(entry, {}, 'url')
  return credentialFreeUrl(field, 'invalid_publish_url', {
    example: 'https://datahub.example.com:8080',
    secret: 'the token goes into token',
  })?.replace(/\/+$/, '')
}

function requireTls(field: ConfigField, url: string): void {
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || isLoopbackHost(hostname)) return
  field.report(
    'publish_token_without_tls',
    `a token would go to ${url} without TLS`,
    'Use https://, or add "plain_http: true" when the network in between is trusted.',
  )
}
