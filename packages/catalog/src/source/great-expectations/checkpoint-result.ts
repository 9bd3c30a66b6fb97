import { guarded, Shape, ShapeError } from '../../ingest/shape.js'
import { readValidationResult, type ValidationResult } from './validation-result.js'

/** Is handed a place in the file and what is wrong there. */
type Report = (path: string, message: string) => void

/**
 * What a file holds: one validation result, or those of a checkpoint's run under `run_results`, by the identifier of
 * each. Up to 0.18 a checkpoint has the validation result beside what came of its actions; from 1.0 on it is the value itself.
 */
export function validationsIn(root: Shape, report: Report): ValidationResult[] {
  if (root.raw('run_results') === undefined) {
    // Of 1.x, what `CheckpointResult.describe()` prints.
    if (Array.isArray(root.raw('validation_results')) && root.raw('meta') === undefined) {
      report('validation_results', DESCRIPTION)
      return []
    }
    const one = readValidationResult(root, report)
    return one ? [one] : []
  }
  const runs = guarded(report, 'run_results', () => {
    const shape = root.object('run_results') as Shape
    if (shape.keys().length === 0) throw new ShapeError('run_results must have a result')
    return shape
  })
  return (runs?.keys() ?? []).flatMap((id) => {
    const path = `run_results[${JSON.stringify(id)}]`
    const run = guarded(report, path, () => new Shape(runs?.raw(id), path))
    if (!run) return []
    const within = run.raw('validation_result') === undefined ? path : `${path}.validation_result`
    const result = guarded(report, within, () => run.object('validation_result') ?? run)
    const validation =
      result && readValidationResult(result, (at, message) => report(`${within}.${at}`, message))
    return validation ? [validation] : []
  })
}

const DESCRIPTION =
  'this describes the result of a checkpoint, and says neither of which table nor when; write its run_results instead'
