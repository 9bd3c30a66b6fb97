import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { fragmentOfBranch } from '../branches/branch-route'
import { DecisionDialog } from '../branches/decision-dialog'
import type { GroundplaneClient } from '../wire/types'
import type { EntityDocument } from './answers'
import { EntityChoices } from './entity-choices'
import { nameOf } from './names'
import { editsBetween, type Wanted } from './proposed-edits'

/** Which branch has what was proposed. */
interface Proposed {
  graph: string
  proposal: string
}

/** The way to propose another description, other tags and owners, for others to review; the catalog stays as it is until then. */
export function ProposeChange({ client, entity }: { client: GroundplaneClient; entity: EntityDocument }) {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const [proposed, setProposed] = useState<Proposed | null>(null)
  const link = useRef<HTMLAnchorElement>(null)
  useEffect(() => {
    if (proposed) link.current?.focus()
  }, [proposed])
  return (
    <>
      <button type="button" className="button" onClick={() => setAsking(true)}>
        Propose a change
      </button>
      <span role="status" className="proposed">
        {proposed ? (
          <>
            It is proposed.{' '}
            <a ref={link} href={fragmentOfBranch(proposed.graph, proposed.proposal)}>
              Look at the proposal
            </a>
          </>
        ) : null}
      </span>
      {asking ? (
        <ProposalForm
          client={client}
          entity={entity}
          onClose={() => setAsking(false)}
          onProposed={(made) => {
            setAsking(false)
            setProposed(made)
            void queries.invalidateQueries({ queryKey: ['branches', made.graph] })
          }}
        />
      ) : null}
    </>
  )
}

function ProposalForm({
  client,
  entity,
  onClose,
  onProposed,
}: {
  client: GroundplaneClient
  entity: EntityDocument
  onClose: () => void
  onProposed: (made: Proposed) => void
}) {
  // What the form began with: an answer that comes meanwhile does not make something of it that nobody wrote.
  const [is] = useState(() => statedOf(entity))
  const [title, setTitle] = useState('')
  const [wanted, setWanted] = useState<Wanted>(is)
  const propose = async (): Promise<Proposed> => {
    const edits = editsBetween(entity.urn, is, wanted)
    if (edits.length === 0) throw new Error('Nothing is changed yet: another description, tag or owner is.')
    const answer = await client.catalog.call('propose_change', { title: title.trim(), edits })
    const { proposal, receipt } = answer as unknown as { proposal: string; receipt: { graph: string } }
    return { graph: receipt.graph, proposal }
  }
  return (
    <DecisionDialog
      title={`Propose a change of ${nameOf(entity)}`}
      doing="Propose"
      primary
      run={propose}
      onDone={onProposed}
      onClose={onClose}
    >
      <p className="faint">
        It goes on a branch of its own, where others look at it. Until somebody merges it, nothing changes.
      </p>
      <label className="ask-message">
        What you propose, and why
        <input
          required
          maxLength={500}
          pattern=".*\S.*"
          title="One line that is not empty"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
      </label>
      <label className="ask-message">
        Description
        <textarea
          rows={5}
          maxLength={100_000}
          value={wanted.description}
          onChange={(event) => setWanted({ ...wanted, description: event.target.value })}
        />
      </label>
      <EntityChoices
        client={client}
        legend="Tags"
        find="Find a tag"
        filter="entity_type = tag"
        given={entity.tags ?? []}
        chosen={wanted.tags}
        onChosen={(tags) => setWanted({ ...wanted, tags })}
      />
      <EntityChoices
        client={client}
        legend="Owners"
        find="Find a person or a group"
        tellKind
        filter="entity_type IN (corp_user, corp_group)"
        given={entity.owners ?? []}
        chosen={wanted.owners}
        onChosen={(owners) => setWanted({ ...wanted, owners })}
      />
    </DecisionDialog>
  )
}

function statedOf({ properties, tags, owners }: EntityDocument): Wanted {
  const description = properties?.['description']
  return {
    description: typeof description === 'string' ? description : '',
    tags: (tags ?? []).map(({ urn }) => urn),
    owners: [...new Set((owners ?? []).map(({ urn }) => urn))],
  }
}
