/**
 * Makes the two SQLite warehouses of the demo: one as it should be, one with three
 * planted faults. Rows come from a seed, never from the network, and have the shape
 * of a Brazilian marketplace. Nothing but the demo, the examples, benchmarks and tests uses it.
 */
export { WarehouseError } from './error.js'
export {
  type GenerateOptions,
  type GenerateProgress,
  generateWarehouses,
  type Warehouse,
  type WarehouseName,
} from './generate.js'
export { FAULTS, ROWS, type TableName } from './schema.js'
