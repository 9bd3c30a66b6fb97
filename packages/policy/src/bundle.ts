import { hasErrors } from '@groundplane/core'
import { checkCedarBundle } from './cedar-bundle.js'
import type { CheckedPolicy } from './compiled-policy.js'
import { checkYamlBundle } from './yaml-bundle.js'

/**
 * Checks one bundle. A file named `*.cedar` is Cedar text and taken as it is;
 * everything else is the YAML form. All mistakes are collected, each with code
 * `policy_invalid`, a position, and in `details.rule` the check that found it.
 */
export function checkPolicy(source: string, file?: string): CheckedPolicy {
  const checked = file?.endsWith('.cedar') ? checkCedarBundle(source, file) : checkYamlBundle(source, file)
  return hasErrors(checked.diagnostics) ? { diagnostics: checked.diagnostics } : checked
}
