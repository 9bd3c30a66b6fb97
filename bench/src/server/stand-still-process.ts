/**
 * A loop that only looks at the clock, for so many seconds. Prints the milliseconds in which it stood still: gaps of more
 * than a fifth of a millisecond, which nothing in it causes.
 */
const seconds = Number(process.argv[2])
const LONGEST_TURN_MS = 0.2

let last = performance.now()
const endAt = last + seconds * 1000
let stood = 0
while (last < endAt) {
  const now = performance.now()
  if (now - last > LONGEST_TURN_MS) stood += now - last
  last = now
}
process.stdout.write(String(stood))
