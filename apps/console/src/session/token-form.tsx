import { useEffect, useRef, useState } from 'react'
import { GroundMark } from '../shell/icons'

/** Asks for the bearer token. It stays in this tab and goes with it. */
export function TokenForm({ refused, onToken }: { refused: boolean; onToken: (token: string) => void }) {
  const [text, setText] = useState('')
  const [complaint, setComplaint] = useState(
    refused ? 'The server did not accept that token. It may have been replaced since you got it.' : '',
  )
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])

  return (
    <form
      className="token-form"
      onSubmit={(event) => {
        event.preventDefault()
        const token = text.trim()
        if (token === '') {
          setComplaint('Paste the token first.')
          input.current?.focus()
        } else onToken(token)
      }}
    >
      <span className="token-mark">
        <GroundMark size={36} />
      </span>
      <h1>Open the console</h1>
      <p>
        This server asks who you are, by a bearer token. Whoever runs it chose the tokens when they started
        it, and can give you one; <code>groundplane demo</code> prints a link that carries one.
      </p>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        ref={input}
        type="password"
        autoComplete="off"
        spellCheck={false}
        value={text}
        aria-invalid={complaint !== ''}
        aria-describedby={complaint ? 'token-complaint' : 'token-note'}
        onChange={(event) => {
          setText(event.target.value)
          setComplaint('')
        }}
      />
      {complaint ? (
        <p className="complaint" id="token-complaint" role="alert">
          {complaint}
        </p>
      ) : null}
      <button type="submit" className="button button-primary">
        Open
      </button>
      <p className="faint" id="token-note">
        Kept in this tab only. A link ending in <code>#token=…</code> does the same.
      </p>
    </form>
  )
}
