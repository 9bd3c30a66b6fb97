import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from './command.js'
import { errorsPage } from './docs-errors.js'

writeFileSync(join(REPOSITORY, 'docs', 'errors.md'), errorsPage())
