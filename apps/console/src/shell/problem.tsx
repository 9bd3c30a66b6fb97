import { describeFailure } from '../wire/failure'

/** A failure in place: what is wrong, what to do, its code, and a way to try again. */
export function Problem({ error, title, onRetry }: { error: unknown; title?: string; onRetry?: () => void }) {
  const { message, remedy, code } = describeFailure(error)
  return (
    <div className="problem" role="alert">
      <p className="problem-title">{title ?? message}</p>
      {title ? <p>{message}</p> : null}
      {remedy ? <p>{remedy}</p> : null}
      {onRetry || code ? (
        <p className="problem-foot">
          {onRetry ? (
            <button type="button" className="button" onClick={onRetry}>
              Try again
            </button>
          ) : null}
          {code ? <code>{code}</code> : null}
        </p>
      ) : null}
    </div>
  )
}
