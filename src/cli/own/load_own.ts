/**
 * Code of the user's own, from files that the command line names: `--model ./my_model.ts` (or `net.onnx`),
 * `--loss ./focal.ts`,
 * `--augment flip,./cutout.ts=8`, `--data ./reader.ts:FOLDER`. Each is loaded and entered into its list, and the option
 * becomes the name that it has there. Nothing else is ever loaded: what a configuration file or a run says is a name.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileInfo, readBytes, sha256 } from '#platform';
import { UsageError } from '../../device/errors.js';
import type { OwnKind } from '../../train/own_modules.js';
import type { Parsed } from '../declare/declared.js';
import { enterOwnName } from './own_names.js';

/** A file of code, and what follows it. */
const CODE = /^(.*\.(?:[mc]?js|m?ts))(?:([:=])(.*))?$/s;
/** A network of another program: nothing of it is code. */
const ONNX = /\.onnx$/i;

/** The options that may name a file, how their value falls into parts, and what stands for a part that does. */
const OPTIONS: Readonly<Record<string, { readonly kind: OwnKind; readonly isList?: true }>> = {
  model: { kind: 'model' },
  models: { kind: 'model', isList: true },
  loss: { kind: 'loss' },
  augment: { kind: 'augment', isList: true },
  'augment-class-spec': { kind: 'augment', isList: true },
  data: { kind: 'data' },
};

/** What may follow a file's name. */
const MARKS: Readonly<Partial<Record<OwnKind, string>>> = { data: ':', augment: '=' };

/** What each kind's file exports, and how a value of it is told from others. */
async function kindsOf() {
  const [nn, loss, augment, reader] = await Promise.all([
    import('../../nn/models/registry.js'),
    import('../../train/loss/own_loss.js'),
    import('../../data/own_augment.js'),
    import('../../data/own_reader.js'),
  ]);
  return {
    model: { makes: 'nn.defineModel({ name, head, build })', is: (v: unknown) => nn.models().some((m) => m === v) },
    loss: { makes: 'train.defineLoss({ name, losses })', is: loss.isOwnLoss },
    augment: { makes: 'data.defineAugmentation({ name, apply })', is: augment.isAugmentStep },
    data: { makes: 'data.defineReader({ name, read })', is: reader.isReader },
  } as const satisfies Record<OwnKind, { makes: string; is: (v: unknown) => boolean }>;
}

async function importFile(file: string, option: string): Promise<Readonly<Record<string, unknown>>> {
  const { resolveWeftgrad } = await import('./resolve_weftgrad.js');
  resolveWeftgrad();
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' && String(message).includes('wasm-typescript');
    throw new UsageError(`--${option} ${file} cannot be loaded: ${message ?? String(error)}`, {
      fix: isMissing
        ? 'this Node reads no TypeScript: npm install @swc/wasm-typescript, use Node 22.18 or later, or write .mjs'
        : 'node FILE shows where the mistake is',
      cause: error,
    });
  }
}

/** Loads one file, and gives the name of what it exports. */
async function load(file: string, option: string, kind: OwnKind): Promise<string> {
  const info = await fileInfo(file);
  if (info === null || info.isDirectory)
    throw new UsageError(`--${option} ${file}: there is no such file`, { fix: 'give the path of a .ts, .js or .mjs' });
  if (ONNX.test(file)) return loadOnnx(file);
  const exported = Object.values(await importFile(file, option));
  const { makes, is } = (await kindsOf())[kind];
  const found = [...new Set(exported.filter(is))] as { readonly name: string }[];
  if (found.length !== 1)
    throw new UsageError(
      `--${option} ${file} exports ${found.length === 0 ? 'none' : `${found.length}`} of what ${makes} makes`,
      { fix: `export one: export const mine = ${makes};` },
    );
  const [{ name }] = found;
  const { noteOwnModule } = await import('../../train/own_modules.js');
  noteOwnModule({ kind, name, file, digest: sha256([await readBytes(file)]) });
  return name;
}

/** Enters the network of an ONNX file into the list of models, with the weights that are in the file. */
async function loadOnnx(file: string): Promise<string> {
  const [{ readOnnxModel }, { defineModel }, { noteOwnModule }] = await Promise.all([
    import('../../onnx/index.js'),
    import('../../nn/models/registry.js'),
    import('../../train/own_modules.js'),
  ]);
  const bytes = await readBytes(file);
  const { name } = defineModel(readOnnxModel(bytes, file));
  noteOwnModule({ kind: 'model', name, file, digest: sha256([bytes]) });
  return name;
}

/** What stands for a file in a configuration. */
function specOf(kind: OwnKind, name: string, mark: string | undefined, rest: string): string {
  if (kind === 'data') return `reader:${name}${rest === '' ? '' : `:${rest}`}`;
  return kind === 'model' ? name : `own.${name}${mark === '=' ? `=${rest}` : ''}`;
}

async function replaced(value: string, option: string, kind: OwnKind): Promise<string> {
  const word = value.trim();
  const [, file, mark, rest = ''] = CODE.exec(word) ?? (kind === 'model' && ONNX.test(word) ? ['', word] : []);
  if (file === undefined) return value;
  if (mark !== undefined && mark !== MARKS[kind]) return value;
  const spec = specOf(kind, await load(file, option, kind), mark, rest);
  enterOwnName(spec, word);
  return spec;
}

/**
 * The options with the names of what their files hold, all loaded.
 * @throws UsageError when a file is not there, does not load, or exports something else.
 */
export async function loadOwn(argv: Parsed): Promise<Parsed> {
  const values: Record<string, unknown> = { ...argv };
  for (const [option, { kind, isList }] of Object.entries(OPTIONS)) {
    const value = argv[option];
    if (typeof value !== 'string') continue;
    const parts: string[] = [];
    for (const part of isList ? value.split(',') : [value]) parts.push(await replaced(part, option, kind));
    values[option] = parts.join(',');
  }
  return values;
}
