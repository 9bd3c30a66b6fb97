import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { StandingIncident } from '../report/incident-list'
import { SuspectList } from '../run/suspect-list'
import { Problem } from '../shell/problem'
import { useWide } from '../shell/use-wide'
import type { GroundplaneClient, IncidentReport } from '../wire/types'
import { type PlacedPicture, placePicture } from './layout'
import { LineageCanvas } from './lineage-canvas'
import { LineageList } from './lineage-list'
import { NodeDetails } from './node-details'
import { type LineageView, PictureOrList } from './picture-or-list'
import { STATUS_ICONS, STATUS_LABELS, STATUSES } from './status'

/** Where it comes from: the affected neighbourhood with its culprits, and the ranking behind it. */
export function LineageSection({
  client,
  report,
  incidents,
}: {
  client: GroundplaneClient
  report: IncidentReport
  incidents: readonly StandingIncident[]
}) {
  const wide = useWide(720)
  const [chosen, setChosen] = useState<LineageView | null>(null)
  const [openUrn, setOpenUrn] = useState<string | null>(null)
  const shown = chosen ?? (wide ? 'picture' : 'list')
  const picture = useQuery({
    queryKey: ['lineage', report.runId],
    queryFn: ({ signal }) => client.catalog.picture(report.runId, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const placed = useQuery({
    queryKey: ['placed', report.runId],
    queryFn: () => placePicture(picture.data ?? { nodes: [], edges: [] }),
    enabled: picture.data !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 2,
  })
  const open = picture.data?.nodes.find((node) => node.urn === openUrn)

  function close() {
    const from = openUrn
    setOpenUrn(null)
    if (from)
      document
        .querySelector<HTMLElement>(`[data-id="${CSS.escape(from)}"], [data-urn="${CSS.escape(from)}"]`)
        ?.focus()
  }

  return (
    <section className="section" aria-labelledby="lineage-title">
      <div className="section-head">
        <h3 className="section-title" id="lineage-title">
          Lineage
        </h3>
        <Legend />
        <PictureOrList shown={shown} onChoose={setChosen} />
      </div>
      <div className="lineage-area">
        <div
          className={`lineage lineage-as-${shown}`}
          style={shown === 'picture' ? { height: pictureHeight(placed.data) } : undefined}
        >
          {picture.isPending || (shown === 'picture' && placed.isPending && !picture.isError) ? (
            <LineageSkeleton />
          ) : null}
          {picture.isError ? <Problem error={picture.error} onRetry={() => void picture.refetch()} /> : null}
          {placed.isError ? (
            <p className="details-note">
              The picture could not be drawn in this browser. The list shows the same.
            </p>
          ) : null}
          {shown === 'picture' && placed.data ? (
            <LineageCanvas placed={placed.data} openUrn={openUrn} onOpen={setOpenUrn} />
          ) : null}
          {shown === 'list' && picture.data ? (
            <LineageList picture={picture.data} onOpen={setOpenUrn} />
          ) : null}
        </div>
        {report.suspects.length > 0 ? <SuspectList suspects={report.suspects} /> : null}
        {open ? (
          <NodeDetails
            key={open.urn}
            node={open}
            checks={report.checks}
            incidents={incidents}
            onClose={close}
          />
        ) : null}
      </div>
    </section>
  )
}

/** Tall enough to show the picture at full size, between a comfortable least and what a laptop's screen holds. */
function pictureHeight(placed: PlacedPicture | undefined): number {
  return Math.min(700, Math.max(340, (placed?.height ?? 480) + 40))
}

function Legend() {
  return (
    <ul className="legend">
      {STATUSES.map((status) => {
        const StatusIcon = STATUS_ICONS[status]
        return (
          <li key={status} className={`status-${status}`}>
            <StatusIcon />
            {STATUS_LABELS[status]}
          </li>
        )
      })}
    </ul>
  )
}

function LineageSkeleton() {
  return (
    <div className="lineage-skeleton" aria-hidden="true">
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  )
}
