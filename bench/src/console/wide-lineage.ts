import type { AspectProposal } from '@groundplane/catalog'

/** Neighbours of each dataset on the side that leads away from the start. */
const FAN = 4
/** A dataset has a second neighbour on the side that leads back, so that the picture is no tree. */
const CROSSED = 3

/**
 * One dataset in the middle of a lineage: a sixth of the others upstream of it and the rest downstream, hop by hop four
 * times as many. The same at every call.
 */
export class WideLineage {
  readonly datasets: number
  readonly #upstream: number

  constructor(datasets: number) {
    this.datasets = datasets
    this.#upstream = Math.floor((datasets - 1) / 6)
  }

  get start(): string {
    return this.#urn(0)
  }

  #urn(i: number): string {
    return `urn:li:dataset:(urn:li:dataPlatform:snowflake,main.mart.daily_orders_${String(i).padStart(4, '0')},PROD)`
  }

  *proposals(): Generator<AspectProposal> {
    const upstreams = new Map<number, number[]>()
    const feed = (from: number, to: number) => upstreams.set(to, [...(upstreams.get(to) ?? []), from])
    // Numbers of a side are in order of hops; `back` is where the one at a place of it leads back to.
    const side = (first: number, count: number, link: (near: number, far: number) => void) => {
      for (let at = 0; at < count; at++) {
        const back = Math.floor(at / FAN) - 1
        link(back < 0 ? 0 : first + back, first + at)
        if (at % CROSSED === 0 && back > 0) link(first + back - 1, first + at)
      }
    }
    side(1, this.#upstream, (near, far) => feed(far, near))
    const first = 1 + this.#upstream
    side(first, this.datasets - first, (near, far) => feed(near, far))
    for (let i = 0; i < this.datasets; i++) {
      const urn = this.#urn(i)
      yield aspect(urn, 'datasetProperties', { name: `daily_orders_${i}`, customProperties: {}, tags: [] })
      const from = upstreams.get(i)
      if (from === undefined) continue
      const auditStamp = { time: 1_750_000_000_000, actor: 'urn:li:corpuser:etl' }
      yield aspect(urn, 'upstreamLineage', {
        upstreams: from.map((one) => ({ auditStamp, dataset: this.#urn(one), type: 'TRANSFORMED' })),
      })
    }
  }
}

function aspect(
  entityUrn: string,
  aspectName: string,
  value: NonNullable<AspectProposal['aspect']>,
): AspectProposal {
  return { entityUrn, aspectName, aspect: value }
}
