import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { CONFIG_FILE } from './parse-config.js'

/** Why a path that was named as a cluster's directory is none. */
export interface NotADirectory {
  readonly code: 'config_dir_not_found'
  readonly message: string
  readonly remedy: string
}

/**
 * `undefined` when there is a directory at the absolute path. What is said otherwise names the first part of the
 * path that is not there, since a misspelling higher up looks right at its end.
 */
export async function notADirectory(path: string): Promise<NotADirectory | undefined> {
  const entry = await stat(path).catch(() => undefined)
  if (entry?.isDirectory()) return undefined
  const refuse = (message: string, remedy: string): NotADirectory => ({
    code: 'config_dir_not_found',
    message,
    remedy,
  })
  if (entry && basename(path) === CONFIG_FILE) {
    return refuse(
      `${path} is a file, and a cluster is the directory that holds it`,
      `Name the directory: ${dirname(path)}.`,
    )
  }
  if (entry) return refuse(`${path} is not a directory`, NAME_ANOTHER)
  const missing = await firstMissing(path)
  return refuse(
    `the directory ${path} does not exist${missing === path ? '' : `: there is no ${missing}`}`,
    NAME_ANOTHER,
  )
}

const NAME_ANOTHER = `Name the directory that holds ${CONFIG_FILE}; a relative path starts where the command is run.`

async function firstMissing(path: string): Promise<string> {
  const parent = dirname(path)
  if (parent === path) return path
  const there = await stat(parent).then(
    () => true,
    () => false,
  )
  return there ? path : firstMissing(parent)
}
