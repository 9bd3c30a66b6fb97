export type { CommitInfo, ReadContext, WriteContext } from '@groundplane/graph'
