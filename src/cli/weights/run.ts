/** `weft weights list`, `download` and `check`. */
import { digest, fileInfo, readBytes } from '#platform';
import { ModelError } from '../../device/errors.js';
import { DTYPE_BYTES } from '../../nn/state/raw_tensor.js';
import { textTable } from '../../report/table.js';
import { readPretrained } from '../../train/pretrained.js';
import { fetchWeights } from '../../train/published/fetch_weights.js';
import { namedWeights, weightsPath } from '../../train/published/named_weights.js';
import { digitsOf, PUBLISHED_WEIGHTS, type PublishedWeights } from '../../train/published/table.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { hasLiveLine, print, printJson, showLive } from '../output.js';
import { WEIGHTS_OPTIONS } from './options.js';

const isHere = async (weights: PublishedWeights): Promise<boolean> => (await fileInfo(weightsPath(weights))) !== null;

export async function list(argv: Parsed): Promise<void> {
  const rows = await Promise.all(PUBLISHED_WEIGHTS.map(async (w) => ({ ...w, here: await isHere(w) })));
  const table = rows.map((w) => [
    w.model,
    `imagenet:${w.version}`,
    `${w.name}.pth`,
    `${w.resize}, ${w.crop}`,
    w.here ? 'here' : '',
  ]);
  print(textTable(['model', 'weights', 'file', 'resize, crop', ''], table, ['left', 'left', 'left', 'left', 'left']));
  if (argv['json'] === true) printJson({ weights: rows });
}

export async function download(argv: Parsed): Promise<void> {
  const o = resolveOptions(WEIGHTS_OPTIONS, argv);
  const weights = namedWeights(String(argv['version'] ?? 'imagenet'), String(argv['model']));
  const path = await fetchWeights(weights, {
    ...(o['base-url'] === undefined ? {} : { baseUrl: String(o['base-url']) }),
    onProgress: ({ file, received, total }) => {
      if (hasLiveLine()) showLive(`${file} ${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
    },
  }).finally(() => showLive(''));
  const sha256 = digest('sha256', await readBytes(path));
  print(`${path}\nSHA-256 ${sha256}`);
  if (argv['json'] === true) printJson({ ...weights, path, sha256 });
}

export async function check(argv: Parsed): Promise<void> {
  if (argv['file'] === undefined) await checkFetched(argv['json'] === true);
  else await checkFile(String(argv['file']), argv['json'] === true);
}

async function checkFile(file: string, json: boolean): Promise<void> {
  const { tensors, within, normalization } = await readPretrained(file);
  const numbers = [...tensors.values()].reduce((n, { data, dtype }) => n + data.length / DTYPE_BYTES[dtype], 0);
  const kinds = [...new Set([...tensors.values()].map(({ dtype }) => dtype))];
  const [first] = tensors.keys();
  print(
    `${file}: ${tensors.size} tensors (${first}, …), ${numbers.toLocaleString('en')} numbers of ${kinds.join(', ')}` +
      `${within === '' ? '' : `, under ${within}`}${normalization === null ? '' : '; of a run of Weft’s'}`,
  );
  if (json) printJson({ file, tensors: tensors.size, numbers, kinds, within, keys: [...tensors.keys()] });
}

/** @throws ModelError when one is not the file that was published. */
async function checkFetched(json: boolean): Promise<void> {
  const found: { readonly file: string; readonly sha256: string; readonly isWhole: boolean }[] = [];
  for (const weights of PUBLISHED_WEIGHTS) {
    if (!(await isHere(weights))) continue;
    const file = weightsPath(weights);
    const sha256 = digest('sha256', await readBytes(file));
    const isWhole = sha256.startsWith(digitsOf(weights));
    found.push({ file, sha256, isWhole });
    print(`${isWhole ? 'ok     ' : 'damaged'}  ${file}  ${sha256}`);
  }
  if (found.length === 0) print('no weights have been fetched');
  if (json) printJson({ files: found });
  const damaged = found.filter(({ isWhole }) => !isWhole);
  if (damaged.length > 0)
    throw new ModelError(`${damaged.map(({ file }) => file).join(', ')}: not what was published`, {
      fix: 'weft weights download fetches it again',
    });
}
