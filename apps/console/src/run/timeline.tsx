/**
 * The run as four traces on one time axis: who worked when, and that the
 * Detective and the Reality-Checker did so at once. A picture of what the panes
 * state in words, so it is hidden from assistive technology.
 */
import { formatDuration } from '../text/format'
import { ROLE_LABELS, ROLES, type RunView } from './run-view'

export function Timeline({ view, nowMs }: { view: RunView; nowMs: number }) {
  const start = view.startedAt ? Date.parse(view.startedAt) : nowMs
  const end = Math.max(view.endedAt ? Date.parse(view.endedAt) : nowMs, start + 1)
  const at = (iso: string) => ((Date.parse(iso) - start) / (end - start)) * 100
  return (
    <div className="timeline" aria-hidden="true">
      {ROLES.map((name) => {
        const role = view.roles[name]
        const from = role.startedAt ? clamp(at(role.startedAt)) : null
        const to = role.endedAt ? clamp(at(role.endedAt)) : 100
        return (
          <div key={name} className={`lane lane-${role.state}`}>
            <span className="lane-name">{ROLE_LABELS[name]}</span>
            <span className="lane-track">
              {from === null ? null : (
                <span
                  className="lane-trace"
                  style={{ left: `${from}%`, width: `${Math.max(0, to - from)}%` }}
                />
              )}
            </span>
          </div>
        )
      })}
      <div className="lane lane-axis">
        <span className="lane-name" />
        <span className="lane-ticks">
          {view.startedAt ? (
            <>
              <span>0</span>
              <span>{formatDuration((end - start) / 2)}</span>
              <span>{formatDuration(end - start)}</span>
            </>
          ) : null}
        </span>
      </div>
    </div>
  )
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent))
}
