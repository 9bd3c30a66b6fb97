import { type Claim, type EvidenceBook, keepCited } from '../report/evidence.js'
import { type Ground, numbersIn, ungrounded } from '../report/grounding.js'

/**
 * Collects every name, URN and number a run has shown to its models, and judges
 * what they say by it.
 */
export class Grounding {
  readonly #ground = {
    names: new Set<string>(),
    urns: new Set<string>(),
    numbers: new Set<string>(),
  } satisfies Ground

  /** Takes in any JSON value: keys do not count, values do. */
  read(value: unknown): void {
    if (typeof value === 'number') this.#ground.numbers.add(String(value))
    else if (typeof value === 'string') this.#readText(value)
    else if (Array.isArray(value)) for (const item of value) this.read(item)
    else if (value !== null && typeof value === 'object')
      for (const item of Object.values(value)) this.read(item)
  }

  /** Claims that cite evidence and say nothing that was not read; how many others there were, and why. */
  judge(claims: readonly Claim[], book: EvidenceBook): { kept: Claim[]; dropped: string[] } {
    const { kept, dropped } = keepCited(claims, book)
    const reasons = dropped.map(() => 'it cites no evidence')
    const grounded = kept.filter((claim) => {
      const reason = ungrounded(claim, this.#ground)
      if (reason) reasons.push(reason)
      return !reason
    })
    return { kept: grounded, dropped: reasons }
  }

  #readText(text: string): void {
    if (text.startsWith('urn:li:')) this.#ground.urns.add(text)
    for (const name of text.match(/[A-Za-z][A-Za-z0-9_.]*_[A-Za-z0-9_.]+/g) ?? []) {
      this.#ground.names.add(name.replace(/\.+$/, ''))
      for (const part of name.split('.')) this.#ground.names.add(part)
    }
    if (/^\w+$/.test(text)) this.#ground.names.add(text)
    for (const number of numbersIn(text)) this.#ground.numbers.add(number)
  }
}
