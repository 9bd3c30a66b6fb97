import { useEffect, useState } from 'react'
import { CheckIcon, CopyIcon } from './icons'

/** Puts `text` on the clipboard and says so. Outside a secure context the browser has no clipboard API; the old command then does it. */
export function CopyButton({ text, label, quiet = false }: { text: string; label: string; quiet?: boolean }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')

  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), 2000)
    return () => clearTimeout(timer)
  }, [state])

  const said = state === 'copied' ? 'Copied' : state === 'failed' ? 'Not copied' : label
  return (
    <button
      type="button"
      className={quiet ? 'copy copy-quiet' : 'copy'}
      title={quiet ? label : undefined}
      onClick={async () => setState((await copyText(text)) ? 'copied' : 'failed')}
    >
      {state === 'copied' ? <CheckIcon /> : <CopyIcon />}
      <span className={quiet && state === 'idle' ? 'visually-hidden' : ''} aria-live="polite">
        {said}
      </span>
    </button>
  )
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyWithCommand(text)
  }
}

function copyWithCommand(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.style.position = 'fixed'
  area.style.opacity = '0'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}
