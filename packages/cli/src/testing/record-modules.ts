/**
 * Preloaded with `--import`: the address of each module that is loaded from then on becomes a line of the
 * file that GROUNDPLANE_TEST_MODULES names. What a CommonJS module requires is not seen, its entry is.
 */
import { register } from 'node:module'

register(new URL('./record-modules-hooks.js', import.meta.url))
