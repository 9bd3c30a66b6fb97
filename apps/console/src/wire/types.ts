/** The page's names for what the client returns. */
import type { CatalogPicture, HealthCheck, IncidentReport, IncidentRun } from '@groundplane/client'

export type { GroundplaneClient, IncidentEvent, IncidentReport } from '@groundplane/client'

export type RunSummary = IncidentRun
export type RoleName = IncidentReport['roles'][number]['role']
export type RunMode = IncidentReport['roles'][number]['mode']
export type Check = HealthCheck
export type CheckSide = HealthCheck['production']
export type Verdict = HealthCheck['verdict']
export type LineagePicture = CatalogPicture
export type LineageNode = CatalogPicture['nodes'][number]
