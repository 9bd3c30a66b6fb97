import { GraphError } from '../error.js'

/** Longest reference kept. Characters. */
const MAX_REFERENCE = 2048
/** Nothing a reader could be sent to run, or to read from its own machine. */
const FORBIDDEN = new Set(['file:', 'data:', 'javascript:', 'blob:', 'about:'])

/**
 * Under which bases a Blob may refer to content kept elsewhere. Empty refuses
 * every such reference, and that is the default. Compared by part, never as text,
 * so `https://files.example.evil/` is not below `https://files.example/`.
 */
export class ExternalBlobs {
  readonly bases: readonly string[]
  readonly #urls: readonly URL[]

  /** Throws `external_blob_base_invalid`. */
  constructor(bases: readonly string[] = []) {
    this.#urls = bases.map(baseUrl)
    this.bases = this.#urls.map((url) => url.href)
  }

  /** The reference as it is kept, or why it is refused. It is never fetched. */
  admit(reference: string): { readonly uri: string } | { readonly refused: string } {
    const url = safeUrl(reference)
    if (url === null) return { refused: 'is no plain absolute URI' }
    const below = this.#urls.some(
      (base) =>
        url.protocol === base.protocol && url.host === base.host && url.pathname.startsWith(base.pathname),
    )
    return below ? { uri: url.href } : { refused: 'is under no base that this graph allows' }
  }
}

function baseUrl(text: string): URL {
  const url = safeUrl(text)
  if (url?.pathname.endsWith('/') && url.search === '' && url.hash === '') return url
  throw new GraphError(
    'invalid',
    'external_blob_base_invalid',
    `${JSON.stringify(text)} cannot be a base of external blobs.`,
    { remedy: 'Give an absolute URI that ends with a slash, like https://files.example/reports/.' },
  )
}

/** Whether everything below one base is below the other too, so that the second adds nothing or hides the first. Both as `bases` gives them. */
export function basesOverlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a)
}

/** Null for what different readers could take to mean different places. */
function safeUrl(text: string): URL | null {
  if (
    text.length > MAX_REFERENCE ||
    /[\\\s]|%(2f|5c|00)/i.test(text) ||
    !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  )
    return null
  try {
    const url = new URL(text)
    const plain =
      url.username === '' && url.password === '' && url.host !== '' && !FORBIDDEN.has(url.protocol)
    return plain ? url : null
  } catch {
    return null
  }
}
