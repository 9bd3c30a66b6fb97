import { useMutation } from '@tanstack/react-query'
import { type RefObject, useState } from 'react'
import { ArrowIcon } from '../shell/icons'
import { describeFailure } from '../wire/failure'
import type { GroundplaneClient } from '../wire/types'

/** Longest sentence the server takes, in characters. */
const MAX_LENGTH = 2000

export interface SentenceFormProps {
  client: GroundplaneClient
  input: RefObject<HTMLInputElement | null>
  /** Sentences that can be run with one click. */
  offered: readonly string[]
  onStarted: (runId: string) => void
}

/** One sentence in, a run out. */
export function SentenceForm({ client, input, offered, onStarted }: SentenceFormProps) {
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
        {empty
          ? offered.length > 0
            ? 'Say in one sentence what is wrong, or choose one of these:'
            : 'Say in one sentence what is wrong.'
          : null}
        {failure ? (
          <>
            {failure.message} {failure.remedy} {failure.code ? <code>{failure.code}</code> : null}
          </>
        ) : null}
      </p>
      {offered.length > 0 ? (
        <ul className="examples" aria-label="Sentences to run again or to begin with">
          {offered.map((sentence) => (
            <li key={sentence}>
              <button type="button" onClick={() => run(sentence)} disabled={start.isPending}>
                {sentence}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </form>
  )
}
