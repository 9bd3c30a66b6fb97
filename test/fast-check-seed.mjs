import fc from 'fast-check'

// `npm test` tries the same cases every time: a gate that fails by chance is soon not believed.
// The search for new cases is what `npm run test:oracle` and `npm run test:fuzz` are for, and GROUNDPLANE_PROP_RUNS:
// with it every run has a seed of its own, which a failure prints, unless GROUNDPLANE_PROP_SEED gives it.
const seed = process.env.GROUNDPLANE_PROP_SEED
if (seed !== undefined || process.env.GROUNDPLANE_PROP_RUNS === undefined)
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed ?? 11) })
