import type { StandingIncident } from '../report/incident-list'
import { CopyButton } from '../shell/copy-button'
import { CloseIcon, FlagIcon } from '../shell/icons'
import { tableName } from '../text/dataset-urn'
import { formatCount } from '../text/format'
import { checksOf, VERDICT_LABELS } from '../verdict/verdicts'
import type { Check, LineageNode } from '../wire/types'
import { DetailsDialog } from './details-dialog'
import { STATUS_ICONS, STATUS_LABELS } from './status'

export interface NodeDetailsProps {
  node: LineageNode
  checks: readonly Check[]
  incidents: readonly StandingIncident[]
  onClose: () => void
}

/** What is known of one dataset in the picture. Takes the focus when it appears (key it by dataset); Escape gives it back. */
export function NodeDetails({ node, checks, incidents, onClose }: NodeDetailsProps) {
  const mine = checksOf(checks, node.urn)
  const bad = mine.filter((check) => check.verdict !== 'both-pass')
  const onThis = incidents.filter((incident) => incident.table === tableName(node.urn))
  const StatusIcon = STATUS_ICONS[node.status]

  return (
    <DetailsDialog onClose={onClose}>
      <div className="details-head">
        <h4 id="details-title">
          <code>{node.name}</code>
        </h4>
        <button type="button" className="icon-button" onClick={onClose} aria-label="Close details">
          <CloseIcon />
        </button>
      </div>
      <p className={`details-status status-${node.status}`}>
        <StatusIcon />
        {STATUS_LABELS[node.status]} {node.kind} <span className="faint">in {node.instance}</span>
      </p>
      <DetailsChecks mine={mine} bad={bad} status={node.status} />
      {onThis.map((incident) => (
        <p className="details-incident" key={incident.urn}>
          <FlagIcon />
          <span>
            {incident.title ?? 'An incident stands on it'}{' '}
            <span className="faint">({incident.fresh ? 'raised by this run' : 'open already'})</span>
          </span>
        </p>
      ))}
      <p className="urn">
        <span>{node.urn}</span>
        <CopyButton text={node.urn} label="Copy URN" quiet />
      </p>
    </DetailsDialog>
  )
}

function DetailsChecks({
  mine,
  bad,
  status,
}: {
  mine: Check[]
  bad: Check[]
  status: LineageNode['status']
}) {
  if (mine.length === 0) {
    return (
      <p className="details-note">
        {status === 'affected'
          ? 'No assertion of its own. It is affected because it reads from a culprit upstream, or is what the sentence is about.'
          : 'No assertion watches this dataset, so nothing is known of its health.'}
      </p>
    )
  }
  if (bad.length === 0) {
    return (
      <p className="details-note">
        Every assertion passes on both sides ({formatCount(mine.length)} compared).
      </p>
    )
  }
  return (
    <dl className="details-checks">
      {bad.map((check) => (
        <div key={check.assertion}>
          <dt>
            <code>{check.assertion}</code>
          </dt>
          <dd>
            {check.production.failed ? (
              <strong>{formatCount(check.production.failed)} rows fail</strong>
            ) : check.production.result === 'ERROR' ? (
              <strong>Could not be run</strong>
            ) : null}
            {check.column ? (
              <>
                {' '}
                in <code>{check.column}</code>
              </>
            ) : null}
            <span className="faint"> {VERDICT_LABELS[check.verdict].toLowerCase()}</span>
            {typeof check.description === 'string' ? <p>{check.description}</p> : null}
            {check.production.message ? <p>{check.production.message}</p> : null}
          </dd>
        </div>
      ))}
    </dl>
  )
}
