/**
 * A model of the user's own for the page: its file and those that it imports by their paths, as modules that a browser
 * takes. `weftgrad` becomes the page's own engine.
 */
import { dirname, join, relative, resolve } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { readBytes } from '#platform';
import { UsageError } from '../../device/errors.js';
import { stripTypes } from './strip_types.js';

const FOLDER = 'own';
const ENGINE = '../assets/weftgrad.js';

/** Names of files in the page's folder: neighbours stay neighbours, whatever lies above them. */
function nameOf(path: string, root: string, known: ReadonlyMap<string, string>): string {
  const flat = relative(root, path).replaceAll('\\', '/').replaceAll('../', 'up_').replaceAll('/', '_');
  const name = flat.replace(/\.m?ts$/, '.js').replace(/[^\w.-]/g, '_'); // in an address it means itself
  return [...known.values()].includes(name) ? `${known.size}_${name}` : name;
}

/**
 * The files by their names in the page's folder, the model's first.
 * @throws UsageError when one imports what a page cannot have.
 */
export async function pageCode(file: string): Promise<ReadonlyMap<string, Uint8Array>> {
  if (/\.onnx$/i.test(file))
    throw new UsageError(`${file}: a page cannot have a network out of an ONNX file`, {
      fix: 'write the network as a module: docs/extend.md',
    });
  await init;
  const root = dirname(resolve(file));
  const names = new Map([[resolve(file), nameOf(resolve(file), root, new Map())]]);
  const files = new Map<string, Uint8Array>();
  for (const [path, name] of names) {
    const text = new TextDecoder().decode(await readBytes(path));
    const code = /\.m?ts$/.test(path) ? await stripTypes(text) : text;
    let [result, at] = ['', 0];
    for (const { specifier, start, end } of importsOf(code)) {
      if (specifier !== 'weftgrad' && !/^\.\.?\//.test(specifier))
        throw new UsageError(`${path} imports ${specifier}, which a page cannot have`, {
          fix: 'a model for a page imports weftgrad and files beside it',
        });
      const target = resolve(dirname(path), specifier);
      if (specifier !== 'weftgrad' && !names.has(target)) names.set(target, nameOf(target, root, names));
      result += code.slice(at, start) + (specifier === 'weftgrad' ? ENGINE : `./${names.get(target)}`);
      at = end;
    }
    files.set(join(FOLDER, name).replaceAll('\\', '/'), new TextEncoder().encode(result + code.slice(at)));
  }
  return files;
}

/** What a module imports by a name that is written out, and where it says so. */
function importsOf(code: string): readonly { specifier: string; start: number; end: number }[] {
  return parse(code)[0].flatMap((found) =>
    'specifier' in found && typeof found.specifier === 'string'
      ? [{ specifier: found.specifier, start: found.start, end: found.end }]
      : [],
  );
}
