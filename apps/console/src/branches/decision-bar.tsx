import type { BranchDetail, BranchMergeOutput } from '@groundplane/client'
import { useState } from 'react'
import { LockIcon } from '../shell/icons'
import { plural } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { isProposal } from './branch-route'
import { DecisionDialog } from './decision-dialog'
import { may } from './use-branches'

export interface Decided {
  decision: 'merged' | 'deleted'
  /** Of the merge. */
  commit: string | null
  /** Why the branch is still there, where a merge was to delete it. */
  stays?: string
}

interface BarProps {
  client: GroundplaneClient
  graph: string
  branch: BranchDetail
  main: BranchDetail
  title: string
  /** Null: the caller may not know. Undefined while it is being tried out. */
  preview: BranchMergeOutput | null | undefined
  onDecided: (decided: Decided) => void
}

/** What the holder of the token may decide, told plainly where it is nothing. What is decided is what was looked at. */
export function DecisionBar(props: BarProps) {
  const { branch, main, preview } = props
  const [asking, setAsking] = useState<'merge' | 'delete' | null>(null)
  const proposal = isProposal(branch.name)
  const mayMerge = may(main, 'branch_merge')
  const mayDelete = may(branch, 'branch_delete')
  const hindrance = preview === undefined ? 'The merge is being tried out.' : hindranceOf(preview)
  return (
    <div className="decision">
      <p className="decision-who">
        {main.protected ? (
          <>
            <LockIcon /> <code>main</code> is protected by policy:{' '}
          </>
        ) : null}
        {mayMerge
          ? 'you may merge into it.'
          : 'you may not merge into it. Somebody whom the policy allows has to.'}
      </p>
      <p className="decision-ways">
        {mayMerge ? (
          <button
            type="button"
            className="button button-primary"
            aria-disabled={hindrance !== null}
            aria-describedby={hindrance === null ? undefined : 'decision-hindrance'}
            onClick={() => {
              if (hindrance === null) setAsking('merge')
            }}
          >
            {proposal ? 'Approve and merge' : 'Merge into main'}
          </button>
        ) : null}
        {mayDelete ? (
          <button type="button" className="button" onClick={() => setAsking('delete')}>
            {proposal ? 'Reject' : 'Delete the branch'}
          </button>
        ) : (
          <span className="faint">You may not delete this branch.</span>
        )}
        {mayMerge && hindrance !== null ? (
          <span id="decision-hindrance" className="faint">
            {hindrance}
          </span>
        ) : null}
      </p>
      {asking === 'merge' && preview ? (
        <MergeDialog {...props} preview={preview} mayDelete={mayDelete} onClose={() => setAsking(null)} />
      ) : null}
      {asking === 'delete' ? <DeleteDialog {...props} onClose={() => setAsking(null)} /> : null}
    </div>
  )
}

/** Why it cannot be merged now; null when it can. */
function hindranceOf(preview: BranchMergeOutput | null): string | null {
  if (preview === null) return null
  if (preview.merge_conflicts.length > 0) return 'It conflicts with main.'
  return preview.outcome === 'already_up_to_date' ? 'There is nothing to merge.' : null
}

type DialogProps = BarProps & { onClose: () => void }

function MergeDialog(props: DialogProps & { preview: BranchMergeOutput; mayDelete: boolean }) {
  const { client, graph, branch, title, preview, mayDelete, onDecided, onClose } = props
  const proposal = isProposal(branch.name)
  const [remove, setRemove] = useState(proposal && mayDelete)
  const { inserted, updated, deleted } = preview
  return (
    <DecisionDialog
      title="Merge into main?"
      doing="Merge"
      primary
      message={title}
      run={(message) =>
        client.graph(graph).mergeBranch({
          source: branch.name,
          source_commit: branch.head,
          ...(message && { message }),
          ...(remove && { delete_branch: true }),
        })
      }
      onDone={({ commit, branch_delete_error }) =>
        onDecided({
          decision: 'merged',
          commit: commit?.graph_commit_id ?? null,
          ...(branch_delete_error && { stays: branch_delete_error }),
        })
      }
      onClose={onClose}
    >
      <p>
        One commit on <code>main</code>: {plural(inserted, 'row')} new, {updated} changed, {deleted} removed.
        Everybody who reads <code>main</code> sees it at once.
      </p>
      {mayDelete ? (
        <label className="choice">
          <input type="checkbox" checked={remove} onChange={(event) => setRemove(event.target.checked)} />
          <span className="choice-label">Delete the branch afterwards</span>
        </label>
      ) : null}
    </DecisionDialog>
  )
}

function DeleteDialog({ client, graph, branch, onDecided, onClose }: DialogProps) {
  const proposal = isProposal(branch.name)
  return (
    <DecisionDialog
      title={proposal ? 'Reject this proposal?' : 'Delete this branch?'}
      doing={proposal ? 'Reject' : 'Delete'}
      primary={false}
      run={() => client.graph(graph).deleteBranch(branch.name, { ifCommit: branch.head })}
      onDone={() => onDecided({ decision: 'deleted', commit: null })}
      onClose={onClose}
    >
      <p>
        The branch is deleted and <code>main</code> stays as it is. Its commits stay readable by their ids
        until a cleanup; the last is <code>{branch.head}</code>.
      </p>
    </DecisionDialog>
  )
}
