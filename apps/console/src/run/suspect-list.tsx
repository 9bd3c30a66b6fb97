import { parseDatasetUrn } from '../text/dataset-urn'
import { formatCount } from '../text/format'
import { Identifier } from '../text/identifier'
import type { IncidentReport } from '../wire/types'

type Suspect = IncidentReport['suspects'][number]

/** The Detective's ranking, likeliest first, each with its evidence. Those far behind the first fold away. */
export function SuspectList({ suspects }: { suspects: readonly Suspect[] }) {
  const most = Math.max(...suspects.map((suspect) => suspect.score), Number.EPSILON)
  const likely = suspects.filter((suspect) => suspect.score >= most / 2)
  const others = suspects.filter((suspect) => suspect.score < most / 2)
  return (
    <section className="suspects" aria-labelledby="suspects-title">
      <h4 id="suspects-title">Suspects, likeliest first</h4>
      <Ranking suspects={likely} most={most} />
      {others.length > 0 ? (
        <details>
          <summary>{formatCount(others.length)} less likely</summary>
          <Ranking suspects={others} most={most} />
        </details>
      ) : null}
    </section>
  )
}

function Ranking({ suspects, most }: { suspects: readonly Suspect[]; most: number }) {
  return (
    <ol>
      {suspects.map((suspect) => {
        const { table, instance } = parseDatasetUrn(suspect.urn)
        return (
          <li key={suspect.urn}>
            <p className="suspect-name">
              <Identifier name={table} title={suspect.urn} />
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
  )
}

function formatScore(score: number): string {
  return Number.isInteger(score) ? formatCount(score) : score.toFixed(2)
}
