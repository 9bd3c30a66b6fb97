import { describe, expect, it } from 'vitest'
import { editsBetween } from './proposed-edits'

const URN = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,shop.main.orders,PROD)'
const IS = { description: 'Orders.', tags: ['urn:li:tag:pii'], owners: ['urn:li:corpuser:ada'] }

describe('what a form proposes', () => {
  it('is nothing where nothing was changed', () => {
    expect(editsBetween(URN, IS, { ...IS, description: ' Orders.\n' })).toEqual([])
  })

  it('is one edit of each kind, with what comes and what goes', () => {
    const wanted = {
      description: 'Paid orders.',
      tags: ['urn:li:tag:gold', 'urn:li:tag:gold'],
      owners: ['urn:li:corpuser:ada', 'urn:li:corpGroup:sales'],
    }
    expect(editsBetween(URN, IS, wanted)).toEqual([
      {
        tool: 'update_description',
        arguments: { entity_urn: URN, operation: 'replace', description: 'Paid orders.' },
      },
      { tool: 'add_tags', arguments: { tag_urns: ['urn:li:tag:gold'], entity_urns: [URN] } },
      { tool: 'remove_tags', arguments: { tag_urns: ['urn:li:tag:pii'], entity_urns: [URN] } },
      { tool: 'add_owners', arguments: { owner_urns: ['urn:li:corpGroup:sales'], entity_urns: [URN] } },
    ])
  })

  it('takes a description away that was emptied', () => {
    expect(editsBetween(URN, IS, { ...IS, description: ' ' })).toEqual([
      { tool: 'update_description', arguments: { entity_urn: URN, operation: 'remove' } },
    ])
  })
})
