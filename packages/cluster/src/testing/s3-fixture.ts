import { randomUUID } from 'node:crypto'
import { type StorageRoot, storageRoot } from '@groundplane/storage'
import { ClusterFixture, CONFIG, FILES } from './cluster-fixture.js'

/** For `describe.skipIf`: the S3 server of the tests is not installed, which the set-up has said aloud. */
export const NO_S3 = process.env.GROUNDPLANE_TEST_S3 === undefined

/** A place of its own in the bucket of the server that `test/s3-server.mjs` started. */
export function freshS3Location(): string {
  return `${process.env.GROUNDPLANE_TEST_S3}/${randomUUID()}`
}

export function onS3(config: string, location: string): string {
  return config.replace('graphs:', `storage: ${location}\ndata_dir: data\ngraphs:`)
}

/** A config directory whose control objects are on S3 and whose graphs are in `data/`. */
export class S3ClusterFixture extends ClusterFixture {
  readonly storage: StorageRoot

  constructor(
    readonly location = freshS3Location(),
    files: Readonly<Record<string, string>> = FILES,
  ) {
    super(files)
    this.edit('cluster.yaml', () => onS3(files['cluster.yaml'] ?? CONFIG, location))
    this.storage = storageRoot(location)
  }

  async object(key: string): Promise<string | undefined> {
    const found = await this.storage.get(key)
    return found ? Buffer.from(found.body).toString('utf8') : undefined
  }
}
