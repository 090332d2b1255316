/** Who is compared, and how each one's process is started. */
import { fileURLToPath } from 'node:url';

/** Compiled to dist/bench/compare: the project's root is three folders up. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PEERS = `${ROOT}bench/peers/`;

export type Kind = 'weft' | 'webgpu' | 'wasm' | 'cpu';

export interface Contender {
  readonly name: string;
  readonly kind: Kind;
  /** It needs the packages of bench/peers. */
  readonly needsPeers: boolean;
  /** Program and arguments; the workload and the budget in ms follow. */
  readonly command: readonly string[];
}

const POLITE = ['-r', `${PEERS}polite.cjs`];

function peer(library: string, backend: 'webgpu' | 'wasm', isPolite = false): Contender {
  const command = [process.execPath, ...(isPolite ? POLITE : []), `${PEERS}${library}.mjs`, backend];
  return { name: `${library}-${backend}${isPolite ? '-polite' : ''}`, kind: backend, needsPeers: true, command };
}

/**
 * The WebGPU peers twice: as they come, and waiting without polling all the time (bench/peers/polite.cjs), which a
 * software adapter on few cores rewards. The better of the two counts.
 */
export const CONTENDERS: readonly Contender[] = [
  { name: 'weft', kind: 'weft', needsPeers: false, command: [process.execPath, `${ROOT}dist/bench/compare/weft.js`] },
  peer('tfjs', 'webgpu'),
  peer('tfjs', 'webgpu', true),
  peer('jaxjs', 'webgpu'),
  peer('jaxjs', 'webgpu', true),
  peer('tfjs', 'wasm'),
  peer('jaxjs', 'wasm'),
  ...[1, 2].map((threads): Contender => ({
    name: `ort-wasm-${threads}`,
    kind: 'wasm',
    needsPeers: true,
    command: [process.execPath, `${PEERS}ort.mjs`, String(threads)],
  })),
  { name: 'torch', kind: 'cpu', needsPeers: false, command: ['/usr/bin/python3', `${PEERS}torch_peer.py`] },
];

/** Who runs when nobody is named: PyTorch needs a Python of its own and is asked for by name. */
export const DEFAULT_CONTENDERS: readonly string[] = CONTENDERS.filter((c) => c.kind !== 'cpu').map((c) => c.name);
