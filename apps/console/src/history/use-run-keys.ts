import { type RefObject, useEffect } from 'react'
import { goToRun } from '../run/run-route'
import type { RunSummary } from '../wire/types'

/** `/` goes to the sentence; `j` and `k` go to the next older and newer run. Not while something is being typed. */
export function useRunKeys(
  runs: readonly RunSummary[] | undefined,
  current: string | null,
  input: RefObject<HTMLInputElement | null>,
): void {
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return
      if (event.key === '/') {
        event.preventDefault()
        input.current?.focus()
        input.current?.select()
      } else if (event.key === 'j' || event.key === 'k') {
        const next = neighbour(runs ?? [], current, event.key === 'j' ? 1 : -1)
        if (next) goToRun(next, 'replace')
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [runs, current, input])
}

/** The run `step` places further down the list (newest first); the list's ends stay where they are. */
export function neighbour(runs: readonly RunSummary[], current: string | null, step: 1 | -1): string | null {
  const at = runs.findIndex((run) => run.runId === current)
  const next = at === -1 ? 0 : Math.min(runs.length - 1, Math.max(0, at + step))
  return runs[next]?.runId ?? null
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
