/**
 * From the events of a run to what the page shows of it. Pure: the same events
 * give the same view, whether they arrive live, one by one, or replayed at once.
 * An event already seen (its id is not above `lastEventId`) changes nothing, so
 * a stream that resumes may overlap what came before.
 */
import type { IncidentEvent, IncidentReport, RoleName, RunMode } from '../wire/types'

export const ROLES: readonly RoleName[] = ['coordinator', 'detective', 'reality-checker', 'fixer']

/** `unused`: the run ended well without needing the role. */
export type RoleState = 'waiting' | 'running' | 'done' | 'stopped' | 'unused'

export interface ThoughtEntry {
  kind: 'thought'
  id: number
  at: string
  /** `reasoning` is the model's own trace; `note` is what the role states. */
  thought: 'reasoning' | 'note'
  text: string
}

export interface ToolEntry {
  kind: 'tool'
  id: number
  at: string
  callId: string
  tool: string
  arguments: unknown
  /** Absent while the call is under way. */
  result?: { summary: string; ok: boolean; ms: number }
}

export interface RaisedEntry {
  kind: 'raised'
  id: number
  at: string
  incident: string
  dataset: string
  title: string
}

export type RoleEntry = ThoughtEntry | ToolEntry | RaisedEntry

export interface RoleView {
  role: RoleName
  state: RoleState
  mode?: RunMode
  goal?: string
  entries: RoleEntry[]
  summary?: string
  tokens?: number
  costUsd?: number
  startedAt?: string
  endedAt?: string
}

export interface RunView {
  runId: string
  sentence?: string
  status: 'pending' | 'running' | 'finished' | 'failed'
  startedAt?: string
  endedAt?: string
  /** 0 before the first event; what a resumed stream asks to continue after. */
  lastEventId: number
  roles: Record<RoleName, RoleView>
  raised: RaisedEntry[]
  report?: IncidentReport
  error?: { message: string; code?: string; remedy?: string }
  /** The latest step worth telling someone who does not see the page; '' when there is none. */
  announcement: string
}

export const ROLE_LABELS: Record<RoleName, string> = {
  coordinator: 'Coordinator',
  detective: 'Detective',
  'reality-checker': 'Reality-Checker',
  fixer: 'Fixer',
}

function idleRole(role: RoleName): RoleView {
  return { role, state: 'waiting', entries: [] }
}

/** A run of which no event has arrived yet. */
export function emptyRun(runId: string): RunView {
  return {
    runId,
    status: 'pending',
    lastEventId: 0,
    roles: {
      coordinator: idleRole('coordinator'),
      detective: idleRole('detective'),
      'reality-checker': idleRole('reality-checker'),
      fixer: idleRole('fixer'),
    },
    raised: [],
    announcement: '',
  }
}

/** The view after `events`, in order. Returns the same object when none of them is new. */
export function reduceEvents(view: RunView, events: readonly IncidentEvent[]): RunView {
  return events.reduce(reduceEvent, view)
}

export function reduceEvent(view: RunView, event: IncidentEvent): RunView {
  if (event.runId !== view.runId || event.id <= view.lastEventId) return view
  return { ...applyEvent(view, event), lastEventId: event.id }
}

function applyEvent(view: RunView, event: IncidentEvent): RunView {
  switch (event.type) {
    case 'run.started':
      return {
        ...view,
        status: 'running',
        startedAt: event.at,
        sentence: event.data.sentence,
        announcement: `Run started: ${event.data.sentence}`,
      }
    case 'run.finished':
      return {
        ...closeRoles(view, event.at, 'done'),
        status: 'finished',
        endedAt: event.at,
        report: event.data.report,
        announcement: 'Run finished. The report is ready.',
      }
    case 'run.failed': {
      const error = runError(event.data.error)
      return {
        ...closeRoles(view, event.at, 'stopped'),
        status: 'failed',
        endedAt: event.at,
        error,
        announcement: `Run failed: ${error.message}`,
      }
    }
    case 'incident.raised':
      return applyRaised(view, event)
    case 'role.started':
    case 'role.thinking':
    case 'tool.called':
    case 'tool.result':
    case 'role.finished':
      return applyRoleEvent(view, event)
    default:
      // A newer server may send types this page does not know; they are passed over, not fatal.
      return view
  }
}

type RoleEvent = Extract<
  IncidentEvent,
  { type: 'role.started' | 'role.thinking' | 'tool.called' | 'tool.result' | 'role.finished' }
>

function applyRoleEvent(view: RunView, event: RoleEvent): RunView {
  const role = event.role
  if (role === undefined || !(role in view.roles)) return view
  const before = view.roles[role]
  const roles = { ...view.roles, [role]: reduceRole(before, event) }
  const label = ROLE_LABELS[role]
  if (event.type === 'role.started') return { ...view, roles, announcement: `${label} started.` }
  if (event.type === 'role.finished') {
    return { ...view, roles, announcement: `${label} done. ${event.data.summary}` }
  }
  return { ...view, roles }
}

function reduceRole(role: RoleView, event: RoleEvent): RoleView {
  switch (event.type) {
    case 'role.started': {
      const { endedAt: _ended, ...rest } = role
      return {
        ...rest,
        state: 'running',
        mode: event.data.mode,
        goal: event.data.goal,
        startedAt: role.startedAt ?? event.at,
      }
    }
    case 'role.thinking':
      return { ...role, entries: withThought(role.entries, event) }
    case 'tool.called':
      return {
        ...role,
        entries: [
          ...role.entries,
          {
            kind: 'tool',
            id: event.id,
            at: event.at,
            callId: event.data.callId,
            tool: event.data.tool,
            arguments: event.data.arguments,
          },
        ],
      }
    case 'tool.result': {
      const { callId, summary, ok, ms } = event.data
      return {
        ...role,
        entries: role.entries.map((entry) =>
          entry.kind === 'tool' && entry.callId === callId
            ? { ...entry, result: { summary, ok, ms } }
            : entry,
        ),
      }
    }
    case 'role.finished':
      return {
        ...role,
        state: 'done',
        mode: event.data.mode,
        summary: event.data.summary,
        tokens: event.data.tokens,
        costUsd: event.data.costUsd,
        endedAt: event.at,
      }
  }
}

/** A model's reasoning arrives in fragments, which join; a note is whole and stands alone. */
function withThought(
  entries: RoleEntry[],
  event: Extract<RoleEvent, { type: 'role.thinking' }>,
): RoleEntry[] {
  const { text, kind } = event.data
  const last = entries[entries.length - 1]
  if (kind === 'reasoning' && last?.kind === 'thought' && last.thought === 'reasoning') {
    return [...entries.slice(0, -1), { ...last, text: last.text + text }]
  }
  return [...entries, { kind: 'thought', id: event.id, at: event.at, thought: kind, text }]
}

function applyRaised(view: RunView, event: Extract<IncidentEvent, { type: 'incident.raised' }>): RunView {
  const entry: RaisedEntry = { kind: 'raised', id: event.id, at: event.at, ...event.data }
  const role = event.role ?? 'fixer'
  const before = view.roles[role]
  return {
    ...view,
    raised: [...view.raised, entry],
    roles: { ...view.roles, [role]: { ...before, entries: [...before.entries, entry] } },
    announcement: `Incident raised: ${entry.title}`,
  }
}

/** No role outlives its run, even when its own last event was lost. */
function closeRoles(view: RunView, at: string, state: 'done' | 'stopped'): RunView {
  const roles = { ...view.roles }
  for (const role of ROLES) {
    if (roles[role].state === 'running') roles[role] = { ...roles[role], state, endedAt: at }
    else if (roles[role].state === 'waiting') roles[role] = { ...roles[role], state: 'unused' }
  }
  return { ...view, roles }
}

function runError(error: unknown): NonNullable<RunView['error']> {
  if (typeof error === 'string') return { message: error }
  if (typeof error === 'object' && error !== null && 'message' in error) {
    const { message, code, remedy } = error as { message: unknown; code?: unknown; remedy?: unknown }
    return {
      message: String(message),
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof remedy === 'string' ? { remedy } : {}),
    }
  }
  return { message: 'The run ended without saying why.' }
}

/** True when the two roles were at work at the same moment. `now` stands in for an end that has not come. */
export function overlap(a: RoleView, b: RoleView, now: number): boolean {
  if (!a.startedAt || !b.startedAt) return false
  const end = (role: RoleView) => (role.endedAt ? Date.parse(role.endedAt) : now)
  return Date.parse(a.startedAt) <= end(b) && Date.parse(b.startedAt) <= end(a)
}
