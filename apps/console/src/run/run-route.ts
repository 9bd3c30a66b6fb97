/** The address of a run on this page: `#/runs/<runId>`. */
import { goTo, useFragment } from '../shell/address'

/** The run a fragment names, or null. */
export function runOfFragment(fragment: string): string | null {
  const match = /^#?\/runs\/([A-Za-z0-9_-]+)\/?$/.exec(fragment)
  return match?.[1] ?? null
}

export function fragmentOfRun(runId: string): string {
  return `#/runs/${runId}`
}

/** Shows a run. `replace` keeps the back button free of steps nobody took. */
export function goToRun(runId: string, how: 'push' | 'replace' = 'push'): void {
  if (runOfFragment(location.hash) !== runId) goTo(fragmentOfRun(runId), how)
}

/** The run the address names now. */
export function useRunRoute(): string | null {
  return runOfFragment(useFragment())
}
