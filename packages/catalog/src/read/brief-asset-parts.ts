import { type Row, text } from '../aspect/row.js'
import { urnName } from '../urn/entity-urns.js'
import { assetKind, assetSources, writtenBy } from './asset-lineage.js'
import type { Part } from './brief-parts.js'
import { kindsOfConsumer, ownersOfConsumer } from './consumers.js'
import { readNode } from './entity-lookup.js'
import type { Snapshot } from './snapshot.js'
import { propertyLines } from './structured-properties.js'

const MAX_LINKS = 10

/** Everything that is said of one dashboard, chart or job; parts without a line are left out. */
export function assetParts(snapshot: Snapshot, urn: string, of: number): Part[] {
  const node = readNode(snapshot, urn) as Row
  const isJob = assetKind(urn) === 'job'
  const lines: Readonly<Record<string, readonly string[]>> = {
    what: isJob ? whatJob(node, urn) : whatConsumer(node),
    traps: node['removed'] === true ? ['It was removed at its source.'] : [],
    sources: [
      ...named(isJob ? 'Reads' : 'Made from', assetSources(snapshot, urn)),
      ...(isJob ? named('Writes', writtenBy(snapshot, urn)) : []),
    ],
    people: [...(isJob ? [] : owners(snapshot, urn)), ...propertyLines(snapshot, urn)],
    description: text(node['description']) === undefined ? [] : [text(node['description']) as string],
  }
  return Object.entries(lines)
    .filter(([, told]) => told.length > 0)
    .map(([part, told]) => ({ part, of, lines: told }))
}

function whatConsumer(node: Row): string[] {
  const url = text(node['externalUrl'])
  return [
    `${kindsOfConsumer(node).join(', ')} ${String(node['name'])} on ${urnName(String(node['platform']))}`,
    ...(url === undefined ? [] : [url]),
  ]
}

function whatJob(node: Row, urn: string): string[] {
  const kind = text(node['kind'])
  return [`Job ${text(node['name']) ?? urnName(urn)}${kind === undefined ? '' : ` (${kind})`}`]
}

function named(label: string, urns: readonly string[]): string[] {
  if (urns.length === 0) return []
  const more = urns.length > MAX_LINKS ? `, and ${urns.length - MAX_LINKS} more` : ''
  return [`${label}: ${urns.slice(0, MAX_LINKS).join(', ')}${more}`]
}

function owners(snapshot: Snapshot, urn: string): string[] {
  const all = ownersOfConsumer(snapshot, urn).map((owner) => `${owner.name} (${owner.urn})`)
  return all.length === 0 ? [] : [`Owners: ${all.join(', ')}`]
}
