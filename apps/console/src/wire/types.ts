/** The page's names for what the client returns. */
import type { CatalogPicture, IncidentReport, IncidentRun } from '@groundplane/client'

export type { GroundplaneClient, IncidentEvent, IncidentReport } from '@groundplane/client'

export type RunSummary = IncidentRun
export type RoleName = IncidentReport['roles'][number]['role']
export type RunMode = IncidentReport['roles'][number]['mode']
export type Check = IncidentReport['checks'][number]
export type CheckSide = Check['production']
export type Verdict = Check['verdict']
export type LineagePicture = CatalogPicture
export type LineageNode = CatalogPicture['nodes'][number]
