import { type DatasetUrnParts, tryDatasetParts } from './entity-urns.js'

/**
 * Declared normalisation: two dataset URNs name the same thing up to casing when
 * their normal keys are equal. Platform and environment are folded as well;
 * nothing else is (quotes, dots and instance prefixes stay).
 */
export function normalKey(parts: DatasetUrnParts): string {
  return `${parts.platformName}|${parts.name}|${parts.env}`.toLowerCase()
}

/**
 * The dataset's name without the prefix of its platform instance, equal for the
 * same table in every instance. The prefix is compared without regard to case
 * and only as a whole dotted part.
 */
export function localName(name: string, instance: string | undefined | null): string {
  if (!instance) return name
  const prefix = `${instance}.`
  return name.length > prefix.length && name.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase()
    ? name.slice(prefix.length)
    : name
}

/** Key under which one dataset of several instances is matched: platform, local name, environment, casing folded. */
export function crossInstanceKey(urn: string, instance: string | undefined | null): string {
  const parts = tryDatasetParts(urn)
  if (typeof parts === 'string') return urn
  return `${parts.platformName}|${localName(parts.name, instance)}|${parts.env}`.toLowerCase()
}
