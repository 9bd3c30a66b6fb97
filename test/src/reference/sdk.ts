import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OpenApiContract } from './openapi-contract.js'
import { ReferenceClient, type ReferenceOptions } from './reference-client.js'

/** The members of the reference's SDK that our server claims to serve. */
export type ReferenceApi = Pick<ReferenceClient, keyof ReferenceClient>

const INSTALLED = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'groundplane/reference-sdk/node_modules/@modernrelay/omnigraph/dist/index.js',
)

/** The OpenAPI document that the reference publishes, where somebody has it: it is not kept here. */
export const CONTRACT = process.env['GROUNDPLANE_REFERENCE_OPENAPI']
  ? new OpenApiContract(process.env['GROUNDPLANE_REFERENCE_OPENAPI'])
  : undefined
/** Routes of the reference that are not in its document. */
const UNDOCUMENTED = ['/readyz']

/**
 * The clients to hold our server against: one of our own, the same with every exchange held to the OpenAPI document of the
 * reference where that is given, and the published SDK of the reference where test/install-reference-sdk.sh could install it.
 */
export const CLIENTS: readonly (readonly [string, (options: ReferenceOptions) => Promise<ReferenceApi>])[] = [
  ['a client of the reference', async (options) => new ReferenceClient(options)],
  ...(CONTRACT
    ? [
        [
          'a client held to the OpenAPI of the reference',
          async (options: ReferenceOptions) =>
            new ReferenceClient({ ...options, fetch: CONTRACT.fetch(UNDOCUMENTED) }),
        ] as const,
      ]
    : []),
  ...(existsSync(INSTALLED) ? [['the SDK of the reference', openSdk] as const] : []),
]

async function openSdk(options: ReferenceOptions): Promise<ReferenceApi> {
  const { default: Sdk } = (await import(pathToFileURL(INSTALLED).href)) as {
    default: new (options: ReferenceOptions) => ReferenceApi
  }
  return new Sdk(options)
}
