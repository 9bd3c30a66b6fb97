import { describe, expect, it } from 'vitest'
import { ActorQuotas } from './actor-quotas.js'

describe('quotas of an actor', () => {
  it('take as many requests per second as allowed, as many again at once, and say when to come back', () => {
    let now = 0
    const quotas = new ActorQuotas(
      () => ({ actorConcurrent: 0, actorPerSecond: 4 }),
      () => now,
    )
    for (let i = 0; i < 4; i++) quotas.enter('ada')()
    expect(() => quotas.enter('ada')).toThrow(
      expect.objectContaining({ kind: 'limited', code: 'rate_limited', retry: { afterMs: 250 } }),
    )
    quotas.enter('bob')() // another actor's credit is its own
    now = 249
    expect(() => quotas.enter('ada')).toThrow()
    now = 251
    quotas.enter('ada')()
    now = 60_000
    for (let i = 0; i < 4; i++) quotas.enter('ada')()
    expect(() => quotas.enter('ada')).toThrow()
  })

  it('take no more at the same time than allowed, and a request counts out once', () => {
    const quotas = new ActorQuotas(
      () => ({ actorConcurrent: 2, actorPerSecond: 0 }),
      () => 0,
    )
    const leave = quotas.enter('ada')
    quotas.enter('ada')
    expect(() => quotas.enter('ada')).toThrow(expect.objectContaining({ code: 'concurrency_limited' }))
    leave()
    leave()
    quotas.enter('ada')
    expect(() => quotas.enter('ada')).toThrow()
  })

  it('a refused request costs nothing', () => {
    const quotas = new ActorQuotas(
      () => ({ actorConcurrent: 1, actorPerSecond: 2 }),
      () => 0,
    )
    const leave = quotas.enter('ada')
    for (let i = 0; i < 5; i++) expect(() => quotas.enter('ada')).toThrow(/same time/)
    leave()
    quotas.enter('ada')()
    expect(() => quotas.enter('ada')).toThrow(/per second/)
  })

  it('count what comes in one batch as so many requests, and its rate before the next request', () => {
    let now = 0
    const quotas = new ActorQuotas(
      () => ({ actorConcurrent: 10, actorPerSecond: 2 }),
      () => now,
    )
    const leave = [quotas.enter('ada'), quotas.enterMore('ada', 9)]
    expect(() => quotas.enter('ada')).toThrow(expect.objectContaining({ code: 'concurrency_limited' }))
    for (const end of leave) end()
    expect(() => quotas.enter('ada')).toThrow(
      expect.objectContaining({ code: 'rate_limited', retry: { afterMs: 4500 } }),
    )
    now = 4500
    const alone = quotas.enter('ada')
    expect(() => quotas.enterMore('ada', 10)).toThrow(
      expect.objectContaining({ code: 'concurrency_limited' }),
    )
    alone()
    now = 5000
    quotas.enter('ada')()
  })
})
