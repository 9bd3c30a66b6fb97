import { GroundplaneError } from '@groundplane/core'

/** Failure to make the demo warehouses. */
export class WarehouseError extends GroundplaneError {}
