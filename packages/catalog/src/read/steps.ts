/**
 * Work in steps, each short: who runs them may do something else between two, or not go on. What is
 * read between two steps may be of another commit than before; see `Snapshot.hold`.
 */
export type Steps<T> = Generator<undefined, T, undefined>

/** All steps, one after the other. */
export function allAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Work that is short, where steps are asked for. */
export function* oneStep<T>(work: () => T): Steps<T> {
  yield
  return work()
}
