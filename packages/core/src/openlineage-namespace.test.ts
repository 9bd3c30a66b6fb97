import { describe, expect, it } from 'vitest'
import { normalNamespace, postgresNamespace, sqliteNamespace } from './openlineage-namespace.js'

describe('two spellings of one namespace', () => {
  it.each([
    ['postgres://db.example.com:5432', 'postgres://db.example.com:5432'],
    ['postgresql://DB.example.com', 'postgres://db.example.com:5432'],
    ['postgres://reader@db:6432/', 'postgres://db:6432'],
    ['postgres://[::1]:5433', 'postgres://[::1]:5433'],
    ['sqlite:///data/Shop.db', 'sqlite:/data/Shop.db'],
    ['sqlite:////data/Shop.db', 'sqlite:/data/Shop.db'],
    ['sqlite:/data/Shop.db', 'sqlite:/data/Shop.db'],
  ])('are compared as one: %s', (written, normal) => {
    expect(normalNamespace(written)).toBe(normal)
  })

  it.each([
    'postgres://a:5432,b:5432',
    'Prod',
    'mysql://DB:3306',
    'postgres://db:5432/shop',
    'sqlite:shop.db',
  ])('are two where nothing says that they are not: %s', (written) => {
    expect(normalNamespace(written)).toBe(written)
  })

  it('that a source has by its own address is in that form', () => {
    expect(postgresNamespace({ host: 'DB.example.com', port: 5432 })).toBe('postgres://db.example.com:5432')
    expect(postgresNamespace({ host: '::1', port: 5433 })).toBe(normalNamespace('postgres://[::1]:5433'))
    expect(postgresNamespace({ host: '/run/postgresql', port: 5432 })).toBeUndefined()
    expect(sqliteNamespace('/data/shop.db')).toBe(normalNamespace('sqlite:///data/shop.db'))
  })
})
