import type { Declared } from './config.js'
import type { ConfigField } from './config-field.js'

/** A member name usable in addresses and file names, or a report. */
export function resourceId(name: string, field: ConfigField): boolean {
  const pattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
  if (pattern.test(name) && name !== 'cluster') return true
  field.reportKey(
    'invalid_resource_id',
    name === 'cluster' ? '"cluster" names the cluster itself' : `"${name}" is not a valid resource name`,
    'Use a letter or digit, then up to 63 letters, digits, "_" or "-"; not "cluster".',
  )
  return false
}

export function declared(field: ConfigField): Declared<string> | undefined {
  const value = field.string()
  return value === undefined ? undefined : { value, place: field.place }
}

/** A member that must be there. */
export function required(
  owner: ConfigField,
  fields: Record<string, ConfigField | undefined>,
  key: string,
): Declared<string> | undefined {
  const field = fields[key]
  if (field) return declared(field)
  return owner.reportKey(
    'invalid_cluster_yaml',
    `${owner.path} needs "${key}"`,
    `Add "${key}:" to ${owner.path}.`,
  )
}
