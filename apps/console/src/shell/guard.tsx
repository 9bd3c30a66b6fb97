import { Component, type ReactNode } from 'react'
import { describeFailure } from '../wire/failure'

/** The last resort: a fault of the page itself is told, with a way on, instead of leaving it blank. */
export class Guard extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    return (
      <main className="gate">
        <div className="problem" role="alert">
          <p className="problem-title">The console itself failed.</p>
          <p>{describeFailure(this.state.error).message}</p>
          <p className="problem-foot">
            <button type="button" className="button" onClick={() => location.reload()}>
              Load it again
            </button>
          </p>
        </div>
      </main>
    )
  }
}
