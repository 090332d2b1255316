/** Valid files of other tools: PyTorch's, a zip of pictures, Parquet and .npz; see fuzz_inputs.ts. */
import { zipSync } from 'fflate';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadDataset } from '../../src/data/load.js';
import { parseTorchFile } from '../../src/nn/state/torch_file/torch_file.js';
import type { Reader } from './fuzz_inputs.js';

// compiled to dist/test/endurance/packed_inputs.js
const golden = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../../test/golden/numbers/${name}`, import.meta.url)), 'utf8'));
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** Loads a file as data; what it unpacks stays in the folder. */
function data(name: string, sound: Uint8Array, file: string): Reader {
  return {
    name,
    sound,
    isText: false,
    read: async (bytes, folder) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, file), bytes);
      process.env['WEFT_CACHE'] = join(folder, 'cache');
      try {
        return await loadDataset(join(folder, file), file.endsWith('.npz') ? {} : { imageSize: 4 });
      } finally {
        delete process.env['WEFT_CACHE'];
      }
    },
  };
}

/** @param pictures two PNG files. */
export function packedReaders(pictures: readonly [Uint8Array, Uint8Array]): readonly Reader[] {
  const torch = golden('torch_files.json') as { files: Readonly<Record<string, readonly [string, string]>> };
  const packed = golden('packed.json') as { npz: Readonly<Record<string, string>>; parquet: { train: string } };
  const saved = (name: string): Uint8Array => bytesOf(torch.files[name][0]);
  const read = async (bytes: Uint8Array): Promise<unknown> => parseTorchFile(bytes, 'x');
  // the zip's CRC would catch all that is done to the pickle: here it is made anew
  const pickle = Buffer.from(
    '\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n' +
      'X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQK\x00K\x02K\x03\x86K\x03K\x01\x86\x89' +
      'ccollections\nOrderedDict\n)RtRs.',
    'latin1',
  );
  return [
    { name: 'PyTorch, zip', sound: saved('wrapped'), isText: false, read },
    { name: 'PyTorch, legacy', sound: saved('wrapped, legacy'), isText: false, read },
    {
      name: 'pickle',
      sound: new Uint8Array(pickle),
      isText: false,
      read: (bytes) => read(zipSync({ 'a/data.pkl': bytes, 'a/data/0': new Uint8Array(24) }, { level: 0 })),
    },
    data('zip', zipSync({ 'a/1.png': pictures[0], 'b/1.png': pictures[1] }), 'x.zip'),
    data('npz', bytesOf(packed.npz['channels last']), 'x.npz'),
    data('Parquet', bytesOf(packed.parquet.train), 'x.parquet'),
  ];
}
