import { type ParsedUrn, tryParseUrn } from '../urn/urn.js'
import { type EntityIdentity, identityOfParsed } from './entity-type.js'

/**
 * What the URNs of one batch say, each read once: a dataset is named by each of its aspects and columns. Grows with
 * the URNs that are asked for; one for each batch.
 */
export class NamedEntities {
  readonly #parsed = new Map<string, ParsedUrn | string>()
  readonly #identities = new Map<string, EntityIdentity | undefined | string>()
  readonly #parse = (urn: string): ParsedUrn | string => this.parse(urn)

  /** As `tryParseUrn`. */
  parse(urn: string): ParsedUrn | string {
    let parsed = this.#parsed.get(urn)
    if (parsed === undefined) {
      parsed = tryParseUrn(urn)
      this.#parsed.set(urn, parsed)
    }
    return parsed
  }

  /** As `identityOf`. */
  identity(urn: string): EntityIdentity | undefined | string {
    let identity = this.#identities.get(urn)
    if (identity === undefined && !this.#identities.has(urn)) {
      // Not `parse`: a column is named by itself once, its dataset again and again.
      const parsed = tryParseUrn(urn)
      identity = typeof parsed === 'string' ? parsed : identityOfParsed(parsed, this.#parse)
      this.#identities.set(urn, identity)
    }
    return identity
  }
}
