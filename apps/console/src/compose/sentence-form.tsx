import { useMutation } from '@tanstack/react-query'
import { type RefObject, useState } from 'react'
import { ArrowIcon } from '../shell/icons'
import { describeFailure } from '../wire/failure'
import type { GroundplaneClient } from '../wire/types'

const EXAMPLES = [
  'revenue dashboard wrong',
  'customers missing from order details',
  'product categories are blank',
  'seller numbers look too low',
]

/** Longest sentence the server takes, in characters. */
const MAX_LENGTH = 2000

export interface SentenceFormProps {
  client: GroundplaneClient
  input: RefObject<HTMLInputElement | null>
  onStarted: (runId: string) => void
}

/** One sentence in, a run out. */
export function SentenceForm({ client, input, onStarted }: SentenceFormProps) {
  const [text, setText] = useState('')
  const [empty, setEmpty] = useState(false)
  const start = useMutation({
    mutationFn: (sentence: string) => client.incidents.start(sentence),
    onSuccess: ({ runId }) => {
      setText('')
      onStarted(runId)
    },
  })

  function run(sentence: string) {
    const trimmed = sentence.trim()
    setEmpty(trimmed === '')
    if (trimmed === '') input.current?.focus()
    else if (!start.isPending) start.mutate(trimmed)
  }

  const failure = start.error ? describeFailure(start.error) : null
  return (
    <form
      className="compose"
      onSubmit={(event) => {
        event.preventDefault()
        run(text)
      }}
    >
      <label htmlFor="sentence">What looks wrong?</label>
      <div className="compose-field">
        <input
          id="sentence"
          ref={input}
          type="text"
          value={text}
          maxLength={MAX_LENGTH}
          placeholder="Say it in one sentence"
          autoComplete="off"
          enterKeyHint="go"
          aria-invalid={empty || failure !== null}
          aria-describedby="compose-message"
          aria-keyshortcuts="/"
          onChange={(event) => {
            setText(event.target.value)
            setEmpty(false)
            start.reset()
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            if (text === '') event.currentTarget.blur()
            setText('')
            setEmpty(false)
            start.reset()
          }}
        />
        {/* The input names its key to assistive technology; this is for the eye. */}
        <span className="compose-key" aria-hidden="true">
          <kbd>/</kbd>
        </span>
        <button type="submit" className="button button-primary" aria-disabled={start.isPending}>
          {start.isPending ? 'Starting…' : 'Run'}
          <ArrowIcon />
        </button>
      </div>
      <p className="complaint" id="compose-message" role="alert">
        {empty ? 'Say in one sentence what is wrong, for instance one of these:' : null}
        {failure ? (
          <>
            {failure.message} {failure.remedy} {failure.code ? <code>{failure.code}</code> : null}
          </>
        ) : null}
      </p>
      <ul className="examples" aria-label="Examples">
        {EXAMPLES.map((example) => (
          <li key={example}>
            <button type="button" onClick={() => run(example)} disabled={start.isPending}>
              {example}
            </button>
          </li>
        ))}
      </ul>
    </form>
  )
}
