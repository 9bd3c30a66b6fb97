import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Where files lie that are made from a graph and can be made again, beside its own. */
export const DERIVED_DIR = 'derived'

/** What a derived file was made from, and by what. */
export interface DerivedStamp {
  readonly graph: string
  /** Commit whose state it shows. */
  readonly commit: string
  /** Whose file it is, `search`; and the version of its contents, of which no other can be read. */
  readonly kind: string
  readonly version: number
}

export type DerivedArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array

const CONSTRUCTORS = { Uint8Array, Uint16Array, Uint32Array, Int32Array, Float64Array } as const
type ArrayType = keyof typeof CONSTRUCTORS

const MAGIC = 'GPDERIV1'
/** Magic, SHA-256 of all that follows it, length of the header. */
const PREFIX = MAGIC.length + 32 + 4
/** A file of a machine that writes numbers the other way round is not read. */
const BYTE_ORDER = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 'little' : 'big'
const MAX_HEADER = 1 << 20

interface Header extends DerivedStamp {
  readonly byteOrder: string
  /** In the order in which their bytes follow the header. */
  readonly arrays: readonly { readonly name: string; readonly type: ArrayType; readonly length: number }[]
}

/**
 * Writes arrays of numbers as `derived/<kind>` of a graph's directory. Whoever reads sees the file of before or this one,
 * whole: it takes its place by a rename. It is not forced to the disk, as a file that a crash left in pieces is
 * recognised by its checksum. Throws errors of the file system; nothing is left behind then.
 */
export function writeDerivedFile(
  root: string,
  stamp: DerivedStamp,
  arrays: ReadonlyMap<string, DerivedArray>,
): void {
  const dir = join(root, DERIVED_DIR)
  makeDir(dir)
  const head: Header = {
    ...stamp,
    byteOrder: BYTE_ORDER,
    arrays: Array.from(arrays, ([name, array]) => ({
      name,
      type: array.constructor.name as ArrayType,
      length: array.length,
    })),
  }
  const header = Buffer.from(JSON.stringify(head))
  const digest = createHash('sha256').update(header)
  for (const array of arrays.values()) digest.update(bytesOf(array))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const temporary = join(dir, `.${stamp.kind}.${process.pid}-${performance.now()}.tmp`)
  try {
    const file = openSync(temporary, 'wx')
    try {
      for (const bytes of [Buffer.from(MAGIC), digest.digest(), length, header]) writeAll(file, bytes)
      for (const array of arrays.values()) writeAll(file, bytesOf(array))
    } finally {
      closeSync(file)
    }
    renameSync(temporary, join(dir, stamp.kind))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Not with its parents: a graph that was deleted meanwhile is not made again. */
function makeDir(dir: string): void {
  try {
    mkdirSync(dir)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at)
}

function bytesOf(array: DerivedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

export interface DerivedContents {
  readonly commit: string
  readonly arrays: ReadonlyMap<string, DerivedArray>
}

/** What kept a file from being read. */
export interface Unreadable {
  readonly reason: 'missing' | 'damaged' | 'foreign' | 'other-version'
}

/**
 * The arrays of a derived file, each in a buffer of its own; or why there are none: there is no file, it is damaged, it is
 * another graph's, or a version wrote it whose contents are others. None of it is an error: it is made anew.
 */
export function readDerivedFile(
  root: string,
  expected: Pick<DerivedStamp, 'graph' | 'kind'> & { readonly version?: number },
): (DerivedContents & { readonly reason?: undefined }) | Unreadable {
  let file: number
  try {
    file = openSync(join(root, DERIVED_DIR, expected.kind), 'r')
  } catch {
    return { reason: 'missing' }
  }
  try {
    return contentsOf(file, expected)
  } catch {
    return { reason: 'damaged' }
  } finally {
    closeSync(file)
  }
}

function contentsOf(
  file: number,
  expected: Pick<DerivedStamp, 'graph' | 'kind'> & { readonly version?: number },
): DerivedContents | Unreadable {
  const prefix = filled(file, Buffer.alloc(PREFIX))
  if (prefix.toString('latin1', 0, MAGIC.length) !== MAGIC) return { reason: 'damaged' }
  const length = prefix.readUInt32LE(PREFIX - 4)
  if (length > MAX_HEADER) return { reason: 'damaged' }
  const bytes = filled(file, Buffer.alloc(length))
  const header = JSON.parse(bytes.toString()) as Header
  if (header.graph !== expected.graph || header.kind !== expected.kind) return { reason: 'foreign' }
  if (header.byteOrder !== BYTE_ORDER) return { reason: 'other-version' }
  if (expected.version !== undefined && header.version !== expected.version)
    return { reason: 'other-version' }
  const digest = createHash('sha256').update(bytes)
  const arrays = new Map<string, DerivedArray>()
  for (const { name, type, length } of header.arrays) {
    const array = new CONSTRUCTORS[type](length)
    digest.update(filled(file, bytesOf(array)))
    arrays.set(name, array)
  }
  const whole = prefix.subarray(MAGIC.length, PREFIX - 4).equals(digest.digest())
  return whole ? { commit: header.commit, arrays } : { reason: 'damaged' }
}

function filled<B extends Uint8Array>(file: number, bytes: B): B {
  for (let at = 0; at < bytes.length; ) {
    const read = readSync(file, bytes, at, bytes.length - at, null)
    if (read === 0) throw new Error('the file ends too early')
    at += read
  }
  return bytes
}
