import { parseDatasetUrn } from '../text/dataset-urn'
import { formatCount } from '../text/format'
import type { IncidentReport } from '../wire/types'

/** The Detective's ranking, likeliest first, each with its evidence. */
export function SuspectList({ suspects }: { suspects: IncidentReport['suspects'] }) {
  const most = Math.max(...suspects.map((suspect) => suspect.score), Number.EPSILON)
  return (
    <section className="suspects" aria-labelledby="suspects-title">
      <h4 id="suspects-title">Suspects, likeliest first</h4>
      <ol>
        {suspects.map((suspect) => {
          const { table, instance } = parseDatasetUrn(suspect.urn)
          return (
            <li key={suspect.urn}>
              <p className="suspect-name">
                <code title={suspect.urn}>{table}</code>
                {instance ? <span className="faint">{instance}</span> : null}
                <span className="suspect-score" title="Score">
                  {formatScore(suspect.score)}
                </span>
              </p>
              <span className="suspect-bar" aria-hidden="true">
                <span style={{ width: `${Math.max(2, (suspect.score / most) * 100)}%` }} />
              </span>
              <p className="suspect-why">{suspect.why}</p>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function formatScore(score: number): string {
  return Number.isInteger(score) ? formatCount(score) : score.toFixed(2)
}
