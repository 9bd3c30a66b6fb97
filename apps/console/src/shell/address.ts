/** What the page shows is named by the fragment of its address, so that a link to it can be kept and sent. */
import { useSyncExternalStore } from 'react'

const EVENTS = ['hashchange', 'popstate', 'groundplane:route'] as const

/** Shows what a fragment names. `replace` keeps the back button free of steps nobody took. */
export function goTo(fragment: string, how: 'push' | 'replace' = 'push'): void {
  if (location.hash === fragment) return
  if (how === 'push') history.pushState(null, '', fragment)
  else history.replaceState(null, '', fragment)
  window.dispatchEvent(new Event('groundplane:route'))
}

function subscribe(changed: () => void): () => void {
  for (const name of EVENTS) window.addEventListener(name, changed)
  return () => {
    for (const name of EVENTS) window.removeEventListener(name, changed)
  }
}

/** The fragment of the address now, with its `#`. */
export function useFragment(): string {
  return useSyncExternalStore(subscribe, () => location.hash)
}
