import { useState } from 'react'
import { AffectedIcon, CulpritIcon, HealthyIcon, MissingIcon, SwapIcon } from '../shell/icons'
import { tableName } from '../text/dataset-urn'
import { formatCount } from '../text/format'
import { Identifier } from '../text/identifier'
import type { Check, CheckSide, Verdict } from '../wire/types'
import { countVerdicts, orderChecks, VERDICT_LABELS, VERDICT_MEANING } from './verdicts'

const ICONS: Record<Verdict, typeof CulpritIcon> = {
  'production-only': CulpritIcon,
  'reference-only': SwapIcon,
  'both-fail': AffectedIcon,
  missing: MissingIcon,
  'both-pass': HealthyIcon,
}

/** Every assertion compared between the reference and production, what needs a person on top. */
export function VerdictTable({ checks }: { checks: readonly Check[] }) {
  const [chosen, setChosen] = useState<Verdict | null>(null)
  const counts = countVerdicts(checks)
  const filter = counts.some(({ verdict }) => verdict === chosen) ? chosen : null
  const rows = orderChecks(checks).filter((check) => filter === null || check.verdict === filter)
  return (
    <section className="section" aria-labelledby="verdicts-title">
      <div className="section-head">
        <h3 className="section-title" id="verdicts-title">
          Verdicts
        </h3>
        <fieldset className="chips">
          <legend className="visually-hidden">Show assertions by verdict</legend>
          <Chip pressed={filter === null} onPress={() => setChosen(null)} label="All" count={checks.length} />
          {counts.map(({ verdict, count }) => (
            <Chip
              key={verdict}
              pressed={filter === verdict}
              onPress={() => setChosen(filter === verdict ? null : verdict)}
              label={VERDICT_LABELS[verdict]}
              count={count}
            />
          ))}
        </fieldset>
      </div>
      <table className="verdicts">
        <caption className="visually-hidden">
          Assertions compared between the reference and production
        </caption>
        <thead>
          <tr>
            <th scope="col">Assertion</th>
            <th scope="col">Dataset</th>
            <th scope="col">Column</th>
            <th scope="col" className="num">
              Reference
            </th>
            <th scope="col" className="num">
              Production
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((check) => (
            <Row key={`${check.dataset} ${check.assertion}`} check={check} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ check }: { check: Check }) {
  const Icon = ICONS[check.verdict]
  return (
    <tr className={`verdict-${check.verdict}`}>
      <th scope="row" data-label="Assertion">
        <Identifier name={check.assertion} />
        {check.verdict !== 'both-pass' && typeof check.description === 'string' ? (
          <p className="verdict-note">{check.description}</p>
        ) : null}
      </th>
      <td data-label="Dataset">
        <Identifier name={tableName(check.dataset)} title={check.dataset} />
      </td>
      <td data-label="Column">
        {check.column ? <Identifier name={check.column} /> : <span className="faint">whole table</span>}
      </td>
      <td data-label="Reference" className="num">
        <Side side={check.reference} />
      </td>
      <td data-label="Production" className="num">
        <Side side={check.production} />
      </td>
      <td data-label="Verdict">
        <span className="verdict" title={VERDICT_MEANING[check.verdict]}>
          <Icon />
          {VERDICT_LABELS[check.verdict]}
        </span>
      </td>
    </tr>
  )
}

function Side({ side }: { side: CheckSide }) {
  return (
    <>
      <Result side={side} />
      {side.stale ? (
        <span className="stale" title="Of other data, or by another definition, than there is now.">
          {' '}
          stale
        </span>
      ) : null}
    </>
  )
}

function Result({ side }: { side: CheckSide }) {
  switch (side.result) {
    case 'SUCCESS':
      return <span className="pass">pass</span>
    case 'FAILURE':
      return (
        <span
          className="fail"
          title={typeof side.total === 'number' ? `of ${formatCount(side.total)}` : undefined}
        >
          {formatCount(side.failed ?? 0)} failed
        </span>
      )
    case 'ERROR':
      return (
        <span className="fail" title={side.message ?? undefined}>
          could not run
        </span>
      )
    default:
      return <span className="faint">{side.assertion === null ? 'not declared' : 'not run'}</span>
  }
}

function Chip(props: { pressed: boolean; onPress: () => void; label: string; count: number }) {
  return (
    <button type="button" className="chip" aria-pressed={props.pressed} onClick={props.onPress}>
      {props.label} <span className="chip-count">{formatCount(props.count)}</span>
    </button>
  )
}
