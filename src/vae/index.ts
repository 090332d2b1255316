/** Variational auto-encoders: their configuration, training and measures. The models themselves are in nn. */
export { ALIGNED_VAES, trainAlignedVaes, type AlignedConfig, type AlignedEpoch, type Ramp } from './aligned.js';
export { buildVae, type VaeInput } from './build.js';
export { FEATURE_VAE, IMAGE_VAE, type BetaSchedule, type Prior, type VaeConfig } from './config.js';
export { encodeAll, type EncodedSet, type VaeMeasures } from './measure.js';
export { trainVae, type VaeEpoch, type VaeHooks, type VaeResult } from './trainer.js';
