import { z } from 'zod'
import { verdict } from './catalog.js'
import { isoTime, listOf, optional, receipt } from './json.js'

export const roleName = z.enum(['coordinator', 'detective', 'reality-checker', 'fixer'])
export type RoleName = z.infer<typeof roleName>

/** Who judged: code alone, or a model on top of it. A model that was replaced leaves `rules`. */
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

export const suspect = z
  .looseObject({
    /** Dataset of the production instance. */
    urn: z.string(),
    /** 0 to 1, two decimals. Higher is more likely the cause. */
    score: z.number(),
    /** One line: what fails there, how it reaches what the sentence is about, what the sentence names. */
    why: z.string(),
  })
  .meta({ id: 'Suspect' })
export type Suspect = z.infer<typeof suspect>

/** One instance's side of a check; `assertion` is the URN there. Null where there is none, or no run. */
const reportSide = z.looseObject({
  result: z.enum(['SUCCESS', 'FAILURE', 'ERROR', 'INIT']).nullable(),
  /** Failing rows (or missing rows, for a row count). */
  failed: z.int().min(0).nullable(),
  total: z.int().min(0).nullable(),
  assertion: z.string().nullable(),
  /** Why, for an ERROR. */
  message: optional(z.string()),
  /** Whether the result is of other data, or another definition, than what is there now. */
  stale: z.boolean().optional(),
})
export type CheckSide = z.infer<typeof reportSide>

/** One assertion as a run compared it. */
export const reportCheck = z
  .looseObject({
    assertion: z.string(),
    dataset: z.string(),
    column: z.string().nullable(),
    reference: reportSide,
    production: reportSide,
    verdict,
    description: z.string().nullable(),
    /** Whether the dataset is one the sentence is about, or upstream of one. */
    inScope: z.boolean(),
  })
  .meta({ id: 'ReportCheck' })
export type ReportCheck = z.infer<typeof reportCheck>

export const roleReport = z
  .looseObject({
    role: roleName,
    mode: roleMode,
    startedAt: isoTime,
    endedAt: isoTime,
    /** Tokens of every model call of the role, those of a replaced model included. */
    tokens: z.number(),
    costUsd: z.number(),
    /** Why a configured model was not used, or what of it was dropped. */
    note: z.string().optional(),
  })
  .meta({ id: 'RoleReport' })
export type RoleReport = z.infer<typeof roleReport>

/** What one run found and did. `report` is Markdown for people; the rest is for programs. */
export const incidentReport = z
  .looseObject({
    runId: z.string(),
    sentence: z.string(),
    /** Platform instances compared: the one taken as right, and the one in question. */
    reference: z.string(),
    production: z.string(),
    /**
     * Datasets of the production instance: those the sentence is about, best match first, then those that
     * take wrong values from a cause. Empty when nothing was found.
     */
    affected: listOf(z.string()),
    suspects: listOf(suspect),
    checks: listOf(reportCheck),
    /** Datasets this run holds to be the cause: those its incidents stand on. Most likely first. */
    causes: listOf(z.string()),
    /** Incidents that stand for this run's causes, whether raised by it or open before. */
    incidents: listOf(z.string()),
    roles: listOf(roleReport),
    report: z.string(),
    wallMs: z.number(),
    /** The commit everything was read at. */
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
export const incidentRunList = z
  .looseObject({
    runs: z.array(incidentRun),
    /** Sentences the cluster offers. */
    examples: listOf(z.string()).optional(),
    /** The catalog graph the runs are in. */
    graph: z.string().optional(),
    /** Whether the caller may start a run. */
    mayStart: z.boolean().optional(),
  })
  .meta({ id: 'IncidentRunList' })
export type IncidentRunList = z.infer<typeof incidentRunList>
