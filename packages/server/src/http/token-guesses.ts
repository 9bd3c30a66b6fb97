import { ServerError } from '../server-error.js'

/** Wrong tokens of one address that may come at once, and how many are forgotten each second. */
const BURST = 100
const PER_SECOND = 1
/** Who goes on guessing is kept out for a minute after the last, not longer. */
const MOST = BURST + 60
/** Addresses that are kept; past it the one that was heard of the longest ago is forgotten. */
const MAX_ADDRESSES = 10_000

interface Guesser {
  wrong: number
  readAtMs: number
}

/**
 * Makes guessing tokens slow. An address that has sent too many wrong ones is told nothing any more about a
 * token, right or wrong, until some are forgotten. Actors that have been let in before are not held up by
 * it: many callers can share the address of a proxy with a guesser. Of this process only.
 */
export class TokenGuesses {
  readonly #nowMs: () => number
  readonly #guessers = new Map<string, Guesser>()
  /** Accounts, and not what a token resolved to: who gets a new token is not held up. As many as there are actors. */
  readonly #letIn = new Set<string>()

  /** `nowMs` must not go backwards. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Told of every token that was looked up: `account` is whose it is, if anybody's. Throws `too_many_guesses`. */
  judge(address: string, account: string | undefined): void {
    if (account !== undefined && this.#letIn.has(account)) return
    const guesser = this.#guessers.get(address)
    if (guesser) this.#forget(guesser)
    if (guesser && guesser.wrong >= BURST) {
      if (account === undefined) guesser.wrong = Math.min(MOST, guesser.wrong + 1)
      throw tooMany(guesser.wrong - BURST + 1)
    }
    if (account !== undefined) this.#letIn.add(account)
    else this.#count(address, guesser)
  }

  #forget(guesser: Guesser): void {
    const nowMs = this.#nowMs()
    guesser.wrong = Math.max(0, guesser.wrong - ((nowMs - guesser.readAtMs) / 1000) * PER_SECOND)
    guesser.readAtMs = nowMs
  }

  #count(address: string, known: Guesser | undefined): void {
    const guesser = known ?? { wrong: 0, readAtMs: this.#nowMs() }
    guesser.wrong++
    this.#guessers.delete(address)
    this.#guessers.set(address, guesser)
    if (this.#guessers.size <= MAX_ADDRESSES) return
    const [oldest] = this.#guessers.keys()
    this.#guessers.delete(oldest as string)
  }
}

function tooMany(over: number): ServerError {
  return new ServerError(
    'limited',
    'too_many_guesses',
    'Too many unknown tokens came from this address; none is looked at now.',
    { remedy: 'Wait, then send the right token.', retry: { afterMs: Math.ceil((over / PER_SECOND) * 1000) } },
  )
}
