/** A process in which WebGPU sees one card that is not there: compiles some pipelines of a record, one by one. */
import { Device } from '../../../src/device/device.js';
import { compileDescribed, statisticsOf, type Statistics } from '../compile.js';
import { readRecorded } from './record.js';

/** What the parent (compile.ts) asks for, as the process's one argument. */
export interface Request {
  readonly folder: string;
  readonly digests: readonly string[];
}

export type Message =
  | { readonly kind: 'adapter'; readonly name: string }
  | { readonly kind: 'compiled'; readonly digest: string; readonly result: Statistics | string }
  | { readonly kind: 'end' };

/** Resolves when the parent has it: what is not sent is lost in a crash. */
function send(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

async function answer({ folder, digests }: Request, log: string): Promise<void> {
  const device = await Device.create({ poison: false });
  await send({ kind: 'adapter', name: device.name });
  for (const digest of digests) {
    const entry = await compileDescribed(device.gpu, readRecorded(folder, digest), log);
    await send({ kind: 'compiled', digest, result: typeof entry === 'string' ? entry : statisticsOf(entry) });
  }
  await send({ kind: 'end' });
}

if (process.send !== undefined && process.argv[2] === 'compile') {
  await answer(JSON.parse(process.argv[3]) as Request, process.env['WEFT_VERDICT_LOG'] as string);
  process.exit(0); // Dawn keeps threads of its own
}
