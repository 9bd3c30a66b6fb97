/** The address of a run on this page: `#/runs/<runId>`. */
import { useSyncExternalStore } from 'react'

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
  if (runOfFragment(location.hash) === runId) return
  if (how === 'push') history.pushState(null, '', fragmentOfRun(runId))
  else history.replaceState(null, '', fragmentOfRun(runId))
  window.dispatchEvent(new Event('groundplane:route'))
}

function subscribe(changed: () => void): () => void {
  for (const name of ['hashchange', 'popstate', 'groundplane:route']) window.addEventListener(name, changed)
  return () => {
    for (const name of ['hashchange', 'popstate', 'groundplane:route'])
      window.removeEventListener(name, changed)
  }
}

/** The run the address names now. */
export function useRunRoute(): string | null {
  return useSyncExternalStore(subscribe, () => runOfFragment(location.hash))
}
