import { ServerError } from '../server-error.js'

export interface QuotaLimits {
  /** Requests of one actor under way at the same time, streams included; 0 is no limit. */
  readonly actorConcurrent: number
  /** Requests of one actor per second, on average; 0 is no limit. As many again may come at once. */
  readonly actorPerSecond: number
}

interface Account {
  underWay: number
  /** Requests that may come now; may be a fraction, and less than none after a batch. */
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
    return this.#counted(actor, account, 1)
  }

  /**
   * Counts in what came with a request that is in already, and asks for as much again as each of so many requests; the
   * answer counts it out. The rate is paid later: the next request waits until all of these are earned. Throws
   * `concurrency_limited`.
   */
  enterMore(actor: string, requests: number): () => void {
    const account = this.#refilled(actor)
    const { actorConcurrent } = this.#limits()
    if (actorConcurrent > 0 && account.underWay + requests > actorConcurrent) {
      throw concurrencyLimited(
        account.underWay + requests,
        'Send fewer in one batch, or wait for others to end.',
      )
    }
    return this.#counted(actor, account, requests)
  }

  #counted(actor: string, account: Account, requests: number): () => void {
    // Without a rate nothing is owed when there is one some day.
    if (this.#limits().actorPerSecond > 0) account.credit -= requests
    account.underWay += requests
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      account.underWay -= requests
      this.#forgetIdle(actor, account)
    }
  }

  #refilled(actor: string): Account {
    const { actorPerSecond } = this.#limits()
    const most = Math.max(1, actorPerSecond)
    const known = this.#accounts.get(actor)
    if (known && actorPerSecond === 0) return known
    const readAtMs = this.#nowMs()
    const account = known ?? { underWay: 0, credit: most, readAtMs }
    if (!known) this.#accounts.set(actor, account)
    const earned = ((readAtMs - account.readAtMs) / 1000) * actorPerSecond
    account.credit = Math.min(most, account.credit + earned)
    account.readAtMs = readAtMs
    return account
  }

  #refuse({ underWay, credit }: Account): void {
    const { actorConcurrent, actorPerSecond } = this.#limits()
    if (actorConcurrent > 0 && underWay >= actorConcurrent) {
      throw concurrencyLimited(underWay + 1, 'Wait for one of them to end.')
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

  /** In the open mode actors are addresses, without end. */
  #forgetIdle(actor: string, account: Account): void {
    if (account.underWay === 0 && this.#accounts.size > MAX_IDLE) this.#accounts.delete(actor)
  }
}

/** Accounts kept at most while nothing of theirs is under way; past it, an actor that pauses begins anew. */
const MAX_IDLE = 10_000

function concurrencyLimited(requests: number, remedy: string): ServerError {
  const message = `${requests} requests of this actor would be under way at the same time, more than it may have.`
  return new ServerError('limited', 'concurrency_limited', message, { remedy, retry: { afterMs: 1000 } })
}
