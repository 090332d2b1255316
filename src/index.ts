/**
 * The library in Node: `import { Device, tensor, nn, optim } from 'weftgrad'`. It is that of a page (library.ts) and
 * what needs files.
 */
export * from './library.js';
export { useTuned } from './kernels/tune/tuned_file.js';
export { OutputError } from '#platform';
export { loadDataset, type LoadOptions } from './data/load.js';
export { readCheckpoint, saveCheckpoint } from './train/checkpoint/checkpoint.js';
export { readClassifier } from './inference/read_classifier.js';
export { openMpi, type MpiOptions } from './collective/mpi/open_mpi.js';
export { readVae, saveVae, type VaeHeader } from './vae/model_file.js';
