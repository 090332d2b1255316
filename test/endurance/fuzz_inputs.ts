/**
 * Valid files of every kind that Weft reads, what reads them, and ways to spoil them. A seed and a number give the same
 * spoilt file.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decodeRgba } from '../../src/data/pictures/picture.js';
import { loadDataset, type LoadOptions } from '../../src/data/load.js';
import { readClassMap } from '../../src/data/class_map.js';
import { sealJson } from '../../src/device/files/integrity.js';
import { encodeSealed, parseSafetensors, type RawTensor } from '../../src/nn/state/safetensors.js';
import { parseCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { parsePretrained } from '../../src/train/pretrained.js';
import { readIndex } from '../../src/retrieval/index_folder.js';
import { buildVae } from '../../src/vae/build.js';
import { readVae, type VaeHeader } from '../../src/vae/model_file.js';
import { idx } from '../data/fixtures.js';
import { noise, plain } from '../data/picture_files.js';
import { HEADER } from '../train/fixtures.js';
import { packedReaders } from './packed_inputs.js';

export interface Reader {
  readonly name: string;
  /** A valid file. */
  readonly sound: Uint8Array;
  /** Texts are spoilt as texts too. */
  readonly isText: boolean;
  /** Reads bytes as the user's file; throws what the project throws. `folder` is this reader's own. */
  readonly read: (bytes: Uint8Array, folder: string) => Promise<unknown>;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function tensor(shape: readonly number[]): RawTensor {
  const size = shape.reduce((n, d) => n * d, 1);
  return {
    dtype: 'F32',
    shape,
    data: new Uint8Array(Float32Array.from({ length: size }, (_, i) => Math.sin(i)).buffer),
  };
}

/** Writes the file, and what must lie beside it, then loads the folder or the file. */
function dataset(
  name: string,
  sound: Uint8Array,
  file: string,
  spec: string,
  beside: Readonly<Record<string, Uint8Array>> = {},
  isText = false,
  options: LoadOptions = {},
): Reader {
  return {
    name,
    sound,
    isText,
    read: (bytes, folder) => {
      for (const [path, own] of Object.entries({ ...beside, [file]: bytes })) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), own);
      }
      return loadDataset(join(folder, spec), options);
    },
  };
}

/** Reads a file by its path. */
function file(
  name: string,
  sound: Uint8Array,
  at: string,
  read: (path: string) => Promise<unknown>,
  isText: boolean,
): Reader {
  return {
    name,
    sound,
    isText,
    read: (bytes, folder) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, at), bytes);
      return read(join(folder, at));
    },
  };
}

export async function readers(): Promise<readonly Reader[]> {
  const layers = new Map([
    ['conv1.weight', tensor([6, 1, 5, 5])],
    ['conv1.bias', tensor([6])],
    ['fc.weight', tensor([10, 16])],
  ]);
  const weights = encodeSealed('weft-checkpoint', layers, { header: JSON.stringify(HEADER) });
  const header = text(JSON.stringify(HEADER));
  const images = idx(
    [6, 4, 4],
    Array.from({ length: 96 }, (_, i) => (i * 37) % 256),
  );
  const labels = idx([6], [0, 1, 2, 0, 1, 2]);
  const pixels = Array.from({ length: 6 }, (_, n) =>
    [n % 3, ...Array.from({ length: 16 }, (_, i) => (i * 31 + n) % 256)].join(),
  ).join('\n');
  const png = new Uint8Array(await noise(9, 7).png().toBuffer());
  const other = new Uint8Array(await plain(8, 8, [9, 99, 9]).png().toBuffer());
  const table = text(
    ['file,id,"type",colour', 'a.png,1,"boot, high",red', 'b.png,2,"shoe ""low""",blue', 'c.png,3,shoe,green', ''].join(
      '\r\n',
    ),
  );
  const cifar = Uint8Array.from({ length: 4 * 3073 }, (_, i) => (i % 3073 === 0 ? (i / 3073) % 10 : (i * 7) % 256));
  const vae: VaeHeader = {
    config: {
      latent: 2,
      hidden: 4,
      conditional: false,
      batchNorm: false,
      loss: 'gaussian',
      beta: { kind: 'constant', beta: 1 },
      epochs: 1,
      batch: 4,
      lr: 0.001,
      seed: 0,
    },
    input: { features: 6 },
    classes: ['a', 'b'],
    normalization: null,
    epoch: 1,
  };
  const model = buildVae(vae.config, vae.input, vae.classes.length);
  const ofVae = [...model.namedParameters(), ...model.namedBuffers()].map(
    ([name, { shape }]) => [name, tensor(shape)] as const,
  );
  const manifest = {
    format: 'weft-index-2',
    source: { kind: 'pixels', channels: 1, imageSize: 2 },
    reading: { data: 'shop', seed: 0 },
    count: 2,
    trainCount: 2,
    width: 4,
    ids: ['a.png', 'b.png'],
    areFiles: true,
    hashes: ['0'.repeat(64), '1'.repeat(64)],
    perceptual: ['0'.repeat(16), '1'.repeat(16)],
    labels: ['x', 'y'],
    label: 'class',
    columns: { colour: ['red', 'blue'] },
  };
  const index: Reader['read'] = (bytes, folder) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'manifest.json'), bytes);
    writeFileSync(
      join(folder, 'features.safetensors'),
      encodeSealed('weft-index', new Map([['features', tensor([2, 4])]]), {}),
    );
    return readIndex(folder);
  };
  return [
    { name: 'safetensors', sound: weights, isText: false, read: async (bytes) => parseSafetensors(bytes, 'x') },
    { name: 'checkpoint', sound: weights, isText: false, read: async (bytes) => parseCheckpoint(bytes, 'x') },
    {
      name: 'checkpoint header',
      sound: header,
      isText: true,
      read: async (bytes) =>
        parseCheckpoint(encodeSealed('weft-checkpoint', layers, { header: new TextDecoder().decode(bytes) }), 'x'),
    },
    { name: 'pretrained weights', sound: weights, isText: false, read: async (bytes) => parsePretrained(bytes, 'x') },
    {
      name: 'auto-encoder header',
      sound: text(JSON.stringify(vae)),
      isText: true,
      read: (bytes, folder) => {
        mkdirSync(folder, { recursive: true });
        writeFileSync(
          join(folder, 'model.safetensors'),
          encodeSealed('weft-vae', ofVae, { header: new TextDecoder().decode(bytes) }),
        );
        return readVae(join(folder, 'model.safetensors'));
      },
    },
    { name: 'index manifest', sound: text(sealJson(JSON.stringify(manifest))), isText: true, read: index },
    {
      name: 'index manifest, sealed anew',
      sound: text(JSON.stringify(manifest)),
      isText: true,
      read: (bytes, folder) => index(text(sealJson(new TextDecoder().decode(bytes))), folder),
    },
    dataset('IDX images', images, 'train-images-idx3-ubyte', '.', { 'train-labels-idx1-ubyte': labels }),
    dataset('IDX labels', labels, 'train-labels-idx1-ubyte', '.', { 'train-images-idx3-ubyte': images }),
    dataset('gzip', new Uint8Array(gzipSync(images)), 'train-images-idx3-ubyte.gz', '.', {
      'train-labels-idx1-ubyte': labels,
    }),
    dataset('CIFAR', cifar, 'data_batch_1.bin', '.'),
    dataset('pixel CSV', text(pixels), 'rows.csv', 'rows.csv', {}, true),
    dataset(
      'CSV of pictures',
      table,
      'table.csv',
      'table.csv',
      { 'a.png': png, 'b.png': other, 'c.png': new Uint8Array(await noise(5, 6).png().toBuffer()) },
      true,
      { imageSize: 8, label: 'type' },
    ),
    { name: 'PNG', sound: png, isText: false, read: (bytes) => decodeRgba(bytes, 'x') },
    {
      name: 'JPEG',
      sound: new Uint8Array(await noise(17, 9).jpeg().toBuffer()),
      isText: false,
      read: (bytes) => decodeRgba(bytes, 'x'),
    },
    {
      name: 'WebP',
      sound: new Uint8Array(await noise(12, 9).webp().toBuffer()),
      isText: false,
      read: (bytes) => decodeRgba(bytes, 'x'),
    },
    file(
      'YAML',
      text('shoes: [boot, shoe]\ntops:\n  - "t-shirt"\n  - shirt # warm\n'),
      'classes.yaml',
      readClassMap,
      true,
    ),
    ...packedReaders([png, other]),
  ];
}
