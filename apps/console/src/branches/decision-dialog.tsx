import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Problem } from '../shell/problem'

/** Asks once more before something is done that others see. Escape and the way back change nothing. */
export function DecisionDialog<T>({
  title,
  doing,
  message,
  primary,
  run,
  onDone,
  onClose,
  children,
}: {
  title: string
  /** Words of the button that does it. */
  doing: string
  /** What the message of the commit begins as; undefined where none is made. */
  message?: string
  primary: boolean
  run: (message: string) => Promise<T>
  onDone: (result: T) => void
  onClose: () => void
  children: ReactNode
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState(message ?? '')
  const id = useId()
  const work = useMutation({ mutationFn: () => run(text.trim()), onSuccess: onDone })
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      className="ask"
      aria-labelledby={`${id}-title`}
      onClose={onClose}
      onCancel={(event) => {
        if (work.isPending) event.preventDefault()
      }}
    >
      <form
        // What was refused is being changed: the refusal is of something else by now.
        onChange={() => {
          if (work.isError) work.reset()
        }}
        onSubmit={(event) => {
          event.preventDefault()
          if (!work.isPending) work.mutate()
        }}
      >
        <h2 id={`${id}-title`}>{title}</h2>
        {children}
        {message === undefined ? null : (
          <label className="ask-message">
            Message of the commit
            <textarea
              rows={3}
              maxLength={10_000}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </label>
        )}
        {work.isError ? <Problem error={work.error} /> : null}
        <p className="ask-foot">
          <button
            type="submit"
            className={`button ${primary ? 'button-primary' : 'button-danger'}`}
            aria-disabled={work.isPending}
          >
            {work.isPending ? 'Working…' : doing}
          </button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  )
}
