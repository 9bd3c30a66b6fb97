/** The history of an entity's aspects as one history of commits. Pure. */
import type { AspectVersion, ProvenanceAnswer } from './answers'

export interface CommitGroup {
  commit: string
  at: string
  actor?: string
  message?: string
  branch?: string
  aspects: {
    aspect: string
    version: AspectVersion /** Left out by the server to keep its answer small. */
    dropped: number
  }[]
}

/** Newest first. An aspect is in a commit's group once; commits of one time keep the order the server gave. */
export function commitGroups(answer: Pick<ProvenanceAnswer, 'aspects'>): CommitGroup[] {
  const groups = new Map<string, CommitGroup>()
  for (const { aspect, versions } of answer.aspects) {
    for (const version of versions) {
      const { commit, at, actor, message, branch } = version
      let group = groups.get(commit)
      if (!group) {
        group = {
          commit,
          at,
          aspects: [],
          ...(actor !== undefined && { actor }),
          ...(message !== undefined && { message }),
          ...(branch !== undefined && { branch }),
        }
        groups.set(commit, group)
      }
      const left = version.omitted?.filter(({ part }) => part === 'changes') ?? []
      const dropped = left.reduce((sum, { items }) => sum + (items ?? 0), 0)
      group.aspects.push({ aspect, version, dropped })
    }
  }
  return [...groups.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}
