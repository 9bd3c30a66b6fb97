import type { DemoServer } from './demo-server.js'

/**
 * What an agent reads that has the aspects and no tools: `GET /entitiesV2/{urn}` of each entity, and of an
 * assertion the newest run event besides, which is no part of that answer. Finding the URNs costs it nothing here.
 */
export class RawAspects {
  readonly #server: Pick<DemoServer, 'url' | 'token'>
  readonly #texts = new Map<string, Promise<string>>()

  constructor(server: Pick<DemoServer, 'url' | 'token'>) {
    this.#server = server
  }

  /** URNs of every entity of a type, in order of URN. */
  async urnsOf(entityType: string): Promise<string[]> {
    const urns: string[] = []
    for (let after = ''; ; ) {
      const query = `count=100&aspects=status${after && `&scrollId=${encodeURIComponent(after)}`}`
      const page = JSON.parse(await this.#get(`openapi/v3/entity/${entityType.toLowerCase()}?${query}`)) as {
        entities: { urn: string }[]
        scrollId?: string
      }
      urns.push(...page.entities.map(({ urn }) => urn))
      if (page.scrollId === undefined || page.entities.length === 0) return urns.sort()
      after = page.scrollId
    }
  }

  of(urn: string): Promise<string> {
    const known = this.#texts.get(urn)
    if (known) return known
    const text = this.#read(urn)
    this.#texts.set(urn, text)
    return text
  }

  async #read(urn: string): Promise<string> {
    const entity = await this.#get(`entitiesV2/${encodeURIComponent(urn)}`)
    if (!urn.startsWith('urn:li:assertion:')) return entity
    const question = { urn, entity: 'assertion', aspect: 'assertionRunEvent', limit: 1 }
    const events = await this.#get('aspects?action=getTimeseriesAspectValues', question)
    return `${entity}\n${events}`
  }

  async #get(path: string, body?: object): Promise<string> {
    const answer = await fetch(new URL(`/graphs/catalog/datahub/${path}`, this.#server.url), {
      headers: {
        authorization: `Bearer ${this.#server.token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`)
    return text
  }
}
