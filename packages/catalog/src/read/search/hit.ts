import { assert } from '@groundplane/core'
import { type Row, text } from '../../aspect/row.js'
import { urnName } from '../../urn/entity-urns.js'
import type { EntityRef, MatchedField, SearchHit } from '../answers.js'
import { kindsOfConsumer } from '../consumers.js'
import { readNode } from '../entity-lookup.js'
import type { Snapshot } from '../snapshot.js'
import { labelsOf, propertyTextsOf, readDataset } from './collect.js'
import { PART_WEIGHTS } from './document.js'
import type { MatchedPart } from './document-words.js'
import type { TextIndex } from './text-index.js'

const MAX_MATCHES = 10
const CONSUMERS: ReadonlySet<string> = new Set(['DASHBOARD', 'CHART'])

/**
 * What an answer shows of a document: its node, and where words matched. Where they did the index knows; only what is shown
 * of it is read, so that a hit costs one lookup and not a look at all columns and labels of a dataset.
 */
export function searchHit(
  snapshot: Snapshot,
  index: TextIndex,
  number: number,
  score: number,
  matched: ReadonlyMap<string, string>,
): SearchHit {
  const urn = index.urnOf(number)
  const isDataset = index.typeOf(number) === 'DATASET'
  const node = isDataset ? readDataset(snapshot, urn) : readNode(snapshot, urn)
  assert(node, `the graph has ${urn}, which the index of the same commit has`)
  const all = matched.size > 0 ? matchesIn(index, number, matched) : []
  const dropped = all.length - MAX_MATCHES
  const described = node['description'] ?? node['definition']
  const texts = new PartTexts(snapshot, index, number, node)
  return {
    entity: refOf(index, number, text(described) ?? null),
    score: Math.round(score * 1e6) / 1e6,
    matchedFields: all.slice(0, MAX_MATCHES).map(
      ({ name, place, words }): MatchedField => ({
        name,
        // The text of a document is too long to show: that it matched is enough.
        ...(name !== 'content' && { value: texts.of(name, place) }),
        words,
      }),
    ),
    ...(dropped > 0 && { matchedFieldsDropped: dropped }),
  }
}

function refOf(index: TextIndex, number: number, description: string | null): EntityRef {
  const [platform] = index.valuesOf(number, 'platform')
  const [instance] = index.valuesOf(number, 'platformInstance')
  const subTypes = index.valuesOf(number, 'typeNames')
  return {
    urn: index.urnOf(number),
    type: index.typeOf(number),
    properties: { name: index.nameOf(number), ...(description !== null && { description }) },
    ...(platform && { platform: platform.label }),
    ...(instance && { platformInstance: instance.label }),
    ...(subTypes.length > 0 && { subTypes: subTypes.map((s) => s.label) }),
  }
}

/** Parts that hold a matched word, those that say most first; with the words of the question that they hold. */
function matchesIn(index: TextIndex, number: number, matched: ReadonlyMap<string, string>): MatchedPart[] {
  return index
    .partsWith(number, matched.keys())
    .map((part) => ({ ...part, words: [...new Set(part.words.map((stem) => matched.get(stem) as string))] }))
    .sort((a, b) => b.words.length - a.words.length || partWeight(b.name) - partWeight(a.name))
}

function partWeight(name: string): number {
  return PART_WEIGHTS[name] as number
}

/** Texts of the parts of one document, as they were indexed, read when they are asked for. */
class PartTexts {
  readonly #snapshot: Snapshot
  readonly #index: TextIndex
  readonly #number: number
  readonly #node: Row
  readonly #lists = new Map<string, readonly string[]>()

  constructor(snapshot: Snapshot, index: TextIndex, number: number, node: Row) {
    this.#snapshot = snapshot
    this.#index = index
    this.#number = number
    this.#node = node
  }

  of(part: string, place: number): string {
    let list = this.#lists.get(part)
    if (!list) {
      list = this.#read(part)
      this.#lists.set(part, list)
    }
    const found = list[place]
    assert(found !== undefined, `part ${part} ${place} of ${this.#index.urnOf(this.#number)} is in the graph`)
    return found
  }

  #read(part: string): readonly string[] {
    const [index, number, node] = [this.#index, this.#number, this.#node]
    switch (part) {
      case 'name':
        return [index.nameOf(number)]
      case 'qualifiedName':
        return [text(node['qualifiedName']) ?? text(node['fullName']) ?? '']
      case 'platform':
        return [urnName(String(node['platform']))]
      case 'description':
        return [text(node['description']) ?? text(node['definition']) ?? '']
      case 'subTypes':
        return CONSUMERS.has(index.typeOf(number))
          ? kindsOfConsumer(node)
          : index.valuesOf(number, 'typeNames').map((type) => type.label)
      case 'structuredProperties':
        return propertyTextsOf(this.#snapshot, index.urnOf(number))
      case 'fieldPaths':
        return index.valuesOf(number, 'fieldPaths').map((field) => field.value)
      case 'fieldDescriptions':
        return this.#snapshot
          .rows('index_fields', { from: index.urnOf(number), to: index.urnOf(number) })
          .flatMap((field) => text(field['description']) ?? [])
      default:
        return labelsOf(this.#snapshot, index.urnOf(number), part)
    }
  }
}
