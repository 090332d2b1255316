/**
 * The library for a page: `import { Device, nn } from 'weftgrad/browser'`, one module without dependencies. It has no
 * files: fetch the bytes and hand them in (parseCheckpoint, parseSafetensors, DeviceDataset).
 */
export * from './library.js';
