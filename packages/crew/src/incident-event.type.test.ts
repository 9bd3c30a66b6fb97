import type { IncidentEvent, IncidentReport } from '@groundplane/protocol'
import { expectTypeOf, test } from 'vitest'
import type { Emit } from './incident-event.js'
import type { RunIncidentOptions, runIncident } from './run-incident.js'

test('what a run gives and tells is what the wire carries', () => {
  expectTypeOf<Awaited<ReturnType<typeof runIncident>>>().toEqualTypeOf<IncidentReport>()
  expectTypeOf<NonNullable<RunIncidentOptions['onEvent']>>().parameter(0).toEqualTypeOf<IncidentEvent>()
})

test('an event of a role cannot be told without the role', () => {
  const silent = (emit: Emit) => {
    emit('run.started', { sentence: 's' })
    emit('role.thinking', { text: 't', kind: 'note' }, 'detective')
    // @ts-expect-error the role is missing
    emit('role.thinking', { text: 't', kind: 'note' })
    // @ts-expect-error data of another event
    emit('run.started', { text: 't', kind: 'note' })
  }
  expectTypeOf(silent).toBeFunction()
})
