/** Stands at the top while the server does not answer. What is on the page stays readable. */
export function OfflineBanner({ onRetry }: { onRetry: () => void }) {
  return (
    <div className="banner" role="status">
      <p>
        <strong>The server does not answer.</strong> What you see is the last that arrived. This page keeps
        trying, and a run in progress resumes where it was.
      </p>
      <button type="button" className="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  )
}
