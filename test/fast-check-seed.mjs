import fc from 'fast-check'

// `npm test` tries the same cases every time: a gate that fails by chance is soon not believed.
// The search for new cases is what `npm run test:oracle` and `npm run test:fuzz` are for.
const seed = process.env.GROUNDPLANE_PROP_SEED
if (process.env.GROUNDPLANE_PROP_RUNS === undefined)
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: seed === undefined ? 11 : Number(seed) })
