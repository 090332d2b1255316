/** `weft export`: a run's network for other programs. */
import { fileInfo, joinPath, writeFileAtomic } from '#platform';
import { UsageError } from '../../device/errors.js';
import { withFile } from '../../device/files/outputs.js';
import type { Parsed } from '../declare/declared.js';
import { exportClassifier } from '../export/classifier.js';
import type { ExportOptions, WrittenFile } from '../export/exported.js';
import { loadRuntime } from '../export/runtime.js';
import { exportVae, isVaeFile } from '../export/vae.js';
import { EXPORT_OPTIONS } from '../options/export_options.js';
import { resolveOptions } from '../options/options.js';
import { print, printJson } from '../output.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(EXPORT_OPTIONS, argv);
  const options: ExportOptions = {
    run: String(argv['run']),
    format: o['format'] as ExportOptions['format'],
    opset: Number(o['opset']),
    precision: o['precision'] as ExportOptions['precision'],
    features: o['features'] === true,
    // before anything is written: the package may not be there
    runtime: o['verify'] === true ? await loadRuntime() : null,
  };
  checkFormat(options, argv);
  const out = o['out'] === undefined ? `${nameOf(options.run)}.${options.format}` : String(o['out']);
  await withFile(out, async () => {
    const path = options.run;
    const folder = (await fileInfo(path))?.isDirectory === true;
    const isVae = folder ? (await fileInfo(joinPath(path, 'vae.json'))) !== null : await isVaeFile(path);
    const files = await (isVae ? exportVae : exportClassifier)(argv, options);
    const written = files.map((file) => ({ ...file, path: pathOf(out, file, options.format) }));
    for (const { path: to, bytes } of written) writeFileAtomic(to, bytes);
    tell(written, argv);
  });
}

/** @throws UsageError for what a file of weights alone cannot have. */
function checkFormat({ format, features, runtime }: ExportOptions, argv: Parsed): void {
  if (format === 'onnx') return;
  const stray = features ? 'features' : runtime !== null ? 'verify' : argv['opset'] === undefined ? null : 'opset';
  if (stray !== null)
    throw new UsageError(`--${stray} is of ONNX files, --format safetensors writes weights alone`, {
      fix: `leave --${stray} out, or use --format onnx`,
    });
}

/** The last part of a path, without an ending. */
function nameOf(path: string): string {
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  return (parts.pop() ?? 'model').replace(/\.safetensors$/, '');
}

/** `vae.onnx` becomes vae.encoder.onnx where a run has several networks. */
function pathOf(out: string, { part }: WrittenFile, format: string): string {
  if (part === null) return out;
  const ending = `.${format}`;
  return out.endsWith(ending) ? `${out.slice(0, -ending.length)}.${part}${ending}` : `${out}.${part}`;
}

function tell(files: readonly (WrittenFile & { readonly path: string })[], argv: Parsed): void {
  for (const { path, bytes, about, verified } of files) {
    print(`${path}: ${(bytes.length / 1e6).toFixed(2)} MB, ${about}`);
    if (verified !== null)
      print(
        `ONNX Runtime ${verified.version}: differs by ${verified.largest.toExponential(1)} at most, of values up to ` +
          `${verified.scale.toPrecision(3)}`,
      );
  }
  if (argv['json'] === true)
    printJson({
      files: files.map(({ path, bytes, part, about, verified }) => ({
        path,
        part,
        bytes: bytes.length,
        about,
        verified,
      })),
    });
}
