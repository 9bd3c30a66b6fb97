import { ServerError } from '../server-error.js'

export interface QuotaLimits {
  /** Requests of one actor under way at the same time, streams included; 0 is no limit. */
  readonly actorConcurrent: number
  /** Requests of one actor per second, on average; 0 is no limit. As many again may come at once. */
  readonly actorPerSecond: number
}

interface Account {
  underWay: number
  /** Requests that may come now; may be a fraction. */
  credit: number
  readAtMs: number
}

/**
 * How much one actor may ask of this server, so that one cannot take it from the others: a
 * token bucket for the rate and a count of what is under way. Not for keeping strangers
 * out: it is asked after authentication. Of this process only; replicas count apart.
 */
export class ActorQuotas {
  readonly #limits: () => QuotaLimits
  readonly #nowMs: () => number
  readonly #accounts = new Map<string, Account>()

  /** `limits` are asked at every request; `nowMs` must not go backwards. */
  constructor(limits: () => QuotaLimits, nowMs: () => number) {
    this.#limits = limits
    this.#nowMs = nowMs
  }

  /** Counts a request in; the answer counts it out, once. Throws `rate_limited` or `concurrency_limited`, both with when to try again. */
  enter(actor: string): () => void {
    const account = this.#refilled(actor)
    this.#refuse(account)
    account.credit--
    account.underWay++
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      account.underWay--
      this.#forgetIdle(actor, account)
    }
  }

  #refilled(actor: string): Account {
    const { actorPerSecond } = this.#limits()
    const readAtMs = this.#nowMs()
    const most = Math.max(1, actorPerSecond)
    const account = this.#accounts.get(actor) ?? { underWay: 0, credit: most, readAtMs }
    const earned = ((readAtMs - account.readAtMs) / 1000) * actorPerSecond
    account.credit = Math.min(most, account.credit + earned)
    account.readAtMs = readAtMs
    this.#accounts.set(actor, account)
    return account
  }

  #refuse({ underWay, credit }: Account): void {
    const { actorConcurrent, actorPerSecond } = this.#limits()
    if (actorConcurrent > 0 && underWay >= actorConcurrent) {
      throw new ServerError(
        'limited',
        'concurrency_limited',
        `${underWay} requests of this actor are under way; no more are taken at the same time.`,
        { remedy: 'Wait for one of them to end.', retry: { afterMs: 1000 } },
      )
    }
    if (actorPerSecond > 0 && credit < 1) {
      throw new ServerError(
        'limited',
        'rate_limited',
        `This actor sends more than ${actorPerSecond} requests per second.`,
        {
          remedy: 'Send fewer; Retry-After says when.',
          retry: { afterMs: Math.ceil(((1 - credit) / actorPerSecond) * 1000) },
        },
      )
    }
  }

  /** An account with all its credit says nothing: in the open mode actors are addresses, without end. */
  #forgetIdle(actor: string, account: Account): void {
    const { actorPerSecond } = this.#limits()
    if (account.underWay === 0 && (actorPerSecond === 0 || this.#accounts.size > MAX_IDLE))
      this.#accounts.delete(actor)
  }
}

/** Accounts kept for their credit at most; past it, an actor that pauses begins anew. */
const MAX_IDLE = 10_000
