import { z } from 'zod'
import { healthCheck } from './catalog.js'
import { isoTime, optional, receipt } from './json.js'

export const roleName = z.enum(['coordinator', 'detective', 'reality-checker', 'fixer'])
export type RoleName = z.infer<typeof roleName>

export const roleMode = z.enum(['rules', 'model'])
export type RoleMode = z.infer<typeof roleMode>

/** One sentence in the words of the person who noticed. */
export const startIncidentRequest = z
  .strictObject({ sentence: z.string().trim().min(1, 'say in one sentence what is wrong').max(2000) })
  .meta({ id: 'StartIncidentRequest' })
export type StartIncidentRequest = z.infer<typeof startIncidentRequest>

export const startIncidentResponse = z
  .looseObject({ runId: z.string(), events: z.string() })
  .meta({ id: 'StartIncidentResponse' })
export type StartIncidentResponse = z.infer<typeof startIncidentResponse>

/** `score` is between 0 and 1; higher is more likely the cause. */
export const suspect = z
  .looseObject({ urn: z.string(), score: z.number(), why: z.string() })
  .meta({ id: 'Suspect' })
export type Suspect = z.infer<typeof suspect>

export const roleReport = z
  .looseObject({
    role: roleName,
    mode: roleMode,
    startedAt: isoTime,
    endedAt: isoTime,
    tokens: z.number(),
    costUsd: z.number(),
  })
  .meta({ id: 'RoleReport' })
export type RoleReport = z.infer<typeof roleReport>

/** What a run leaves behind. `report` is Markdown. */
export const incidentReport = z
  .looseObject({
    runId: z.string(),
    sentence: z.string(),
    affected: z.array(z.string()),
    suspects: z.array(suspect),
    checks: z.array(healthCheck),
    /** Datasets the incidents stand on: what the run holds to be the cause. */
    causes: z.array(z.string()),
    incidents: z.array(z.string()),
    roles: z.array(roleReport),
    report: z.string(),
    wallMs: z.number(),
    receipt,
  })
  .meta({ id: 'IncidentReport' })
export type IncidentReport = z.infer<typeof incidentReport>

const head = { id: z.int().min(1), runId: z.string(), at: isoTime }
const ofRole = { ...head, role: roleName }

/**
 * What happens during a run, in order; `id` counts from 1 within the run. The last event is
 * `run.finished` or `run.failed`, and only those end it.
 */
export const incidentEvent = z
  .discriminatedUnion('type', [
    z.looseObject({
      ...head,
      type: z.literal('run.started'),
      role: roleName.optional(),
      data: z.looseObject({ sentence: z.string() }),
    }),
    z.looseObject({
      ...ofRole,
      type: z.literal('role.started'),
      data: z.looseObject({ mode: roleMode, goal: z.string() }),
    }),
    z.looseObject({
      ...ofRole,
      type: z.literal('role.thinking'),
      data: z.looseObject({ text: z.string(), kind: z.enum(['reasoning', 'note']) }),
    }),
    z.looseObject({
      ...ofRole,
      type: z.literal('tool.called'),
      data: z.looseObject({ callId: z.string(), tool: z.string(), arguments: z.unknown() }),
    }),
    z.looseObject({
      ...ofRole,
      type: z.literal('tool.result'),
      data: z.looseObject({
        callId: z.string(),
        tool: z.string(),
        summary: z.string(),
        ok: z.boolean(),
        ms: z.number(),
      }),
    }),
    z.looseObject({
      ...ofRole,
      type: z.literal('role.finished'),
      data: z.looseObject({ summary: z.string(), tokens: z.number(), costUsd: z.number(), mode: roleMode }),
    }),
    z.looseObject({
      ...head,
      type: z.literal('incident.raised'),
      role: roleName.optional(),
      data: z.looseObject({ incident: z.string(), dataset: z.string(), title: z.string() }),
    }),
    z.looseObject({
      ...head,
      type: z.literal('run.finished'),
      role: roleName.optional(),
      data: z.looseObject({ report: incidentReport }),
    }),
    z.looseObject({
      ...head,
      type: z.literal('run.failed'),
      role: roleName.optional(),
      data: z.looseObject({
        error: z.looseObject({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
      }),
    }),
  ])
  .meta({ id: 'IncidentEvent' })
export type IncidentEvent = z.infer<typeof incidentEvent>
export type IncidentEventType = IncidentEvent['type']

export const runStatus = z.enum(['running', 'finished', 'failed', 'interrupted'])

/** `interrupted`: the process that ran it is gone and it can never finish. */
export const incidentRun = z
  .looseObject({
    runId: z.string(),
    sentence: z.string(),
    status: runStatus,
    startedAt: isoTime,
    endedAt: optional(isoTime),
    report: optional(incidentReport),
    error: optional(z.looseObject({ code: z.string(), message: z.string() })),
  })
  .meta({ id: 'IncidentRun' })
export type IncidentRun = z.infer<typeof incidentRun>

/** Newest first; the report is only in the single run's answer. */
export const incidentRunList = z.looseObject({ runs: z.array(incidentRun) }).meta({ id: 'IncidentRunList' })
export type IncidentRunList = z.infer<typeof incidentRunList>
