import { CatalogError } from '../../model/error.js'
import type { GmsAnswer, GmsClient } from './gms-client.js'

/** A proposal the server refuses, whatever it is sent with. */
export interface Refused {
  /** Place in the batch. */
  readonly index: number
  /** What the server says. */
  readonly message: string
}

/** What is wrong with what was sent, so that the same again would be refused again. */
const REFUSALS: ReadonlySet<number> = new Set([400, 409, 412, 413, 422])

/** What became of a part of a batch. `ill`: status 500, which servers of DataHub also give to what they cannot digest. */
type Verdict = { readonly is: 'taken' } | { readonly is: 'refused' | 'ill'; readonly message: string }

/**
 * Sends change proposals (JSON texts) so that every good one is recorded when it returns: a batch that is refused is halved
 * until what is at fault stands alone. Proposals are upserts, so that one sent twice does nothing.
 */
export class ProposalSender {
  readonly #client: GmsClient
  /** Old servers have none. */
  #batches = true

  constructor(client: GmsClient) {
    this.#client = client
  }

  /**
   * Those that are refused, by their place. Throws what the client throws, and `gms_refused`; nothing is known then of what of
   * the batch is recorded. A server that answers 500 to a proposal is told from one that is ill by what it says to the others.
   */
  async send(proposals: readonly string[]): Promise<Refused[]> {
    let ill: CatalogError | undefined
    try {
      const verdict = await this.#judged(proposals)
      if (verdict.is === 'taken') return []
      if (proposals.length === 1) return [{ index: 0, message: verdict.message }]
    } catch (error) {
      if (!isServerError(error)) throw error
      ill = error
    }
    if (ill && proposals.length === 1) {
      // Alone: a server that is well otherwise cannot digest it.
      await this.#client.config()
      return [{ index: 0, message: saidBy(ill) }]
    }
    return this.#isolate(proposals, ill)
  }

  /** By halves, the left one first. With `ill` each part is asked once; when none is taken, the server is at fault. */
  async #isolate(proposals: readonly string[], ill: CatalogError | undefined): Promise<Refused[]> {
    const refused: Refused[] = []
    let taken = false
    let inVain = 0
    const parts: (readonly [from: number, to: number])[] = halves(0, proposals.length)
    for (let part = parts.shift(); part; part = parts.shift()) {
      const [from, to] = part
      const verdict = await this.#tried(proposals.slice(from, to), ill !== undefined)
      taken ||= verdict.is !== 'ill'
      inVain = taken ? 0 : inVain + 1
      if (ill && inVain > 2 * Math.log2(proposals.length) + 2) throw ill
      if (verdict.is === 'taken') continue
      if (to - from > 1) parts.unshift(...halves(from, to))
      else refused.push({ index: from, message: verdict.message })
    }
    if (ill && !taken) throw ill
    return refused
  }

  async #tried(proposals: readonly string[], once: boolean): Promise<Verdict> {
    if (!once) return this.#judged(proposals)
    try {
      return await this.#judged(proposals, 1)
    } catch (error) {
      if (!isServerError(error)) throw error
      return { is: 'ill', message: saidBy(error) }
    }
  }

  async #judged(proposals: readonly string[], attempts?: number): Promise<Verdict> {
    const answer = await this.#post(proposals, attempts)
    if (answer.status < 300) return { is: 'taken' }
    if (REFUSALS.has(answer.status)) return { is: 'refused', message: this.#client.words(answer) }
    throw new CatalogError(
      'unavailable',
      'gms_refused',
      `The server ${this.#client.name} refuses the request itself: ${this.#client.words(answer)}.`,
      {
        remedy: 'Check the address, and that the server is one of DataHub.',
        details: { status: answer.status },
      },
    )
  }

  async #post(proposals: readonly string[], attempts: number | undefined): Promise<GmsAnswer> {
    const [only] = proposals
    if (proposals.length === 1)
      return this.#client.request(
        'POST',
        '/aspects?action=ingestProposal',
        `{"proposal":${only},"async":"false"}`,
        attempts,
      )
    if (this.#batches) {
      const body = `{"proposals":[${proposals.join(',')}],"async":"false"}`
      const answer = await this.#client.request('POST', '/aspects?action=ingestProposalBatch', body, attempts)
      if (!isWithoutBatches(answer)) return answer
      this.#batches = false
    }
    // As refused: it is halved, so that each comes to stand alone.
    return { status: 422, json: null }
  }
}

function halves(from: number, to: number): (readonly [number, number])[] {
  const middle = (from + to) >> 1
  return [
    [from, middle],
    [middle, to],
  ]
}

/** A server from before batches: no such route, or the words of Rest.li for an action it does not know. */
function isWithoutBatches({ status, json }: GmsAnswer): boolean {
  if (status === 404 || status === 405) return true
  const message = json?.['message']
  return status === 400 && typeof message === 'string' && /ingestProposalBatch.*not supported/i.test(message)
}

function isServerError(error: unknown): error is CatalogError {
  return error instanceof CatalogError && error.details?.['status'] === 500
}

function saidBy(error: CatalogError): string {
  const said = error.details?.['said']
  return typeof said === 'string' && said !== '' ? said : 'status 500'
}
