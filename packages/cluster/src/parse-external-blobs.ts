import { GroundplaneError } from '@groundplane/core'
import { basesOverlap, ExternalBlobs } from '@groundplane/graph/external-blobs'
import type { ConfigField } from './config-field.js'

/**
 * `external_blobs: { allow: [base, …] }`, a base as its text or as `{ base, scope: server_safe }`.
 * Gives the bases normalised and sorted. What a graph could not use, and one base below another,
 * are reported.
 */
export function parseExternalBlobs(field: ConfigField): readonly string[] | undefined {
  const { allow } = field.object(['allow'])
  if (!allow) {
    return field.reportKey(
      'invalid_external_blob_policy',
      `${field.path} does not say what it allows`,
      'Add allow: [https://files.example/reports/], or allow: [] to allow nothing.',
    )
  }
  const found: { uri: string; field: ConfigField }[] = []
  for (const item of allow.items()) {
    const uri = parseBase(item)
    if (uri === undefined) continue
    const other = found.find((known) => basesOverlap(known.uri, uri))
    if (other) {
      item.report(
        'invalid_external_blob_base',
        `${item.path} overlaps ${other.uri}`,
        'Keep the wider of the two.',
      )
    } else found.push({ uri, field: item })
  }
  return found.map(({ uri }) => uri).sort()
}

function parseBase(item: ConfigField): string | undefined {
  const keys = item.isMap ? item.object(['base', 'scope']) : undefined
  const scope = keys?.['scope']
  if (scope && scope.oneOf(['server_safe'], 'invalid_external_blob_policy') === undefined) return undefined
  const base = keys ? keys['base'] : item
  if (!base) {
    return item.report('invalid_external_blob_policy', `${item.path} needs "base"`, 'Add the base URI.')
  }
  const text = base.string()
  if (text === undefined) return undefined
  try {
    return new ExternalBlobs([text]).bases[0]
  } catch (error) {
    if (!(error instanceof GroundplaneError)) throw error
    return base.report(
      'invalid_external_blob_base',
      `${base.path} cannot be a base of external blobs`,
      error.remedy ?? '',
    )
  }
}
